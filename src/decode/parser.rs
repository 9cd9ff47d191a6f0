//! From tokens to events: joins data, keeps ids, bounds memory
//! ([section 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)).
//!
//! ```text
//!                  data, event, id, retry: kept
//!                 ┌───────┐
//!                 ▼       │         the byte that passes the limit, or `flush`
//!   blank line ► Reading ─┴───────────────────────────────► Skipping ┐ data, event, id: ignored
//!                 ▲ │                                        │   ▲   │ retry, comments: as ever
//!                 │ └── blank line: dispatch                 │   └───┘
//!                 └──────────────────────────────────────────┘ blank line: nothing
//! ```
//!
//! While a call runs, the values it has met lie in `Seen`, as slices of the chunk. They are copied to the storage only where
//! they must outlive the call: when the chunk ends, or an item is given out, before the block does. What a call found is told
//! in a plain `Found`, which holds slices of the chunk but no borrow of the parser; the event that borrows from both is put
//! together last. (A loop cannot return a borrow of `self` from its middle and go on using `self`: rustc's E0499.)

use core::time::Duration;

use super::{
    repair,
    storage::{Slot, Storage},
    tokenizer::{Cut, Field, Token, Tokenizer},
};
#[cfg(feature = "alloc")]
use crate::Heap;
use crate::{Event, Id, InvalidField, Item, Part, SetLastEventIdError, TooLarge, Truncated};

/// Reads a stream, in chunks cut anywhere, and gives out its events as they are complete.
///
/// # Calls
///
/// Give [`next`](Self::next) a cursor over what has arrived and call it until it says `Ok(None)`:
///
/// 1. `Ok(Some(event))`: the event ended at the byte before the cursor. It borrows from the chunk and from the parser, so
///    finish with it (or make it an [`EventBuf`](crate::EventBuf)) before the next call.
/// 2. `Ok(None)`: the cursor is empty. Fill it again. An event that is not complete is no error.
/// 3. `Err(TooLarge)`: an event passed the limit. It is skipped; go on as after an event.
///
/// Each result comes out at its last byte, a CR included: nothing waits for what comes next. The sequence of results does not
/// depend on how the stream was cut into chunks. Nothing panics, and nothing but [`TooLarge`] is an error: every sequence of
/// bytes is a valid stream.
///
/// When the connection ends, call [`finish`](Self::finish), and go on with the next connection: the last event ID and the
/// reconnection time stay.
///
/// # The first that matches
///
/// A function that skips events in a loop and returns the first one that it likes does not compile (E0499): the borrow
/// checker takes each event to live as long as the one that is returned. Return it owned:
///
/// ```
/// use ssewire::{EventBuf, Parser, TooLarge};
///
/// fn next_real(parser: &mut Parser, input: &mut &[u8]) -> Result<Option<EventBuf>, TooLarge> {
///     while let Some(event) = parser.next(input)? {
///         if event.event_type() != "ping" {
///             return Ok(Some(event.into()));
///         }
///     }
///     Ok(None)
/// }
///
/// let mut input = &b"event: ping\ndata:\n\ndata: 1\n\n"[..];
/// assert_eq!(next_real(&mut Parser::new(), &mut input).unwrap().unwrap().data(), "1");
/// ```
#[derive(Clone, Debug)]
pub struct Parser<#[cfg(feature = "alloc")] S = Heap, #[cfg(not(feature = "alloc"))] S> {
    tokenizer: Tokenizer,
    storage: S,
    block: Block,
    line: Line,
    stale: Stale,
    /// Something of the block is in the storage.
    stored: bool,
    /// The reconnection time, in milliseconds.
    retry: Option<u64>,
    /// How many bytes of the stream have been read.
    offset: u64,
}

/// The block that is being read.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The stream offset of its first byte.
    start: u64,
    /// The counter that the limit bounds.
    used: usize,
    /// A data, event or id line has ended in it.
    has_lines: bool,
    /// Its own reconnection time, in milliseconds.
    retry: Option<u64>,
    skipping: Option<Skipping>,
}

/// Why the rest of a block is skipped.
#[derive(Clone, Copy, Debug)]
enum Skipping {
    TooLarge,
    /// What `flush` gave out, `finish` still has to report.
    Flushed(Truncated),
}

impl Block {
    const fn starting_at(start: u64) -> Self {
        Self { start, used: 0, has_lines: false, retry: None, skipping: None }
    }
}

