//! For gateways: the blocks of a stream, each as it came and as it reads. [`Blocks`] is the machine.
//!
//! ```text
//!               ┌─ between blocks: comments, blank lines, unknown lines ──► at once
//!  chunks ──────┤
//!               └─ a block, from its first field to its blank line ───────► whole, with its event: pass, leave out, replace
//! ```
//!
//! Put together, what passes is the stream, to the byte. Of an event that is left out, its id and its retry go on: every event behind it
//! has the same last event ID as without the gateway.

use alloc::vec::Vec;
use core::{mem, time::Duration};

use crate::{
    Event, Item, KEEP_ALIVE, Parser, Part, TooLarge,
    decode::{Cut, Found, Token, Tokenizer},
};

/// What becomes of a block above the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnTooLarge {
    /// It is left out, as an event is: what nobody has looked at does not pass.
    #[default]
    LeaveOut,
    /// It passes unread, in pieces. (Not in canonical form, which needs all of it.)
    Pass,
}

/// Cuts a stream into blocks, each with its bytes as they came and the event that it is.
///
/// ```
/// use ssewire::blocks::Blocks;
///
/// let (mut blocks, mut out) = (Blocks::new(), Vec::new());
/// for chunk in [&b": hi\n\nid: 1\nevent: ping\nda"[..], b"ta\n\ndata: a secret\r\n\r\nx: y\ndata:as it came\n\n"] {
///     let mut input = chunk;
///     while let Some(block) = blocks.next(&mut input) {
///         match block.event() {
///             Some(event) if event.event_type() == "ping" => block.leave_out(&mut out),
///             Some(event) if event.data().contains("secret") => block.replace(event.with_data("***"), &mut out),
///             _ => block.pass(&mut out),
///         }
///     }
/// }
/// assert_eq!(out, b": hi\n\nid: 1\n\ndata: ***\n\nx: y\ndata:as it came\n\n");
/// ```
///
/// # What waits
///
/// Only the open block, from its first field on: what may become of it is not known yet. All else comes out of the call that reads it,
/// so a heartbeat never waits.
///
/// # Memory
///
/// What is held of the open block is at most as large as the limit, and so is the text of it in the parser, which may hold
/// [twice as much](crate::Heap). What lies whole in the chunk is not copied.
///
/// # Panics
///
/// Never.
#[derive(Clone, Debug)]
pub struct Blocks {
    parser: Parser,
    limit: usize,
    on_too_large: OnTooLarge,
    is_canonical: bool,
    open: Open,
    /// What is held: the open block from its first field on, or the start of a line that may become one.
    held: Vec<u8>,
    /// What the last call has lent.
    lent: Vec<u8>,
    /// There is more to do than to read on: something is lent, the open block is too large, the stream has ended, all is written anew.
    is_busy: bool,
    /// The end of the stream was read.
    has_ended: bool,
    too_large: u64,
    /// In canonical form: the retry of the open block, which goes on with its event.
    retry: Option<Duration>,
    /// And whether nothing of the chunk has gone on.
    is_quiet: bool,
}

/// What was read.
enum Step<'i> {
    /// A block with an event, of what is lent and what was read.
    Event { found: Found<'i>, read: &'i [u8], start: Start, is_first: bool },
    /// What passes, behind what is lent.
    Passing(&'i [u8]),
}

