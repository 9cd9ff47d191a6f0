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

mod block;
mod canonical;
mod too_large;

use alloc::vec::Vec;
use core::{mem, time::Duration};

use crate::{
    Event, Parser, TooLarge,
    decode::{Found, Look, Tokenizer},
};
use block::{Start, first_field, flush, residue};

pub use block::Block;
pub use too_large::OnTooLarge;

/// What a buffer may hold for later, whatever it was used for.
const KEPT: usize = if cfg!(fuzzing) { 32 } else { 16 << 10 };

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
/// Only the open block, from its first field on, with the comments in it: what may become of it is not known yet. All else comes out of the call that
/// reads it, so a heartbeat between events never waits.
///
/// # Memory
///
/// What is held of the open block is at most as large as the limit, and so is the text of it in the parser, which may hold
/// [twice as much](crate::Heap). What lies whole in the chunk is not copied. A buffer of more than 16 KiB is kept for the next block, and given back
/// behind the first thing that does not need it.
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
    /// There is more to do than to read on: something is lent, a large buffer is kept, the open block is too large, the stream has ended, all is
    /// written anew.
    is_busy: bool,
    /// Up to where the stream was read when a large buffer was kept.
    kept_at: u64,
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
            kept_at: 0,
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
    /// [`KEEP_ALIVE`](crate::KEEP_ALIVE), and so does a chunk from which nothing goes on, so that the next one sees that the connection lives.
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
        if self.is_busy {
            in_registers(self.next_busy(input))
        } else if input.is_empty() {
            None
        } else {
            self.go_on(input)
        }
    }

    #[inline(never)]
    fn next_busy<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        self.begin_stream();
        self.forget_lent();
        if self.is_canonical {
            return self.next_canonical(input);
        }
        if let Open::TooLarge { .. } = self.open {
            return self.give(Step::Passing(&[]), input);
        }
        self.is_busy = self.keeps();
        self.go_on(input)
    }

    /// The next block, if nothing is lent and the open block is not too large. (Without input, the parser is told that what it has lent is free.)
    #[inline(always)]
    fn go_on<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        let chunk = *input;
        let look = self.parser.look::<false>(input);
        if let Look::Event(texts) = look
            && let read = read_of(chunk, input)
            && read.len() <= self.limit
        {
            debug_assert!(self.held.is_empty() && self.lent.is_empty(), "nothing is held of what lies whole in the chunk");
            debug_assert!(self.parser.place().1 > read.len() as u64, "a look gives no event at the start of the stream");
            self.parser.count_event();
            let (start, event) = (Start::At(Tokenizer::at_line(), false), Some(self.parser.event(&texts)));
            return Some(Block { head: &[], tail: read, event, start, is_first: false, is_cut: false });
        }
        let tokenizer = self.parser.place().0;
        if let Look::Open = look
            && self.parser.is_holding()
        {
            return in_registers(self.go_on_held(input, tokenizer));
        }
        let found = self.parser.go_on::<false>(look, input);
        let read = read_of(chunk, input);
        let before = (tokenizer, self.parser.place().1.saturating_sub(read.len() as u64));
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
            // The open block goes on.
            Ok(None)
                if self.open == Open::Fields
                    && self.parser.has_open_block_since(before.1)
                    && self.held.len().saturating_add(read.len()) <= self.limit =>
            {
                keep(&mut self.held, read, self.limit);
                None
            }
            found => {
                let step = self.settle(found, read, before);
                in_registers(self.give(step, input))
            }
        }
    }

    /// Goes on with a block that the parser holds as it came, so that nothing of it is held here.
    #[inline(never)]
    fn go_on_held<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8], tokenizer: Tokenizer) -> Option<Block<'e>> {
        let (chunk, before) = (*input, (tokenizer, self.parser.place().1));
        match self.parser.hold_more(input) {
            Some(true) => {
                self.parser.count_event();
                let start = Start::At(before.0, self.open == Open::Fields);
                self.open = Open::Nothing;
                let (head, event) = (self.parser.storage.held(), Some(self.parser.stored_event()));
                let is_first = before.1 == head.len() as u64;
                Some(Block { head, tail: read_of(chunk, input), event, start, is_first, is_cut: false })
            }
            Some(false) => {
                self.open = self.open_held();
                None
            }
            None => {
                self.take_held();
                let found = self.parser.advance::<false>(input);
                let step = self.settle(found, read_of(chunk, input), before);
                self.give(step, input)
            }
        }
    }

    /// What the parser holds is held here from now on.
    fn take_held(&mut self) {
        if self.parser.is_holding() {
            keep(&mut self.held, self.parser.storage.held(), self.limit);
            self.parser.release();
        }
    }

    const fn open_held(&self) -> Open {
        if self.parser.holds_field() { Open::Fields } else { Open::Nothing }
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
            self.lent = Vec::new();
        }
    }

    /// What was lent is free. A large buffer is kept for the next block, and given back if something comes that does not need it.
    fn forget_lent(&mut self) {
        let (is_used, at) = (self.lent.len() >= self.lent.capacity() / 4, self.parser.place().1);
        self.lent.clear();
        if self.lent.capacity() > KEPT && is_used && self.held.is_empty() {
            mem::swap(&mut self.held, &mut self.lent);
            self.kept_at = at;
        }
        for buffer in [&mut self.lent, &mut self.held] {
            if buffer.is_empty() && buffer.capacity() > KEPT && self.kept_at != at {
                *buffer = Vec::new();
            }
        }
    }

    /// A large buffer waits for the next block.
    const fn keeps(&self) -> bool {
        self.held.is_empty() && self.held.capacity() > KEPT
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
        self.is_busy = self.keeps();
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
        if self.parser.is_holding() {
            let block = usize::try_from(self.parser.block_start().saturating_sub(offset)).unwrap_or(usize::MAX);
            self.open = self.open_held();
            debug_assert!(self.held.is_empty() && self.lent.is_empty(), "the parser was idle before");
            return read.get(..block).unwrap_or(read);
        }
        let now = self.parser.stand();
        // Where the open block begins in what was read.
        let block = usize::try_from(now.block_start.saturating_sub(offset)).unwrap_or(usize::MAX).min(read.len());
        let (from, is_held) = if block == 0 && self.open == Open::Fields {
            (0, true)
        } else {
            let tokenizer = if block == 0 { tokenizer } else { Tokenizer::at_line() };
            let (from, is_held) = first_field(tokenizer, read.get(block..).unwrap_or_default());
            (block.saturating_add(from), is_held)
        };
        let (passing, holding) = read.split_at_checked(from).unwrap_or((read, &[]));
        if from > 0 && !self.held.is_empty() {
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
        keep(&mut self.held, holding, self.limit);
        debug_assert!(!is_held || !self.held.is_empty(), "a field has bytes");
        self.open = if is_held { Open::Fields } else { Open::Nothing };
        self.is_busy = !self.lent.is_empty() || self.keeps();
        passing
    }

    /// The end of the stream: what is held, if anything is. If it would be an event with a blank line behind it, that event can be judged: readers that
    /// follow the standard discard it, others do not. What comes next is another stream.
    ///
    /// ```
    /// use ssewire::blocks::Blocks;
    ///
    /// let (mut blocks, mut out) = (Blocks::new(), Vec::new());
    /// let mut input = &b"data: half an ev"[..];
    /// assert!(blocks.next(&mut input).is_none());
    /// blocks.finish().unwrap().pass(&mut out);
    /// assert_eq!(out, b"data: half an ev");
    /// ```
    pub fn finish(&mut self) -> Option<Block<'_>> {
        self.forget_lent();
        self.begin_stream();
        (self.is_busy, self.has_ended) = (true, true);
        if self.is_canonical {
            return self.finish_canonical();
        }
        self.take_held();
        let before = self.parser.stand();
        let is_first = before.offset == self.held.len() as u64;
        let open = mem::replace(&mut self.open, Open::Nothing);
        let (event, is_too_large) = flush(&mut self.parser, &mut self.too_large);
        if let (Open::TooLarge { .. }, Some(_)) = (open, event) {
            self.too_large = self.too_large.saturating_add(1);
        }
        let left_out = match open {
            Open::TooLarge { retry, is_first } => Some((retry, is_first)),
            _ if is_too_large => Some((before.own_retry, is_first)),
            _ => None,
        };
        if let Some((retry, is_first)) = left_out
            && self.on_too_large == OnTooLarge::LeaveOut
        {
            self.held = Vec::new();
            residue(retry.map(Duration::from_millis), None, is_first, &mut self.lent);
            return Some(Block::passing(&self.lent, &[])).filter(|block| !block.head.is_empty());
        }
        mem::swap(&mut self.held, &mut self.lent);
        let event = event.filter(|_| left_out.is_none());
        // (What is held begins with the block.)
        let start = Start::Known(0);
        Some(Block { head: &self.lent, tail: &[], event, start, is_first, is_cut: true }).filter(|block| !block.head.is_empty())
    }
}

/// The same block, field by field: so that of the fast way need not be in memory, where a call could write it.
#[inline(always)]
fn in_registers(block: Option<Block<'_>>) -> Option<Block<'_>> {
    let Block { head, tail, event, start, is_first, is_cut } = block?;
    #[expect(clippy::manual_map, reason = "a closure takes and gives it in memory")]
    let event = match event {
        Some(Event { data, event_type, last_event_id, has_id, lossy, retry }) => {
            Some(Event { data, event_type, last_event_id, has_id, lossy, retry })
        }
        None => None,
    };
    Some(Block { head, tail, event, start, is_first, is_cut })
}

/// Holds these bytes, too. (With room for no more than the limit.)
fn keep(held: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    let length = held.len().saturating_add(bytes.len());
    if length > held.capacity() {
        let room = length.saturating_mul(2).min(limit).max(length);
        held.reserve_exact(room.saturating_sub(held.len()));
    }
    held.extend_from_slice(bytes);
}

/// What was read of a chunk.
#[inline(always)]
fn read_of<'i>(chunk: &'i [u8], input: &[u8]) -> &'i [u8] {
    chunk.get(..chunk.len().saturating_sub(input.len())).unwrap_or_default()
}