/// What has been read of a line of which an earlier chunk held a piece.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// The bytes of its value.
    length: usize,
    /// An id with a NUL, or a comment that is not kept: the rest of it is nothing.
    ignored: bool,
    /// A `retry` value.
    digits: Digits,
}

impl Line {
    const NEW: Self = Self { length: 0, ignored: false, digits: Digits::None };
}

/// A `retry` value as far as it has been read: one or more ASCII digits, or nothing.
#[derive(Clone, Copy, Debug)]
enum Digits {
    None,
    /// Saturates: a number too large for the type is a very long time, not an error.
    Number(u64),
    NotANumber,
}

impl Digits {
    fn read(self, value: &[u8]) -> Self {
        value.iter().fold(self, |so_far, byte| match (so_far, byte) {
            (Self::NotANumber, _) => Self::NotANumber,
            (Self::None, b'0'..=b'9') => Self::Number(u64::from(byte & 0x0F)),
            (Self::Number(number), b'0'..=b'9') => {
                Self::Number(number.saturating_mul(10).saturating_add(u64::from(byte & 0x0F)))
            }
            _ => Self::NotANumber,
        })
    }
}

/// What the storage still holds of what the last call gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stale {
    Nothing,
    Comment,
    Block,
}

/// Values of the block that lie whole in the chunk of this call and have not been stored. Each overrides a stored one, but
/// `data` is there only if none is stored.
#[derive(Clone, Copy, Default)]
struct Seen<'i> {
    data: Option<&'i [u8]>,
    event_type: Option<&'i [u8]>,
    id: Option<&'i [u8]>,
}

/// What a call found. A text is `None` where it is in the storage, or is not at all; else it is a `T`: a slice of the chunk, or
/// whatever a caller makes of it that cannot hold one.
pub(crate) enum Found<T> {
    Event(Texts<T>),
    Comment(Option<T>),
    Retry(u64),
    LastEventId,
}

/// The texts of an event.
pub(crate) struct Texts<T> {
    data: Option<T>,
    event_type: Option<T>,
    id: Option<T>,
    has_id: bool,
    lossy: bool,
    retry: Option<u64>,
}

#[cfg(feature = "std")]
impl<T> Found<T> {
    /// The same, with other texts.
    pub(crate) fn map<U>(self, text: impl Fn(T) -> U) -> Found<U> {
        match self {
            Self::Event(texts) => Found::Event(Texts {
                data: texts.data.map(&text),
                event_type: texts.event_type.map(&text),
                id: texts.id.map(&text),
                has_id: texts.has_id,
                lossy: texts.lossy,
                retry: texts.retry,
            }),
            Self::Comment(comment) => Found::Comment(comment.map(text)),
            Self::Retry(milliseconds) => Found::Retry(milliseconds),
            Self::LastEventId => Found::LastEventId,
        }
    }
}

#[cfg(feature = "alloc")]
impl Parser<Heap> {
    /// The limit of a parser made by [`new`](Self::new): 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// A parser on the heap, with the limit [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT). Allocates nothing before it must.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }

    /// A parser on the heap whose events may count at most `max_event_bytes`
    /// ([what counts](crate::decode#what-counts-and-when)). Any number will do: 0 admits no event, `usize::MAX` every one.
    #[must_use]
    pub const fn with_limit(max_event_bytes: usize) -> Self {
        Self::with_storage(Heap::with_limit(max_event_bytes))
    }
}

#[cfg(feature = "alloc")]
impl Default for Parser<Heap> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Parser<S> {
    /// A parser over this storage: [`Fixed`](crate::Fixed) for a buffer of your own.
    pub const fn with_storage(storage: S) -> Self {
        Self {
            tokenizer: Tokenizer::new(),
            storage,
            block: Block::starting_at(0),
            line: Line::NEW,
            stale: Stale::Nothing,
            stored: false,
            retry: None,
            offset: 0,
        }
    }

    /// The reconnection time that the stream has set last, in whole milliseconds; `None` if it never has. It acts at the end
    /// of its line, dispatched or not, and stays over [`finish`](Self::finish). More digits than fit into a `u64` of
    /// milliseconds count as that many.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry.map(Duration::from_millis)
    }
}

