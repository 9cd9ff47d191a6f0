//! From tokens to values: one step for each line.
//!
//! ```text
//! look ─┬─ a plain block, whole in the chunk ─────────► Look::Event
//!       ├─ the same, but for several lines of data ─► join ─► Look::Stored
//!       ├─ any other block ─► begin_cut ─┬─► hold, hold_more ─► Found, or release
//!       │                                ├─► data_lines ─► dispatch_stored
//!       └─ the middle of one ─► resume ──┴─► read ─► data, value, retry_field, comment, dispatch
//! ```
//!
//! `read` alone gives all results. The fast paths are plain blocks, whole or `held`, and `data_lines`.
//!
//! Invariants, and advice for those who change this file:
//!
//! - `idle` implies that the next byte starts a block, that nothing of it is stored, and that no memory is to be given back. What
//!   `join` or `held` has lent may still be there: the next `join` frees it, or `begin`.
//! - While the parser is idle, `block` is out of date. `begin`, `join` and `held` set what others rely on.
//! - `Found` holds slices of the chunk, and nothing of the parser.
//! - While a block is held, the tokenizer and `offset` are where they would be if it had been read; of `block`, only `start`, `has_data`
//!   and `has_lines` are.
//! - `seen` holds what lies whole in the chunk. It is stored before the call ends, and before a piece of a value is.
//! - Every byte that is kept has passed `admit`, or `fits` in a plain block, or the length of the block in `join` and `held`.
//! - What is not inlined takes slices, not references to structs that were just filled: a load wider than the stores before it waits.
//! - `look` is inlined into its caller. Only what plain blocks need is in it; all else is behind a call of `go_on`. The hottest callers match the
//!   look itself: what a call may write is in memory, and a plain event is not to be.

use super::{Found, Lent, Look, Parser, Slot, Storage, Texts, Token, Whole, block::Block};
use crate::{
    Part, TooLarge,
    decode::{
        plain::{After, Values, after_blank_line, skip_heartbeats},
        scan::{LineEnd, find_line_end, split_at, split_line},
        utf8,
    },
    field::Field,
};

