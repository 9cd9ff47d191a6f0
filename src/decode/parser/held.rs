//! A short way for small blocks that chunks cut: held as they came until they are whole, and then read in one go, as plain blocks are.
//!
//! The tokenizer goes along, so it is known where the parser stands, and that no line of the block must act before the blank line: only
//! whole lines of `data`, `event` and `id` wait until then. As soon as another line comes, or the block is too long to be held, it is read line by
//! line: first what was held, which gives nothing, and then the rest. No value of what is held was counted or made text.

use super::{Block, Found, Parser, Slot, Storage};
use crate::{
    TooLarge,
    decode::{
        plain::{After, Values, after_blank_line},
        scan::{find_line_end, split_line},
        token::Token,
        tokenizer::{Cut, Tokenizer},
    },
    field::Field,
};

/// How many bytes are held at most.
pub(super) const HELD: usize = super::fields::DEFERRED;

impl<S: Storage> Parser<S> {
    /// Begins to hold the block that begins here, if it is one to be held. Behind a type and an id comes `rest`, and the chunk ends in its
    /// first line: in data, or in what is not known yet.
    #[inline(always)]
    pub(super) fn hold(&mut self, block: &[u8], mut rest: &[u8], is_in_data: bool) -> bool {
        let is_short = block.len() <= HELD && !self.was_long && self.storage.limit() >= HELD;
        // (Behind a CR that ends the chunk, an LF may still come.)
        if !is_short || self.gives_all || self.storage.deferred().is_none() || block.ends_with(b"\r") {
            return false;
        }
        self.block.has_lines = rest.len() < block.len();
        if is_in_data {
            self.tokenizer.begin_data();
            self.block.has_data = true;
        } else if find_line_end(rest).is_some() || self.go_along(&mut rest).is_none() {
            self.rewind();
            return false;
        }
        if let Some(held) = self.storage.deferred() {
            held.reserve_exact(HELD);
            held.extend_from_slice(block);
        }
        self.holds = true;
        self.offset = self.offset.wrapping_add(block.len() as u64);
        true
    }

    /// Goes on with the block that is held: whether it has ended, and is an event. `None` if it is not one to be held any more, and then nothing
    /// of `input` was read. What was held before its last piece stays as long as the event is lent: `Blocks` lend it, too.
    #[inline(always)]
    pub(crate) fn hold_more(&mut self, input: &mut &[u8]) -> Option<bool> {
        let mut rest = *input;
        let has_ended = self.go_along(&mut rest)?;
        let piece = input.get(..input.len().wrapping_sub(rest.len()))?;
        let held = self.storage.deferred()?;
        let before = held.len();
        if piece.len() > HELD.saturating_sub(before) {
            return None;
        }
        // (A clone has no room beyond what it holds.)
        held.reserve_exact(HELD.saturating_sub(before));
        held.extend_from_slice(piece);
        if has_ended {
            let mut block = core::mem::take(held);
            let is_read = self.read_held(&block);
            block.truncate(before);
            self.storage.deferred().into_iter().for_each(|held| core::mem::swap(held, &mut block));
            if !is_read {
                return None;
            }
            self.holds = false;
        }
        self.offset = self.offset.wrapping_add(piece.len() as u64);
        *input = rest;
        if has_ended {
            (self.block.start, self.block.has_data, self.block.has_lines) = (self.offset, false, false);
        }
        Some(has_ended)
    }

    /// The same, or line by line.
    #[inline(never)]
    pub(super) fn go_on_held<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<'i>>, TooLarge> {
        match self.hold_more(input) {
            Some(has_ended) => Ok(has_ended.then_some(Found::Stored)),
            None => {
                self.release();
                self.resume::<ITEMS>(input)
            }
        }
    }

    /// Takes the tokenizer up to the end of the block, or of the chunk. Whether the block has ended; `None` if it is not one to be held.
    #[inline(always)]
    fn go_along(&mut self, input: &mut &[u8]) -> Option<bool> {
        loop {
            // Lines of data and blank lines as the tokenizer would, but inlined.
            if self.tokenizer.is_in_data() {
                self.block.has_data = true;
                let Some((_, end, rest)) = split_line(input) else {
                    *input = input.get(input.len()..)?;
                    return Some(false);
                };
                self.tokenizer.line_ended(end, rest);
                (*input, self.block.has_lines) = (rest, true);
            }
            if input.is_empty() {
                return Some(false);
            }
            if self.tokenizer.is_at_line_start() {
                if let Some(rest) = after_blank_line(input) {
                    *input = rest;
                    return Some(true);
                }
                if let Some(value) = input.strip_prefix(b"data: ") {
                    self.tokenizer.begin_data();
                    *input = value;
                    continue;
                }
            }
            match self.tokenizer.next(input) {
                Some(Token::Field { field: Field::Data, end, .. }) => {
                    self.block.has_data = true;
                    self.block.has_lines |= end.is_some();
                }
                // (An id with a NUL is counted at its end. A type with one is not, but is as rare.)
                Some(Token::Field { field: Field::Event | Field::Id, value, end }) if !value.contains(&0) => {
                    self.block.has_lines |= end.is_some();
                }
                // (The colon of a comment.)
                None if self.tokenizer.cut() == Cut::InIgnored => return None,
                Some(Token::LateLf) | None => {}
                Some(_) => return None,
            }
        }
    }

    /// Goes back to the start of the block.
    const fn rewind(&mut self) {
        self.tokenizer = Tokenizer::at_line();
        self.block = Block::starting_at(self.block.start);
    }

    /// Reads a whole block that was held, if it is a plain event. If not, nothing is done.
    #[inline(never)]
    fn read_held(&mut self, block: &[u8]) -> bool {
        let mut rest = block;
        let (values, after) = Values::read(&mut rest);
        if let After::MoreData(value) = after {
            if self.join(block, value, values.data.map_or(0, <[u8]>::len)).is_none() {
                return false;
            }
        } else if let After::BlankLine = after
            && let Some(texts) = values.texts(block, rest)
        {
            self.storage.push(Slot::Data, texts.data);
            self.lend_data();
        } else {
            return false;
        }
        self.add_texts(&values);
        true
    }

    /// Reads what was held line by line. It gives nothing.
    #[cold]
    #[inline(never)]
    pub(crate) fn release(&mut self) {
        if !core::mem::replace(&mut self.holds, false) {
            return;
        }
        self.rewind();
        // (A copy, since pieces of it are collected in the same place.)
        let mut copy = [0; HELD];
        let Some(held) = self.storage.deferred() else { return };
        copy.iter_mut().zip(held.iter()).for_each(|(copy, byte)| *copy = *byte);
        let length = held.len();
        held.clear();
        let found = self.read::<false>(&mut copy.get(..length).unwrap_or_default(), self.offset);
        debug_assert!(matches!(found, Ok(None)), "what is held does nothing before its blank line");
    }
}