impl<S: Storage> Parser<S> {
    /// The next event; `Ok(None)` if `input` ends before one does, and then `input` is empty.
    ///
    /// `input` is shortened by what was read. Comments, `retry` and blocks without data act (on [`retry`](Self::retry) and
    /// [`last_event_id`](Self::last_event_id)) and are passed over.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when an event passes the limit, once, as soon as the byte that does is in `input`. The cursor then stands
    /// behind the line, or the piece of it, with that byte. Call again to go on.
    #[inline]
    pub fn next<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Result<Option<Event<'e>>, TooLarge> {
        match self.advance::<false>(input)? {
            Some(Found::Event(texts)) => Ok(Some(self.event(&texts))),
            _ => Ok(None),
        }
    }

    /// The next item: as [`next`](Self::next), but comments, `retry` and blocks that only set the last event ID come out too,
    /// in stream order.
    ///
    /// The two may be called in turns. A comment that `next` began to skip stays skipped.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when an event or a comment passes the limit. A comment costs only itself: its event is not harmed.
    #[inline]
    pub fn next_item<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Result<Option<Item<'e>>, TooLarge> {
        let found = self.advance::<true>(input)?;
        Ok(found.map(|found| self.lend(&found)))
    }

    /// At the end of the stream, what a blank line would have dispatched there: the event that [`finish`](Self::finish) would
    /// discard, or `None` if there is none with data, or if it would pass the limit.
    ///
    /// The standard says to discard it, and browsers do, since it may be half an event. But many servers leave out the last
    /// blank line, so the choice is the caller's. An unfinished line counts as if it had ended;
    /// [`truncated`](Self::truncated) tells beforehand whether there is one. The event shows its id, but the id is not
    /// committed, and an unfinished `retry` line does not set the reconnection time: neither is known to be whole.
    ///
    /// [`finish`](Self::finish) reports the truncation all the same. If you feed the parser on instead, the rest of a block with
    /// data is skipped, without another word; a block without data is left as it is.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// assert!(parser.next(&mut &b"id: 1\ndata: [DONE]"[..]).unwrap().is_none());
    /// assert_eq!(parser.flush().unwrap().data(), "[DONE]");
    /// assert_eq!(parser.flush(), None);
    /// assert!(parser.finish().is_err());
    /// assert_eq!(parser.last_event_id(), "");
    /// ```
    pub fn flush(&mut self) -> Option<Event<'_>> {
        self.clear_stale();
        let truncated = self.truncated().filter(|truncated| truncated.data && self.block.skipping.is_none())?;
        let (mut seen, retry) = (Seen::default(), self.retry);
        let ended = match self.tokenizer.cut() {
            Cut::InField(field) => self.field::<false>(field, &[], true, &mut seen),
            _ => Ok(None),
        };
        self.store(&mut seen);
        let block = self.block;
        let texts = ended.and_then(|_| self.texts(&block, seen));
        self.tokenizer.skip_line();
        self.line = Line::NEW;
        self.retry = retry;
        self.block.skipping = Some(Skipping::Flushed(truncated));
        self.stale = Stale::Block;
        let texts = texts.ok()?;
        let event = self.event(&texts);
        // (Nothing of it lies in a chunk.)
        let last_event_id = if texts.has_id { self.storage.text(Slot::Id) } else { event.last_event_id };
        Some(Event { last_event_id, ..event })
    }

    /// What [`finish`](Self::finish) would report now.
    #[must_use]
    pub fn truncated(&self) -> Option<Truncated> {
        match self.block.skipping {
            Some(Skipping::TooLarge) => return None,
            Some(Skipping::Flushed(truncated)) => return Some(truncated),
            None => {}
        }
        let cut = self.tokenizer.cut();
        let matters = match cut {
            Cut::InName | Cut::InField(Field::Data | Field::Event) => true,
            Cut::InField(Field::Id) => !self.line.ignored,
            Cut::InField(Field::Retry) => !matches!(self.line.digits, Digits::NotANumber),
            Cut::BetweenLines | Cut::InIgnored => false,
        };
        let data = cut == Cut::InField(Field::Data) || (self.stale != Stale::Block && self.storage.bytes(Slot::Data).is_some());
        let in_line = cut != Cut::BetweenLines;
        (matters || self.block.has_lines).then_some(Truncated { data, in_line })
    }

    /// The stream has ended: what comes next is the start of another one, with a BOM and offsets of its own.
    ///
    /// The last event ID and the reconnection time stay; a block without its blank line is discarded, its id with it.
    ///
    /// # Errors
    ///
    /// [`Truncated`] if that block held a `data`, `event` or `id` line, or an unfinished line that could still have mattered
    /// (not a comment, not an unknown field), unless the block was already reported as too large. The parser is reset all the
    /// same; a client that does as browsers do ignores this error.
    pub fn finish(&mut self) -> Result<(), Truncated> {
        let truncated = self.truncated();
        self.storage.clear();
        self.tokenizer = Tokenizer::new();
        self.block = Block::starting_at(0);
        self.line = Line::NEW;
        self.stale = Stale::Nothing;
        self.stored = false;
        self.offset = 0;
        truncated.map_or(Ok(()), Err)
    }

    /// The last event ID: what a client sends as `Last-Event-ID` when it reconnects, unless it is empty. It is committed at
    /// the blank line of its block and stays over [`finish`](Self::finish).
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.storage.last_event_id()
    }

    /// Sets the last event ID, for a client that carries it over from elsewhere. An id that was already read in the block
    /// that is not complete yet still wins, at its blank line.
    ///
    /// # Errors
    ///
    /// If `id` holds CR, LF or NUL, or is longer than the storage keeps. The last event ID is then as it was.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), SetLastEventIdError> {
        InvalidField::check(Field::Id, id)?;
        let (len, limit) = (id.len(), self.storage.id_limit());
        if len > limit {
            return Err(SetLastEventIdError::TooLong { len, limit });
        }
        self.storage.commit_id(Some(id));
        Ok(())
    }

    /// What was found, borrowed from the chunk and the storage.
    #[inline]
    pub(crate) fn lend<'e, 'i: 'e>(&'e self, found: &Found<&'i str>) -> Item<'e> {
        match found {
            Found::Event(texts) => Item::Event(self.event(texts)),
            Found::Comment(text) => Item::Comment(text.unwrap_or_else(|| self.storage.text(Slot::Value))),
            Found::Retry(milliseconds) => Item::Retry(Duration::from_millis(*milliseconds)),
            Found::LastEventId => Item::LastEventId(Id::of_stream(self.storage.last_event_id())),
        }
    }

    /// Reads up to the next thing to give out.
    #[inline]
    pub(crate) fn advance<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<&'i str>>, TooLarge> {
        self.clear_stale();
        let length = input.len();
        let found = self.read::<ITEMS>(input);
        self.offset = self.offset.saturating_add(length.saturating_sub(input.len()) as u64);
        found
    }

    #[inline]
    fn read<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<&'i str>>, TooLarge> {
        let end = self.offset.saturating_add(input.len() as u64);
        let mut seen = Seen::default();
        while let Some(token) = self.tokenizer.next(input) {
            let found = match token {
                Token::Field { field, value, end } => self.field::<ITEMS>(field, value, end.is_some(), &mut seen)?,
                Token::Comment { text, end } => self.comment::<ITEMS>(text, end.is_some(), &mut seen)?,
                Token::BlankLine(_) => {
                    let next = Block::starting_at(end.saturating_sub(input.len() as u64));
                    let block = core::mem::replace(&mut self.block, next);
                    self.dispatch::<ITEMS>(&block, core::mem::take(&mut seen))?
                }
                Token::LateLf => {
                    // It belongs to the blank line before it, if that is what ended with the CR.
                    if self.block.start == self.offset {
                        self.block.start = self.offset.saturating_add(1);
                    }
                    None
                }
                Token::Ignored(_) => None,
            };
            if found.is_some() {
                self.store(&mut seen);
                return Ok(found);
            }
        }
        self.store(&mut seen);
        Ok(None)
    }

    /// A field, or a piece of one.
    #[inline]
    fn field<'i, const ITEMS: bool>(
        &mut self,
        field: Field,
        value: &'i [u8],
        ended: bool,
        seen: &mut Seen<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        if field == Field::Retry {
            return Ok(self.retry_field(value, ended).filter(|_| ITEMS).map(Found::Retry));
        }
        if self.block.skipping.is_some() {
            return Ok(None);
        }
        self.count(field, value.len(), ended)?;
        let whole = ended && self.line.length == 0;
        if !ended {
            // This is the last token of the chunk. What came before it is stored before it.
            self.store(seen);
        }
        match field {
            Field::Data if whole && seen.data.is_none() && !(self.stored && self.storage.bytes(Slot::Data).is_some()) => {
                seen.data = Some(value);
            }
            Field::Data => {
                if let Some(first) = seen.data.take() {
                    self.storage.push_data(first, true);
                }
                self.storage.push_data(value, ended);
                self.stored = true;
            }
            Field::Event if whole => seen.event_type = Some(value),
            Field::Id if whole => {
                if memchr::memchr(0, value).is_none() {
                    seen.id = Some(value);
                }
            }
            Field::Event | Field::Id | Field::Retry => self.value_piece(field, value, ended),
        }
        self.block.has_lines |= ended;
        self.line.length = if ended { 0 } else { self.line.length.saturating_add(value.len()) };
        Ok(None)
    }

    /// A piece of an event type or an id.
    #[cold]
    fn value_piece(&mut self, field: Field, value: &[u8], ended: bool) {
        if field == Field::Id && memchr::memchr(0, value).is_some() {
            self.line.ignored = true;
            self.storage.forget(Slot::Value);
        }
        if !self.line.ignored {
            self.stored = true;
            self.storage.push_value(value);
            if ended {
                self.storage.end_value(if field == Field::Id { Slot::Id } else { Slot::EventType });
            }
        }
        if ended {
            self.line.ignored = false;
        }
    }

    /// Adds to the counter of the block.
    #[inline]
    fn count(&mut self, field: Field, length: usize, ended: bool) -> Result<(), TooLarge> {
        let left = self.storage.limit().saturating_sub(self.block.used);
        if field == Field::Id {
            let limit = self.storage.id_limit();
            let id_left = limit.saturating_sub(self.line.length);
            if length > id_left && id_left < left {
                return Err(self.too_large(Part::LastEventId, limit));
            }
        }
        let counted = length.saturating_add(usize::from(ended));
        if counted > left {
            return Err(self.too_large(Part::Event, self.storage.limit()));
        }
        self.block.used = self.block.used.saturating_add(counted);
        Ok(())
    }

    /// The rest of the block is skipped.
    #[cold]
    fn too_large(&mut self, part: Part, limit: usize) -> TooLarge {
        self.storage.clear();
        self.stored = false;
        self.line = Line::NEW;
        self.block.used = 0;
        self.block.skipping = Some(Skipping::TooLarge);
        TooLarge { part, limit, offset: self.block.start }
    }

    /// A `retry` field, or a piece of one: the reconnection time, once it is known.
    #[cold]
    fn retry_field(&mut self, value: &[u8], ended: bool) -> Option<u64> {
        let digits = self.line.digits.read(value);
        self.line.digits = if ended { Digits::None } else { digits };
        match digits {
            Digits::Number(milliseconds) if ended => {
                self.retry = Some(milliseconds);
                self.block.retry = Some(milliseconds);
                Some(milliseconds)
            }
            _ => None,
        }
    }

    /// A comment, or a piece of one.
    #[cold]
    fn comment<'i, const ITEMS: bool>(
        &mut self,
        text: &'i [u8],
        ended: bool,
        seen: &mut Seen<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        let line = self.line;
        self.line = if ended { Line::NEW } else { Line { length: line.length.saturating_add(text.len()), ..line } };
        if !ITEMS || line.ignored {
            self.storage.forget(Slot::Value);
            self.line.ignored = !ended;
            return Ok(None);
        }
        let limit = self.storage.comment_limit(self.block.used);
        let too_large = TooLarge { part: Part::Comment, limit, offset: self.block.start };
        if text.len() > limit.saturating_sub(line.length) {
            self.storage.forget(Slot::Value);
            self.line.ignored = !ended;
            self.store(seen);
            return Err(too_large);
        }
        let whole = ended && line.length == 0;
        if whole && let Ok(text) = core::str::from_utf8(text) {
            return Ok(Some(Found::Comment(Some(text))));
        }
        self.store(seen);
        self.storage.push_value(text);
        if !ended {
            return Ok(None);
        }
        self.stale = Stale::Comment;
        let text = self.storage.bytes(Slot::Value).unwrap_or_default();
        if let Some(growth) = repair::growth(text) {
            if growth > limit.saturating_sub(text.len()) {
                return Err(too_large);
            }
            self.storage.repair(Slot::Value, growth);
        }
        Ok(Some(Found::Comment(None)))
    }

    /// A blank line: the ID is committed even if nothing is dispatched, and nothing is dispatched without data.
    #[inline]
    fn dispatch<'i, const ITEMS: bool>(
        &mut self,
        block: &Block,
        mut seen: Seen<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        if block.skipping.is_some() || !block.has_lines {
            return Ok(None);
        }
        self.stale = Stale::Block;
        let has_data = seen.data.is_some() || (self.stored && self.storage.bytes(Slot::Data).is_some());
        if !has_data {
            seen.event_type = None;
            self.storage.forget(Slot::EventType);
        }
        let texts = self.texts(block, seen)?;
        match texts.id {
            Some(id) if id != self.storage.last_event_id() => self.storage.commit_id(Some(id)),
            None if texts.has_id => self.storage.commit_id(None),
            _ => {}
        }
        if has_data {
            return Ok(Some(Found::Event(texts)));
        }
        self.clear_stale();
        Ok((ITEMS && texts.has_id).then_some(Found::LastEventId))
    }

    /// The texts of a block, made UTF-8 where they are not.
    #[inline]
    fn texts<'i>(&mut self, block: &Block, seen: Seen<'i>) -> Result<Texts<&'i str>, TooLarge> {
        let utf8 = |bytes: Option<&'i [u8]>| bytes.and_then(|bytes| core::str::from_utf8(bytes).ok());
        if self.stored && seen.event_type.is_some() {
            self.storage.forget(Slot::EventType);
        }
        if self.stored && seen.id.is_some() {
            self.storage.forget(Slot::Id);
        }
        let mut texts = Texts {
            data: utf8(seen.data),
            event_type: utf8(seen.event_type),
            id: utf8(seen.id),
            has_id: seen.id.is_some() || (self.stored && self.storage.bytes(Slot::Id).is_some()),
            lossy: false,
            retry: block.retry,
        };
        let mut broken = Seen {
            data: seen.data.filter(|_| texts.data.is_none()),
            event_type: seen.event_type.filter(|_| texts.event_type.is_none()),
            id: seen.id.filter(|_| texts.id.is_none()),
        };
        self.store(&mut broken);
        if self.stored && !self.storage.seal() {
            self.repair(block)?;
            texts.lossy = true;
        }
        Ok(texts)
    }

    /// Replaces what is not UTF-8, in the storage.
    #[cold]
    fn repair(&mut self, block: &Block) -> Result<(), TooLarge> {
        let slots = [Slot::Data, Slot::EventType, Slot::Id];
        let growths = slots.map(|slot| self.storage.bytes(slot).and_then(repair::growth));
        let used = growths.into_iter().flatten().fold(block.used, usize::saturating_add);
        let id = self.storage.bytes(Slot::Id).map_or(0, <[u8]>::len).saturating_add(growths[2].unwrap_or_default());
        for (part, size, limit) in [(Part::Event, used, self.storage.limit()), (Part::LastEventId, id, self.storage.id_limit())]
        {
            if size > limit {
                return Err(TooLarge { part, limit, offset: block.start });
            }
        }
        for (slot, growth) in slots.into_iter().zip(growths) {
            if let Some(growth) = growth {
                self.storage.repair(slot, growth);
            }
        }
        Ok(())
    }

    /// The event that was found, borrowed from the chunk and the storage.
    #[inline]
    fn event<'e, 'i: 'e>(&'e self, texts: &Texts<&'i str>) -> Event<'e> {
        Event {
            data: texts.data.unwrap_or_else(|| self.storage.text(Slot::Data)),
            event_type: texts.event_type.unwrap_or_else(|| self.storage.text(Slot::EventType)),
            // Committed, the two are the same text, but one may lie in the chunk.
            last_event_id: texts.id.unwrap_or_else(|| self.storage.last_event_id()),
            has_id: texts.has_id,
            lossy: texts.lossy,
            retry: texts.retry,
        }
    }

    /// Stores what has to outlive the call.
    #[inline]
    fn store(&mut self, seen: &mut Seen<'_>) {
        if seen.data.is_some() || seen.event_type.is_some() || seen.id.is_some() {
            self.store_seen(core::mem::take(seen));
        }
    }

    #[cold]
    fn store_seen(&mut self, seen: Seen<'_>) {
        self.stored = true;
        if let Some(data) = seen.data {
            self.storage.push_data(data, true);
        }
        for (slot, value) in [(Slot::EventType, seen.event_type), (Slot::Id, seen.id)] {
            if let Some(value) = value {
                self.storage.push_value(value);
                self.storage.end_value(slot);
            }
        }
    }

    /// Frees what the last call gave out.
    #[inline]
    fn clear_stale(&mut self) {
        match core::mem::replace(&mut self.stale, Stale::Nothing) {
            Stale::Nothing => {}
            Stale::Comment => self.storage.forget(Slot::Value),
            Stale::Block => {
                self.stored = false;
                self.storage.clear();
            }
        }
    }
}