/// The block that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// It has no field yet, or there is none.
    Nothing,
    Fields,
    /// It is too large. Its retry, in milliseconds, which is to go on if it is left out; and whether it begins the stream.
    TooLarge {
        retry: Option<u64>,
        is_first: bool,
    },
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Blocks {
    /// With the limit of a [new parser](Parser::DEFAULT_LIMIT). Blocks above it are left out.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limit(Parser::DEFAULT_LIMIT)
    }

    /// With this limit, in bytes: of the lines of a block as they come, and of its text as
    /// [a parser counts it](crate::decode#what-counts-and-when).
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            parser: Parser::with_limit(limit).with_skipped_ids(),
            limit,
            on_too_large: OnTooLarge::LeaveOut,
            is_canonical: false,
            open: Open::Nothing,
            held: Vec::new(),
            lent: Vec::new(),
            is_busy: false,
            has_ended: false,
            too_large: 0,
            retry: None,
            is_quiet: true,
        }
    }

    /// The same, with this for blocks above the limit.
    #[must_use]
    pub const fn on_too_large(mut self, on_too_large: OnTooLarge) -> Self {
        self.on_too_large = on_too_large;
        self
    }

    /// The same, which writes everything anew, so that no reader can take the stream for anything but what was seen here. (Some readers do not
    /// end lines at a lone CR. What they read as one line, this reads as two.) What has no meaning becomes a
    /// [`KEEP_ALIVE`], and so does a chunk from which nothing goes on, so that the next one sees that the connection lives.
    ///
    /// ```
    /// use ssewire::blocks::Blocks;
    ///
    /// let (mut blocks, mut out) = (Blocks::new().canonical(), Vec::new());
    /// let mut input = &b"ping: 1\rdata:a\rx: y\rid:7\r\r"[..];
    /// while let Some(block) = blocks.next(&mut input) {
    ///     block.pass(&mut out);
    /// }
    /// assert_eq!(out, b":\n:\nid: 7\ndata: a\n\n");
    /// ```
    #[must_use]
    pub fn canonical(mut self) -> Self {
        self.parser = self.parser.with_all_items();
        (self.is_canonical, self.is_busy) = (true, true);
        self
    }

    /// The parser, with the last event ID and the reconnection time.
    #[must_use]
    pub const fn parser(&self) -> &Parser {
        &self.parser
    }

    /// How many blocks with an event were above the limit.
    #[must_use]
    pub const fn too_large(&self) -> u64 {
        self.too_large
    }

    /// The next block, or what passes between blocks; `None` if `input` is empty, after this call.
    ///
    /// `input` is a cursor as that of [`Parser::next`]. Make it once for each chunk.
    #[inline(always)]
    pub fn next<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        if self.is_busy { self.next_busy(input) } else { self.go_on(input) }
    }

    #[inline(never)]
    fn next_busy<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        self.begin_stream();
        self.forget_lent();
        if self.is_canonical {
            return self.next_canonical(input);
        }
        if let Open::TooLarge { .. } = self.open {
            let step = self.step(input);
            return self.give(step, input);
        }
        self.is_busy = false;
        self.go_on(input)
    }

    /// The next block, if nothing is lent and the open block is not too large.
    #[inline(always)]
    fn go_on<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        if input.is_empty() {
            return None;
        }
        let (chunk, before) = (*input, self.parser.place());
        let found = self.parser.advance::<false>(input);
        let read = read_of(chunk, input);
        match found {
            Ok(Some(found)) if self.held.len().saturating_add(read.len()) <= self.limit => {
                self.parser.count_event();
                let start = Start::At(before.0, self.open == Open::Fields);
                if !self.held.is_empty() {
                    self.lend_held();
                }
                let is_first = before.1 == self.lent.len() as u64;
                let event = Some(self.parser.event_of(&found));
                Some(Block { head: &self.lent, tail: read, event, start, is_first, is_cut: false })
            }
            found => {
                let step = self.settle(found, read, before);
                self.give(step, input)
            }
        }
    }

    /// A block has ended: what was held of it is lent.
    const fn lend_held(&mut self) {
        mem::swap(&mut self.held, &mut self.lent);
        (self.open, self.is_busy) = (Open::Nothing, true);
    }

    /// After an end, begins the next stream.
    fn begin_stream(&mut self) {
        if mem::take(&mut self.has_ended) {
            let _ = self.parser.finish();
        }
    }

    fn forget_lent(&mut self) {
        if self.lent.capacity() > 16 << 10 {
            self.lent = Vec::new();
        } else {
            self.lent.clear();
        }
    }

    /// Gives what a step has come to, or the first of those behind it that has come to something.
    #[inline(never)]
    fn give<'e, 'i: 'e>(&'e mut self, mut step: Step<'i>, input: &mut &'i [u8]) -> Option<Block<'e>> {
        loop {
            match step {
                Step::Event { found, read, start, is_first } => {
                    self.parser.count_event();
                    let event = Some(self.parser.event_of(&found));
                    return Some(Block { head: &self.lent, tail: read, event, start, is_first, is_cut: false });
                }
                Step::Passing(read) if !self.lent.is_empty() || !read.is_empty() => {
                    return Some(Block::passing(&self.lent, read));
                }
                Step::Passing(_) if input.is_empty() => return None,
                Step::Passing(_) => step = self.step(input),
            }
        }
    }

    /// Reads on, up to the next thing to give or the end of the chunk.
    fn step<'i>(&mut self, input: &mut &'i [u8]) -> Step<'i> {
        self.forget_lent();
        if let Open::TooLarge { retry, is_first } = self.open {
            return Step::Passing(self.skip(input, retry, is_first));
        }
        self.is_busy = false;
        let (chunk, before) = (*input, self.parser.place());
        let found = self.parser.advance::<false>(input);
        self.settle(found, read_of(chunk, input), before)
    }

    /// What was read, what the parser has found there, and where it stood before.
    #[inline(never)]
    fn settle<'i>(&mut self, found: Result<Option<Found<'i>>, TooLarge>, read: &'i [u8], before: (Tokenizer, u64)) -> Step<'i> {
        match found {
            Ok(Some(found)) => self.whole(found, read, before),
            Ok(None) => Step::Passing(self.hold(read, before)),
            Err(too_large) => Step::Passing(self.refuse(&too_large, read, before)),
        }
    }

    /// A block with an event has ended.
    fn whole<'i>(&mut self, found: Found<'i>, read: &'i [u8], (tokenizer, offset): (Tokenizer, u64)) -> Step<'i> {
        let start = Start::At(tokenizer, self.open == Open::Fields);
        self.lend_held();
        let is_first = offset == self.lent.len() as u64;
        let block = Block { head: &self.lent, tail: read, event: None, start, is_first, is_cut: false };
        if block.fits(self.limit) {
            return Step::Event { found, read, start: block.start, is_first };
        }
        self.too_large = self.too_large.saturating_add(1);
        if self.on_too_large == OnTooLarge::Pass {
            return Step::Passing(read);
        }
        let mut out = Vec::new();
        Block { event: Some(self.parser.event_of(&found)), ..block }.leave_out(&mut out);
        self.lent = out;
        Step::Passing(&[])
    }

    /// The chunk has ended: lends or gives what can pass, and holds the rest.
    fn hold<'i>(&mut self, read: &'i [u8], (tokenizer, offset): (Tokenizer, u64)) -> &'i [u8] {
        let now = self.parser.stand();
        // Where the open block begins in what was read.
        let block = usize::try_from(now.block_start.saturating_sub(offset)).unwrap_or(usize::MAX).min(read.len());
        let (from, mut is_held) = if block == 0 && self.open == Open::Fields {
            (0, true)
        } else {
            let tokenizer = if block == 0 { tokenizer } else { Tokenizer::at_line() };
            let (from, is_held) = first_field(tokenizer, read.get(block..).unwrap_or_default());
            (block.saturating_add(from), is_held)
        };
        let (passing, holding) = read.split_at_checked(from).unwrap_or((read, &[]));
        if from > 0 {
            mem::swap(&mut self.held, &mut self.lent);
        }
        let length = self.held.len().saturating_add(holding.len());
        if is_held && length > self.limit {
            let is_first = offset.saturating_add(from as u64) == self.held.len() as u64;
            self.open = Open::TooLarge { retry: now.own_retry, is_first };
            self.is_busy = true;
            if self.on_too_large == OnTooLarge::Pass {
                // (One of the two is empty.)
                self.lent.append(&mut self.held);
                return read;
            }
            self.held = Vec::new();
            return passing;
        }
        // (Room for no more than the limit.)
        if length > self.held.capacity() {
            let room = length.saturating_mul(2).min(self.limit).max(length);
            self.held.reserve_exact(room.saturating_sub(self.held.len()));
        }
        self.held.extend_from_slice(holding);
        is_held &= !self.held.is_empty();
        self.open = if is_held { Open::Fields } else { Open::Nothing };
        self.is_busy = !self.lent.is_empty();
        passing
    }

    /// The parser has refused a block: it has ended, or `skip` reads the rest of it. Lends or gives what can pass.
    #[cold]
    fn refuse<'i>(&mut self, too_large: &TooLarge, read: &'i [u8], (tokenizer, offset): (Tokenizer, u64)) -> &'i [u8] {
        self.too_large = self.too_large.saturating_add(1);
        self.is_busy = true;
        let now = self.parser.stand();
        let has_ended = now.block_start != too_large.offset;
        let retry = if has_ended { now.stored_retry } else { now.own_retry };
        let start = Start::At(tokenizer, self.open == Open::Fields);
        mem::swap(&mut self.held, &mut self.lent);
        let is_first = offset == self.lent.len() as u64;
        let block = Block { head: &self.lent, tail: read, event: None, start, is_first, is_cut: !has_ended };
        let is_first = is_first && block.between() == (0, 0);
        let mut out = Vec::new();
        if self.on_too_large == OnTooLarge::LeaveOut {
            block.write_between(&mut out);
        }
        self.open = if has_ended { Open::Nothing } else { Open::TooLarge { retry, is_first } };
        if self.on_too_large == OnTooLarge::Pass {
            return read;
        }
        if has_ended {
            residue(retry.map(Duration::from_millis), None, is_first, &mut out);
        }
        self.lent = out;
        &[]
    }

    /// Reads on in a block that is too large. Gives what is to pass of it, or lends what is left of it at its end.
    fn skip<'i>(&mut self, input: &mut &'i [u8], retry: Option<u64>, is_first: bool) -> &'i [u8] {
        let (chunk, before) = (*input, self.parser.stand());
        let mut tokenizer = before.tokenizer.clone();
        let has_ended = tokenizer.tokens(input).any(|token| matches!(token, Token::BlankLine(_)));
        let read = read_of(chunk, input);
        let mut rest = read;
        // It may still be an event, or be refused now; and it may be neither, since it has no data.
        while !rest.is_empty() {
            if !matches!(self.parser.advance::<false>(&mut rest), Ok(None)) {
                self.too_large = self.too_large.saturating_add(1);
            }
        }
        let now = self.parser.stand();
        let retry = if now.retry == before.retry { retry } else { now.retry };
        self.open = if has_ended { Open::Nothing } else { Open::TooLarge { retry, is_first } };
        if self.on_too_large == OnTooLarge::Pass {
            return read;
        }
        if has_ended {
            let id = (now.ids != before.ids).then(|| self.parser.last_event_id());
            residue(retry.map(Duration::from_millis), id, is_first, &mut self.lent);
        }
        &[]
    }

    /// The end of the stream: what is held, if anything is. If it would be an event with a blank line behind it, that event can be judged: readers that
    /// follow the standard discard it, others do not. What comes next is another stream.
    ///
    /// ```
    /// use ssewire::blocks::Blocks;
    ///
    /// let (mut blocks, mut out) = (Blocks::new(), Vec::new());
    /// assert!(blocks.next(&mut &b"data: half an ev"[..]).is_none());
    /// blocks.finish().unwrap().pass(&mut out);
    /// assert_eq!(out, b"data: half an ev");
    /// ```
    pub fn finish(&mut self) -> Option<Block<'_>> {
        self.forget_lent();
        self.begin_stream();
        (self.is_busy, self.has_ended) = (true, true);
        let before = self.parser.stand();
        let own_retry = before.own_retry.map(Duration::from_millis);
        let start = Start::At(before.tokenizer, self.open == Open::Fields);
        match mem::replace(&mut self.open, Open::Nothing) {
            Open::TooLarge { retry, is_first } => {
                self.too_large = self.too_large.saturating_add(u64::from(self.parser.flush().is_some()));
                if self.on_too_large == OnTooLarge::LeaveOut {
                    residue(retry.map(Duration::from_millis), None, is_first, &mut self.lent);
                }
                return Some(Block::passing(&self.lent, &[])).filter(|block| !block.head.is_empty());
            }
            Open::Nothing | Open::Fields => {}
        }
        let had_data = self.parser.truncated().is_some_and(|truncated| truncated.had_data);
        let event = self.parser.flush();
        if event.is_none() && had_data {
            // Too large since what is not UTF-8 grows.
            self.too_large = self.too_large.saturating_add(1);
            if self.on_too_large == OnTooLarge::LeaveOut && !self.is_canonical {
                let is_first = before.offset == self.held.len() as u64;
                self.held = Vec::new();
                residue(own_retry, None, is_first, &mut self.lent);
                return Some(Block::passing(&self.lent, &[])).filter(|block| !block.head.is_empty());
            }
        }
        // A retry that is cut off has not acted, and may be half a number.
        let event = event.map(|event| own_retry.map_or(event.without_retry(), |time| event.with_retry(time)));
        if self.is_canonical {
            // What is not of this block.
            let retry = self.retry.take().filter(|&time| event.and_then(|event| event.retry()) != Some(time));
            retry.iter().for_each(|&time| Item::Retry(time).encode().append_to(&mut self.lent));
            let start = Start::Known(self.lent.len());
            event.iter().for_each(|&event| write_cut(event, &mut self.lent));
            let block = Block { head: &self.lent, tail: &[], event, start, is_first: false, is_cut: true };
            return Some(block).filter(|block| !block.head.is_empty());
        }
        mem::swap(&mut self.held, &mut self.lent);
        let is_first = before.offset == self.lent.len() as u64;
        let start = if self.lent.is_empty() { Start::Known(0) } else { start };
        let block = Block { head: &self.lent, tail: &[], event, start, is_first, is_cut: true };
        Some(block).filter(|block| !block.head.is_empty())
    }

    /// The next event, with all that comes before it, or that without an event.
    fn next_canonical<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        let chunk = *input;
        loop {
            let found = self.parser.advance::<true>(input);
            let has_no_event = match found {
                Ok(Some(Found::Retry(_) | Found::Line { .. } | Found::Event(_) | Found::Stored)) => false,
                Ok(Some(Found::NoData | Found::LastEventId)) | Err(_) => true,
                Ok(None) => self.parser.stand().is_between_blocks(),
            };
            if has_no_event {
                self.write_retry();
            }
            match found {
                Ok(Some(found @ (Found::Event(_) | Found::Stored))) => {
                    self.parser.count_event();
                    if self.parser.event_of(&found).retry() != self.retry {
                        self.write_retry();
                    }
                    self.retry = None;
                    let between = self.lent.len();
                    self.parser.event_of(&found).encode().append_to(&mut self.lent);
                    self.is_quiet = false;
                    let start = Start::Known(between);
                    let event = Some(self.parser.event_of(&found));
                    return Some(Block { head: &self.lent, tail: &[], event, start, is_first: false, is_cut: false });
                }
                Ok(Some(Found::Retry(time))) => {
                    self.write_retry();
                    self.retry = Some(Duration::from_millis(time));
                }
                Ok(Some(found)) => match self.parser.item(&found) {
                    Item::Comment(text) if !text.is_empty() => {
                        Item::Comment(text).encode().append_to(&mut self.lent);
                    }
                    Item::LastEventId(id) => Item::LastEventId(id).encode().append_to(&mut self.lent),
                    Item::NoData(block) => match block.id_item() {
                        Some(id) => id.encode().append_to(&mut self.lent),
                        None => self.lent.extend_from_slice(KEEP_ALIVE.as_bytes()),
                    },
                    _ => self.lent.extend_from_slice(KEEP_ALIVE.as_bytes()),
                },
                Err(TooLarge { part: Part::Comment | Part::UnknownLine, .. }) => {
                    self.lent.extend_from_slice(KEEP_ALIVE.as_bytes());
                }
                Err(_) => self.too_large = self.too_large.saturating_add(1),
                Ok(None) => {
                    if mem::replace(&mut self.is_quiet, true) && self.lent.is_empty() && !chunk.is_empty() {
                        self.lent.extend_from_slice(KEEP_ALIVE.as_bytes());
                    }
                    let passing = Block::passing(&self.lent, &[]);
                    return Some(passing).filter(|block| !block.head.is_empty());
                }
            }
        }
    }

    fn write_retry(&mut self) {
        if let Some(time) = self.retry.take() {
            Item::Retry(time).encode().append_to(&mut self.lent);
        }
    }
}