impl<S: Storage> Parser<S> {
    /// Reads up to the next thing to give out.
    #[inline(always)]
    pub(crate) fn advance<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<'i>>, TooLarge> {
        let look = self.look::<ITEMS>(input);
        self.go_on::<ITEMS>(look, input)
    }

    /// Reads a plain block, if one lies whole in the chunk. Then to go on is to say so.
    #[inline(always)]
    pub(crate) fn look<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Look<'i> {
        if !self.idle {
            if self.is_holding() {
                return Look::Open;
            }
            self.free_lent();
            self.idle = self.is_idle();
            if !self.idle {
                return Look::Open;
            }
        }
        let chunk = *input;
        if chunk.is_empty() {
            return Look::Nothing;
        }
        if !ITEMS && let Some(b':' | b'\n' | b'\r') = chunk.first() {
            self.counts.comments = self.counts.comments.wrapping_add(skip_heartbeats(input));
            if input.is_empty() {
                self.offset = self.offset.wrapping_add(chunk.len() as u64);
                return Look::Nothing;
            }
        }
        let block = *input;
        let (values, after) = Values::read(input);
        if !self.fits(&values) {
            // Line by line, up to the one that is too large, or past the id that is none.
        } else if let After::BlankLine = after
            && let Some(texts) = values.texts(block, input)
        {
            self.offset = self.offset.wrapping_add(chunk.len().wrapping_sub(input.len()) as u64);
            self.commit_id(texts.id, false);
            return Look::Event(texts);
        } else if let After::MoreData(value) = after
            && let Some(all) = self.join(block, value, values.data.map_or(0, <[u8]>::len))
        {
            *input = block.get(all.len()..).unwrap_or_default();
            self.offset = self.offset.wrapping_add(chunk.len().wrapping_sub(input.len()) as u64);
            self.block.start = self.offset;
            self.add_texts(&values);
            return Look::Stored;
        }
        let data = if let After::OpenData(data) | After::MoreData(data) = after { Some(data) } else { None };
        let is_open = values.data.is_none() && !matches!(after, After::BlankLine);
        Look::Block { chunk, block, values: (values.event_type, values.id), data, is_open }
    }

    /// Reads on behind a look.
    #[inline(always)]
    pub(crate) fn go_on<'i, const ITEMS: bool>(
        &mut self,
        look: Look<'i>,
        input: &mut &'i [u8],
    ) -> Result<Option<Found<'i>>, TooLarge> {
        match look {
            Look::Event(texts) => Ok(Some(Found::Event(texts))),
            Look::Stored => Ok(Some(Found::Stored)),
            Look::Nothing => Ok(None),
            #[cfg(feature = "alloc")]
            Look::Open if self.is_holding() => self.go_on_held::<ITEMS>(input),
            Look::Open => self.resume::<ITEMS>(input),
            Look::Block { chunk, block, values, data, is_open } => {
                self.begin_cut::<ITEMS>(input, chunk, block, values, data, is_open)
            }
        }
    }

    /// Begins a block that is not plain and whole: behind a type and an id that were read comes what is left of `input`. If its data is cut or
    /// has several lines, it starts at `data`. `is_open` tells whether no line of data is whole, and no blank line was read.
    #[inline(never)]
    #[cfg_attr(not(feature = "alloc"), allow(unused_variables, reason = "without a heap nothing is held"))]
    fn begin_cut<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        chunk: &[u8],
        block: &'i [u8],
        (event_type, id): (Option<&[u8]>, Option<&[u8]>),
        data: Option<&'i [u8]>,
        is_open: bool,
    ) -> Result<Option<Found<'i>>, TooLarge> {
        self.begin(chunk, block);
        let values = Values { data: None, event_type, id };
        if self.fits(&values) {
            #[cfg(feature = "alloc")]
            if is_open && self.hold(block, input, data.is_some()) {
                *input = block.get(block.len()..).unwrap_or_default();
                return Ok(None);
            }
            if let Some(data) = data {
                self.block.used = values.counted();
                self.store_texts(event_type, id);
                let end = self.offset.saturating_add(block.len() as u64);
                return self.data_lines::<ITEMS>(input, end, data);
            }
        }
        *input = block;
        self.resume::<ITEMS>(input)
    }

    /// Whether a block of these values is within the limits, and its id is one.
    #[inline(always)]
    fn fits(&self, values: &Values<'_>) -> bool {
        values.counted() <= self.storage.limit()
            && values.id.is_none_or(|id| id.len() <= self.storage.id_limit() && !id.contains(&0))
    }

    /// Reads a block of several lines of data that is plain otherwise, whole in the chunk and text: these are joined in the storage.
    /// The data starts at `value`, and its first line ends at `first`. Gives the block, or `None` if it is another one, and then
    /// nothing is done.
    #[inline(never)]
    pub(super) fn join<'i>(&mut self, block: &'i [u8], value: &'i [u8], first: usize) -> Option<&'i str> {
        // Where each line is in the block: with its LF, if that is what ended it. (Small, since it is cleared for each block.)
        let mut lines = [(0_u32, 0_u32); 16];
        let (mut count, mut value, mut end) = (0_usize, value, first);
        let after = loop {
            let (_, line_end, rest) = split_at(value, end)?;
            let start = block.len().wrapping_sub(value.len()) as u32;
            let length = end.wrapping_add(usize::from(matches!(line_end, LineEnd::Lf))) as u32;
            *lines.get_mut(count)? = (start, start.wrapping_add(length));
            count = count.wrapping_add(1);
            match rest.strip_prefix(b"data: ") {
                Some(next) => (value, end) = (next, find_line_end(next)?),
                None => break after_blank_line(rest)?,
            }
        };
        let length = block.len().wrapping_sub(after.len());
        // Names and line ends count less than they are long.
        if length > self.storage.limit().min(u32::MAX as usize) {
            return None;
        }
        let all = utf8::check_first(block, length)?;
        let lines = lines.get(..count)?.iter().filter_map(|&(start, end)| all.get(start as usize..end as usize));
        if self.lent == Lent::Block {
            self.storage.clear(0);
        }
        for line in lines {
            self.storage.push(Slot::Data, line);
            if !line.ends_with('\n') {
                self.storage.push(Slot::Data, "\n");
            }
        }
        self.storage.seal();
        self.lend_data();
        Some(all)
    }

    /// Lends an event of the data in the storage.
    #[inline(always)]
    pub(super) fn lend_data(&mut self) {
        self.whole = Whole { has_id: false, lossy: false, retry: None };
        (self.lent, self.idle) = (Lent::Block, !self.storage.is_large());
    }

    /// Adds its type and its id to an event that is lent.
    #[inline(always)]
    pub(super) fn add_texts(&mut self, values: &Values<'_>) {
        if values.event_type.is_some() || values.id.is_some() {
            self.store_texts(values.event_type, values.id);
            self.whole.has_id = values.id.is_some();
            self.commit_id(None, self.whole.has_id);
        }
    }

    /// Begins a block that is not read in one go.
    #[inline(never)]
    pub(super) fn begin(&mut self, chunk: &[u8], block: &[u8]) {
        self.free_lent();
        let before = chunk.len().wrapping_sub(block.len()) as u64;
        self.offset = self.offset.wrapping_add(before);
        self.block = Block::starting_at(self.offset);
        self.idle = false;
    }

    /// Goes on where the last call has left off.
    #[inline(never)]
    pub(super) fn resume<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<'i>>, TooLarge> {
        let end = self.offset.saturating_add(input.len() as u64);
        if self.tokenizer.is_in_data() && !self.block.skipping && !input.is_empty() {
            return self.data_lines::<ITEMS>(input, end, input);
        }
        self.read::<ITEMS>(input, end)
    }

    /// Lines of data, from `value` on, which is the rest of the first one and all that follows it. They are joined in the storage.
    #[inline(never)]
    fn data_lines<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        end: u64,
        mut value: &'i [u8],
    ) -> Result<Option<Found<'i>>, TooLarge> {
        (self.stored, self.block.has_data) = (true, true);
        loop {
            let Some((line, line_end, rest)) = split_line(value) else {
                *input = value.get(value.len()..).unwrap_or_default();
                self.tokenizer.begin_data();
                self.offset = end;
                self.admit(Field::Data, value.len(), false)?;
                self.note_text_before(value);
                self.push_data(value);
                return Ok(None);
            };
            *input = rest;
            self.tokenizer.line_ended(line_end, rest);
            if let Err(too_large) = self.admit(Field::Data, line.len(), true) {
                self.offset = offset_of(rest, end);
                return Err(too_large);
            }
            self.push_line(line, value);
            if let Some(after) = after_blank_line(rest) {
                *input = after;
                self.offset = offset_of(after, end);
                return self.dispatch_stored();
            }
            match rest.strip_prefix(b"data: ") {
                Some(next) => value = next,
                None => return self.read::<ITEMS>(input, end),
            }
        }
    }

    /// Token by token, up to the next thing to give out.
    #[inline(never)]
    pub(super) fn read<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        end: u64,
    ) -> Result<Option<Found<'i>>, TooLarge> {
        let mut seen = Values::default();
        let found = loop {
            let Some(token) = self.tokenizer.next(input) else { break Ok(None) };
            let found = match token {
                Token::Field { field, value, end } => self.field::<ITEMS>(field, value, end.is_some(), &mut seen),
                Token::Comment { text, end } => self.plain_line::<ITEMS>(Part::Comment, text, end.is_some(), false, &mut seen),
                Token::Unknown { line, end } => {
                    self.plain_line::<ITEMS>(Part::UnknownLine, line, end.is_some(), !input.is_empty(), &mut seen)
                }
                Token::LateLf => {
                    // It belongs to the blank line before it, if that is what ended with the CR.
                    let after = offset_of(input, end);
                    if self.block.start.saturating_add(1) == after {
                        self.block.start = after;
                    }
                    Ok(None)
                }
                Token::BlankLine(_) => {
                    self.offset = offset_of(input, end);
                    let found = self.dispatch::<ITEMS>(&mut seen);
                    seen = Values::default();
                    if !ITEMS
                        && matches!(found, Ok(None))
                        && let Some(b':' | b'\n' | b'\r') = input.first()
                    {
                        self.counts.comments = self.counts.comments.wrapping_add(skip_heartbeats(input));
                        self.block.start = offset_of(input, end);
                    }
                    found
                }
            };
            if !matches!(found, Ok(None)) {
                break found;
            }
        };
        self.offset = offset_of(input, end);
        match &found {
            Ok(_) => self.store(&mut seen),
            // What was refused has taken all with it, but for an id that is to be kept.
            Err(TooLarge { part: Part::Event | Part::LastEventId, .. }) if self.keeps_skipped_ids => self.keep_id(&seen),
            Err(_) => {}
        }
        self.idle = self.is_idle();
        found
    }

    #[inline]
    fn is_idle(&self) -> bool {
        self.block.start == self.offset
            && self.tokenizer.is_at_line_start()
            && self.lent == Lent::Nothing
            && !self.stored
            && !self.storage.is_large()
    }

    #[inline(never)]
    pub(super) fn free_lent(&mut self) {
        match core::mem::replace(&mut self.lent, Lent::Nothing) {
            Lent::Nothing => {}
            Lent::Comment => self.storage.forget_value(),
            Lent::Block => {
                self.stored = false;
                self.storage.clear(0);
            }
        }
    }
}

