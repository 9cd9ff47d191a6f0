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
//! A call decides first and borrows last. It gives a plain `Found`, which holds slices of the chunk but no borrow of the parser. The
//! event that borrows from both is put together after it: a loop cannot return a borrow of `self` from its middle and go on using
//! `self` (rustc's E0499).

mod block;
mod dispatch;
mod end;
mod fields;
#[cfg(feature = "alloc")]
mod held;
mod read;
mod state;

use super::{
    plain::Values,
    storage::{Slot, Storage},
    token::Token,
    tokenizer::{Cut, Tokenizer},
};
#[cfg(feature = "alloc")]
use crate::Heap;
use crate::{Event, Item, TooLarge, Truncated, field::Field};
use block::{Block, CutLine};

pub use state::Counts;

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
/// # Panics
///
/// Never, whatever the input, the chunks and the order of calls: `ci/no_panic.sh` proves it for [`Fixed`](crate::Fixed) storage.
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
///
/// It is the same in a struct that holds a parser: while an event of `self.parser` is there, `self` is borrowed, and a method that takes
/// `&mut self` cannot be called with it. Give that method the other fields, or the event as an [`EventBuf`](crate::EventBuf).
#[derive(Clone, Debug)]
pub struct Parser<#[cfg(feature = "alloc")] S = Heap, #[cfg(not(feature = "alloc"))] S> {
    tokenizer: Tokenizer,
    pub(crate) storage: S,
    block: Block,
    line: CutLine,
    lent: Lent,
    whole: Whole,
    /// The storage holds something of the open block, or of the one that is lent.
    stored: bool,
    /// See `read`.
    idle: bool,
    /// See `held`.
    #[cfg(feature = "alloc")]
    holds: bool,
    /// The last block that was read line by line counted more than what may be held.
    #[cfg(feature = "alloc")]
    was_long: bool,
    /// The reconnection time, in milliseconds.
    retry: Option<u64>,
    /// Items tell of what has no meaning, too.
    gives_all: bool,
    keeps_skipped_ids: bool,
    counts: Counts,
    /// How many bytes of the stream have been read.
    offset: u64,
}

/// What was lent of the storage. The next call that needs the storage frees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lent {
    Nothing,
    Comment,
    Block,
}

/// What there is to know of the block that is whole in the storage, beside its texts. (Here and not in `Found`: a load of several
/// fields that were just stored one by one makes the processor wait.)
#[derive(Clone, Copy, Debug)]
struct Whole {
    has_id: bool,
    lossy: bool,
    /// In milliseconds.
    retry: Option<u64>,
}

/// What a call has found.
#[derive(Clone, Copy)]
pub(crate) enum Found<'i> {
    /// An event that lies in the chunk.
    Event(Texts<'i>),
    /// The event that is stored.
    Stored,
    /// A comment, or else an unknown line. It is stored if it is `None` here.
    Line {
        is_comment: bool,
        text: Option<&'i str>,
    },
    /// The block without data that is stored.
    NoData,
    /// In milliseconds.
    Retry(u64),
    LastEventId,
}

/// What a look at the chunk has found.
#[derive(Clone, Copy)]
pub(crate) enum Look<'i> {
    /// A plain event, whole in the chunk.
    Event(Texts<'i>),
    /// The same, of several lines of data. It is stored.
    Stored,
    /// Nothing is left in the chunk.
    Nothing,
    /// The block that was begun before goes on.
    Open,
    /// A block begins that is not plain, or not whole.
    Block {
        chunk: &'i [u8],
        block: &'i [u8],
        /// Its type and its id, as far as it was read.
        values: (Option<&'i [u8]>, Option<&'i [u8]>),
        data: Option<&'i [u8]>,
        is_open: bool,
    },
}

/// The texts of an event that lies in the chunk.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'i> {
    pub(crate) data: &'i str,
    pub(crate) event_type: Option<&'i str>,
    pub(crate) id: Option<&'i str>,
    /// In milliseconds.
    pub(crate) retry: Option<u64>,
}

#[cfg(feature = "alloc")]
impl Parser<Heap> {
    /// The limit of a parser made by [`new`](Self::new): 16 MiB.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::with_limit(2 * Parser::DEFAULT_LIMIT);
    /// # let _ = parser.finish();
    /// ```
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// A parser on the heap, with the limit [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT). Allocates nothing before it must.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"data: hello\n\n"[..];
    /// let event = parser.next(&mut input)?.unwrap();
    /// assert_eq!(event.data(), "hello");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }

    /// A parser on the heap whose events may count at most `max_event_bytes`
    /// ([what counts](crate::decode#what-counts-and-when)). Any number will do: 0 admits no event, `usize::MAX` every one. It bounds
    /// the memory of the parser, too: see [`Heap`]. For many connections at once, take what the largest event may need, and not the
    /// default.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::with_limit(1 << 20);
    /// let mut input = &b"data: hello\n\n"[..];
    /// assert!(parser.next(&mut input).is_ok());
    /// let mut input = &b"data: hello\n\n"[..];
    /// assert!(Parser::with_limit(5).next(&mut input).is_err());       // and its line end
    /// ```
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
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use ssewire::{Fixed, Parser};
    ///
    /// static PARSER: Mutex<Parser<Fixed<[u8; 256]>>> = Mutex::new(Parser::with_storage(Fixed::new([0; 256])));
    ///
    /// let mut parser = PARSER.lock().unwrap();
    /// let mut input = &b"data: hello\n\n"[..];
    /// assert_eq!(parser.next(&mut input)?.unwrap().data(), "hello");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    pub const fn with_storage(storage: S) -> Self {
        Self {
            tokenizer: Tokenizer::new(),
            storage,
            block: Block::starting_at(0),
            line: CutLine::NEW,
            lent: Lent::Nothing,
            whole: Whole { has_id: false, lossy: false, retry: None },
            stored: false,
            idle: false,
            #[cfg(feature = "alloc")]
            holds: false,
            #[cfg(feature = "alloc")]
            was_long: false,
            retry: None,
            gives_all: false,
            keeps_skipped_ids: false,
            counts: Counts { events: 0, comments: 0, ids: 0, ignored: 0 },
            offset: 0,
        }
    }

    /// The same parser, whose items tell of what has no meaning, too: [`Item::Unknown`] and [`Item::NoData`].
    ///
    /// ```
    /// use ssewire::{Item, Parser};
    ///
    /// let mut parser = Parser::new().with_all_items();
    /// let mut input = &b"{\"error\": 1}\nevent: ping\n\n"[..];
    /// let Some(Item::Unknown(line)) = parser.next_item(&mut input)? else { panic!() };
    /// assert_eq!(line.as_str(), "{\"error\": 1}");
    /// let Some(Item::NoData(block)) = parser.next_item(&mut input)? else { panic!() };
    /// assert_eq!(block.event_type(), "ping");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn with_all_items(mut self) -> Self {
        self.gives_all = true;
        self
    }

    /// The same parser, which commits the id of an event that was [`TooLarge`], at its blank line. So a client that reconnects gets
    /// past that event. Without this, the server sends it again, and it is too large again.
    ///
    /// Say so before the first byte, or between blocks: of a block that is open, an id may be kept or not.
    ///
    /// Three ids are still not committed: one that is too large itself, one in whose line the event passes the limit, and that of an event with bytes that
    /// are not UTF-8.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::with_limit(8).with_skipped_ids();
    /// let mut input = &b"id: 42\ndata: more than the limit\n\n"[..];
    /// assert!(parser.next(&mut input).is_err());
    /// assert_eq!(parser.next(&mut input)?, None);
    /// assert_eq!(parser.last_event_id(), "42");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn with_skipped_ids(mut self) -> Self {
        self.keeps_skipped_ids = true;
        self
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
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"data: one\n\ndata: tw"[..];
    /// assert_eq!(parser.next(&mut input)?.unwrap().data(), "one");
    /// assert_eq!(input, b"data: tw");
    /// assert_eq!(parser.next(&mut input)?, None);
    /// assert_eq!(input, b"");                                                     // fill it again
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[inline(always)]
    pub fn next<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Result<Option<Event<'e>>, TooLarge> {
        let look = self.look::<false>(input);
        if let Look::Event(texts) = look {
            self.count_event();
            return Ok(Some(self.event(&texts)));
        }
        let Some(found) = self.go_on::<false>(look, input)? else { return Ok(None) };
        self.count_event();
        Ok(Some(self.event_of(&found)))
    }

    /// The next item: as [`next`](Self::next), but comments, `retry` and blocks that only set the last event ID come out too,
    /// in stream order.
    ///
    /// The two may be called in turns. A comment that `next` began to skip stays skipped.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when an event or a comment passes the limit. A comment costs only itself: its event is not harmed.
    ///
    /// ```
    /// use ssewire::{Item, Parser};
    ///
    /// let (mut parser, mut input, mut alive) = (Parser::new(), &b":\n\n:\n\ndata: x\n\n"[..], 0);
    /// while let Some(item) = parser.next_item(&mut input)? {
    ///     match item {
    ///         Item::Comment(_) => alive += 1,                                     // the connection lives: reset the timer
    ///         Item::Event(event) => assert_eq!(event.data(), "x"),
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(alive, 2);
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[inline]
    pub fn next_item<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Result<Option<Item<'e>>, TooLarge> {
        let found = self.advance::<true>(input)?;
        if let Some(Found::Event(_) | Found::Stored) = found {
            self.count_event();
        }
        Ok(found.map(|found| self.item(&found)))
    }
}