/// What was read of a chunk.
#[inline(always)]
fn read_of<'i>(chunk: &'i [u8], input: &[u8]) -> &'i [u8] {
    chunk.get(..chunk.len().saturating_sub(input.len())).unwrap_or_default()
}

/// What goes on of a block that does not: its retry and its id. The first block of a stream leaves a line end, if it has neither: otherwise the next one
/// would begin the stream, and its first bytes could be a BOM, which is dropped there and nowhere else.
fn residue(retry: Option<Duration>, id: Option<&str>, is_first: bool, out: &mut Vec<u8>) {
    let length = out.len();
    if let Some(time) = retry {
        Item::Retry(time).encode().append_to(out);
    }
    if let Some(id) = id {
        Item::LastEventId(crate::Id::of_stream(id)).encode().append_to(out);
    }
    if is_first && out.len() == length {
        out.push(b'\n');
    }
}

/// An event as the end of a stream leaves it: without its blank line.
fn write_cut(event: Event<'_>, out: &mut Vec<u8>) {
    event.encode().append_to(out);
    out.pop();
}

/// Where the first field of an open block begins, or a line that may still become one; and whether it is a field. The block starts with these
/// bytes, or had no field so far.
fn first_field(mut tokenizer: Tokenizer, bytes: &[u8]) -> (usize, bool) {
    // (Nearly always. The end of the line is not looked for.)
    if tokenizer.is_at_line_start()
        && (bytes.starts_with(b"data:") || bytes.starts_with(b"event:") || bytes.starts_with(b"id:"))
    {
        return (0, true);
    }
    let (mut rest, mut line) = (bytes, tokenizer.bom_length(bytes));
    while let Some(token) = tokenizer.next(&mut rest) {
        match token {
            Token::Field { .. } => return (line, true),
            Token::Comment { end: None, .. } | Token::Unknown { end: None, .. } => {}
            _ => line = bytes.len().saturating_sub(rest.len()),
        }
    }
    match tokenizer.cut() {
        // Of a whole name, too, another one may come.
        Cut::InField(_) | Cut::InName => (line, !tokenizer.is_in_name()),
        Cut::BetweenLines | Cut::InIgnored => (bytes.len(), false),
    }
}