impl<'i> Values<'i> {
    /// The texts of an event, if there is data and all of it is UTF-8. The values lie in `block`, and behind it is `rest`.
    #[inline(always)]
    pub(super) fn texts(&self, block: &'i [u8], rest: &[u8]) -> Option<Texts<'i>> {
        if self.event_type.is_none() && self.id.is_none() {
            let ahead = block.get(b"data: ".len()..)?;
            return Some(Texts { data: utf8::check_first(ahead, self.data?.len())?, event_type: None, id: None, retry: None });
        }
        // One check of the whole block costs less than one of each value.
        let all = utf8::check_first(block, block.len().wrapping_sub(rest.len()))?;
        self.texts_by(None, |value| text_in(all, value))
    }

    /// The same, by what gives the text of a value.
    #[inline(always)]
    pub(super) fn texts_by(&self, retry: Option<u64>, text: impl Fn(&'i [u8]) -> Option<&'i str>) -> Option<Texts<'i>> {
        let optional = |value: Option<&'i [u8]>| value.map_or(Some(None), |value| text(value).map(Some));
        Some(Texts { data: text(self.data?)?, event_type: optional(self.event_type)?, id: optional(self.id)?, retry })
    }
}

/// The text of `value`, which is a part of `all`.
#[inline(always)]
fn text_in<'i>(all: &'i str, value: &[u8]) -> Option<&'i str> {
    let start = (value.as_ptr() as usize).wrapping_sub(all.as_ptr() as usize);
    let text = all.get(start..start.wrapping_add(value.len()));
    debug_assert!(text.is_some(), "a value begins and ends at a character");
    text
}

/// The place in the stream at which `rest` starts, if it ends at `end`.
#[inline(always)]
pub(super) const fn offset_of(rest: &[u8], end: u64) -> u64 {
    end.saturating_sub(rest.len() as u64)
}