/// Where the block of an event begins.
#[derive(Clone, Debug)]
enum Start {
    /// So many bytes of the head are before it.
    Known(usize),
    /// Where this tokenizer finds it, at the start of the tail. Whether the head has a field, or else only what may become one.
    At(Tokenizer, bool),
}

/// A block with its event, or bytes that pass between blocks: see [`Blocks::next`].
///
/// It can be written in one of three ways, each behind what came before it.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// What was held or written anew.
    head: &'a [u8],
    /// What lies in the chunk.
    tail: &'a [u8],
    event: Option<Event<'a>>,
    start: Start,
    /// Nothing was before it in the stream.
    is_first: bool,
    /// The end of the stream cuts it off.
    is_cut: bool,
}

impl<'a> Block<'a> {
    /// What passes whatever is said.
    const fn passing(head: &'a [u8], tail: &'a [u8]) -> Self {
        Self { head, tail, event: None, start: Start::Known(usize::MAX), is_first: false, is_cut: false }
    }

    /// The event that it is. `None` if there is nothing to judge: comments, blank lines, unknown lines, a block without data, one that passes unread.
    #[inline]
    #[must_use]
    pub const fn event(&self) -> Option<Event<'a>> {
        self.event
    }

    /// Its bytes as they came: a part that was held from chunks before, and a part of the chunk. Together with those of all others they are the stream.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> [&'a [u8]; 2] {
        [self.head, self.tail]
    }

    /// Writes it as it came.
    #[inline]
    pub fn pass(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head);
        out.extend_from_slice(self.tail);
    }

    /// Leaves it out: writes what came before it, and its [residue](Self::residue). What is no event passes.
    pub fn leave_out(&self, out: &mut Vec<u8>) {
        if self.event.is_none() {
            return self.pass(out);
        }
        self.write_between(out);
        self.write_residue(out);
    }

    /// Writes this event in its place, behind what came before it. What the event does not have of the id and the retry of the block, it gets. What is no
    /// event passes.
    pub fn replace(&self, by: Event<'_>, out: &mut Vec<u8>) {
        if self.event.is_none() {
            return self.pass(out);
        }
        self.write_between(out);
        self.write_instead(by, out);
    }

    /// This event, with the id and the retry of the block if it has none of its own.
    pub(crate) fn write_instead(&self, by: Event<'_>, out: &mut Vec<u8>) {
        let Some(event) = self.event else { return };
        let by = match event.id() {
            Some(id) if by.id().is_none() => Event { last_event_id: id, has_id: true, ..by },
            _ => by,
        };
        let by = Event { retry: by.retry.or(event.retry), ..by };
        if self.is_cut { write_cut(by, out) } else { by.encode().append_to(out) }
    }

    /// What must be sent in its place if it is left out: its retry and its id, each as a block of its own. Empty if it has neither (but a line end
    /// at the start of the stream, so that the bytes behind it do not become its start), and if there is no event.
    #[must_use]
    pub fn residue(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_residue(&mut out);
        out
    }

    pub(crate) fn write_residue(&self, out: &mut Vec<u8>) {
        if let Some(event) = self.event {
            // (An id that the end of the stream cuts off was never committed.)
            let id = event.id().filter(|_| !self.is_cut);
            residue(event.retry(), id, self.is_first && self.between() == (0, 0), out);
        }
    }

    /// What came before the block: passes as it came.
    fn write_between(&self, out: &mut Vec<u8>) {
        let (head, tail) = self.between();
        out.extend_from_slice(self.head.get(..head).unwrap_or_default());
        out.extend_from_slice(self.tail.get(..tail).unwrap_or_default());
    }

    /// How many bytes of the head and of the tail came before the block.
    pub(crate) fn between(&self) -> (usize, usize) {
        let (tokenizer, has_field) = match &self.start {
            Start::Known(length) => return ((*length).min(self.head.len()), self.tail.len().min(*length)),
            Start::At(tokenizer, has_field) => (tokenizer.clone(), *has_field),
        };
        let at = self.find(tokenizer, has_field).0;
        (at.min(self.head.len()), at.saturating_sub(self.head.len()))
    }

    /// Where the first field of the last block begins, in head and tail together; and where its last line ends, before its blank line.
    fn find(&self, mut tokenizer: Tokenizer, has_field: bool) -> (usize, usize) {
        let at = |rest: &[u8]| self.head.len().saturating_add(self.tail.len()).saturating_sub(rest.len());
        let mut rest = self.tail;
        // The head is the start of a line, or of a block.
        let (mut line, mut first) = (tokenizer.bom_length(rest), has_field.then_some(0));
        while let Some(token) = tokenizer.next(&mut rest) {
            match token {
                Token::BlankLine(_) if rest.is_empty() && !self.is_cut => break,
                Token::BlankLine(_) => (line, first) = (at(rest), None),
                Token::Field { end, .. } => {
                    first = first.or(Some(line));
                    if end.is_some() {
                        line = at(rest);
                    }
                }
                Token::Comment { end: None, .. } | Token::Unknown { end: None, .. } => {}
                Token::Comment { .. } | Token::Unknown { .. } | Token::LateLf => line = at(rest),
            }
        }
        (first.unwrap_or(line), line)
    }

    /// Whether the lines of its block are within the limit.
    fn fits(&self, limit: usize) -> bool {
        let (Start::At(tokenizer, has_field), length) = (&self.start, self.head.len().saturating_add(self.tail.len())) else {
            return true;
        };
        if length <= limit {
            return true;
        }
        let (first, last) = self.find(tokenizer.clone(), *has_field);
        last.saturating_sub(first) <= limit
    }
}
