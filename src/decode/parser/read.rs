//! From tokens to values: one step for each line, with the limits.
//!
//! ```text
//! advance ─┬─ an event whole in the chunk ────────────────────► Found
//!          ├─ values, then no blank line ─► go_on_behind ─┬─► read ─► field, comment, dispatch
//!          └─ in the middle of a block ───► go_on ────────┘
//! ```

use super::{
    Field, Parser, Slot, Storage, Token, Values,
    block::{Block, CutLine, Digits, Skipping, Stale},
};
use crate::{
    Part, TooLarge,
    decode::{
        found::Found,
        repair,
        token::{Behind, DataLine},
        tokenizer::after_blank_line,
        utf8,
    },
};

impl<S: Storage> Parser<S> {
    /// Reads up to the next thing to give out. Whoever knows that `input` is part of a text, gives it: then it need not be checked.
    #[inline(always)]
    pub(crate) fn advance<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        known: Option<&'i str>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        self.clear_stale();
        if input.is_empty() {
            return Ok(None);
        }
        let end = self.offset.saturating_add(input.len() as u64);
        if self.block.start == self.offset && self.tokenizer.is_at_line_start() {
            if !ITEMS {
                self.skip_comments(input, end);
                if input.is_empty() {
                    self.offset = end;
                    return Ok(None);
                }
            }
            // Nearly every block is an event that lies whole in the chunk: then there is nothing to remember of it but its id.
            let block = *input;
            let (seen, behind) = self.tokenizer.values(input);
            if !self.may_take(&seen) {
                // Line by line, up to the one that is too large, or past the id that is none.
                *input = block;
            } else if let Behind::BlankLine = behind
                && let Some(texts) =
                    seen.texts_in(block.get(..block.len().wrapping_sub(input.len())).unwrap_or_default(), known)
            {
                self.offset = offset_of(input, end);
                self.block.start = self.offset;
                self.commit_id(texts.id, texts.has_id);
                if self.storage.is_large() {
                    // Only `clear` counts the blocks that need little, and cuts back.
                    self.stale = Stale::Block;
                }
                return Ok(Some(Found::Event(texts)));
            } else {
                return self.go_on_behind::<ITEMS>(input, end, seen, behind);
            }
        }
        self.go_on::<ITEMS>(input, end)
    }

    /// Passes over blocks of nothing but comments, at the start of one.
    #[inline(always)]
    fn skip_comments(&mut self, input: &mut &[u8], end: u64) {
        if let Some(b':' | b'\n' | b'\r') = input.first() {
            self.skip_comment(input, end);
        }
    }

    #[inline(never)]
    fn skip_comment(&mut self, input: &mut &[u8], end: u64) {
        self.tokenizer.skip_comments(input);
        let start = offset_of(input, end);
        if start > self.block.start && self.storage.is_large() {
            self.pass_block();
        }
        self.block.start = start;
    }

    /// Reads on behind values that are not yet an event.
    #[inline(never)]
    fn go_on_behind<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        end: u64,
        mut seen: Values<'i>,
        behind: Behind<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        self.block.used = seen.counted();
        self.block.has_lines = self.block.used > 0;
        let token = self.tokenizer.token_behind(behind, input);
        if let Some(Token::Field { field: Field::Data, value, end: None }) = token
            && self.push_data(&mut seen, value, false)
        {
            self.offset = end;
            return Ok(None);
        }
        self.read::<ITEMS>(input, end, seen, token)
    }

    /// Reads on in the middle of a block, or at the start of a stream.
    #[inline(never)]
    fn go_on<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8], end: u64) -> Result<Option<Found<&'i str>>, TooLarge> {
        let mut token = None;
        if self.block.skipping.is_none()
            && let Some((value, ended)) = self.tokenizer.rest_of_data(input)
        {
            if !self.push_data(&mut Values::default(), value, ended.is_some()) {
                token = Some(Token::Field { field: Field::Data, value, end: ended });
            } else if ended.is_none() {
                self.offset = end;
                return Ok(None);
            } else {
                // (Asked here: the call costs more than a look at what is mostly a blank line.)
                let lines = if input.first() == Some(&b'd') { self.data_lines(input) } else { Ok(()) };
                self.offset = offset_of(input, end);
                if lines.is_err() || input.is_empty() {
                    return lines.and(Ok(None));
                }
                if let Some(rest) = after_blank_line(input) {
                    // The most likely end of an event that was cut.
                    *input = rest;
                    let found = self.dispatch_stored::<ITEMS>(Values::default());
                    self.offset = offset_of(input, end);
                    self.block = Block::starting_at(self.offset);
                    return found;
                }
            }
        }
        let token = token.or_else(|| self.tokenizer.next(input));
        self.read::<ITEMS>(input, end, Values::default(), token)
    }

    /// Stores a line of data, or a piece of one, behind what was seen, if that is within the limit; else `count` will say so. (To return
    /// what it says costs a tenth more instructions.)
    #[inline]
    fn push_data(&mut self, seen: &mut Values<'_>, value: &[u8], ended: bool) -> bool {
        let counted = value.len().saturating_add(usize::from(ended));
        if counted > self.storage.limit().saturating_sub(self.block.used) {
            return false;
        }
        self.block.used = self.block.used.saturating_add(counted);
        self.block.has_lines |= ended;
        self.line.length = if ended { 0 } else { self.line.length.saturating_add(value.len()) };
        self.store(seen);
        self.stored = true;
        self.storage.push_data(value, ended);
        true
    }

    /// Whether these lines are within the limits, and the id is one.
    #[inline(always)]
    fn may_take(&self, values: &Values<'_>) -> bool {
        values.counted() <= self.storage.limit()
            && values.id.is_none_or(|id| id.len() <= self.storage.id_limit() && !id.contains(&0))
    }

    /// Reads on, behind what was seen of the block in this chunk, which ends at the offset `end`.
    #[inline(never)]
    fn read<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        end: u64,
        mut seen: Values<'i>,
        mut token: Option<Token<'i>>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        let found = loop {
            let found = match token {
                None => break Ok(None),
                Some(Token::Field { field, value, end }) => {
                    let found = self.field::<ITEMS>(field, value, end.is_some(), &mut seen);
                    // Data is being stored now, not seen: what follows it is joined at once.
                    if field == Field::Data && seen.data.is_none() && self.stored && found.is_ok() {
                        self.data_lines(input).and(Ok(None))
                    } else {
                        found
                    }
                }
                Some(Token::Comment { text, end }) => self.comment::<ITEMS>(text, end.is_some(), &mut seen),
                Some(Token::Ignored(_)) => Ok(None),
                Some(Token::LateLf) => {
                    // It belongs to the blank line before it, if that is what ended with the CR.
                    let after = offset_of(input, end);
                    if self.block.start.saturating_add(1) == after {
                        self.block.start = after;
                    }
                    Ok(None)
                }
                Some(Token::BlankLine(_)) => {
                    let found = self.dispatch::<ITEMS>(core::mem::take(&mut seen));
                    self.block = Block::starting_at(offset_of(input, end));
                    if !ITEMS && matches!(found, Ok(None)) {
                        self.skip_comments(input, end);
                    }
                    found
                }
            };
            if !matches!(found, Ok(None)) {
                break found;
            }
            if input.is_empty() {
                break Ok(None);
            }
            token = self.tokenizer.next(input);
        };
        self.offset = offset_of(input, end);
        if found.is_ok() {
            // (What is too large has taken all with it.)
            self.store(&mut seen);
        }
        found
    }

    /// Joins the lines of data that follow one.
    #[inline]
    fn data_lines(&mut self, input: &mut &[u8]) -> Result<(), TooLarge> {
        let limit = self.storage.limit();
        while let Some(line) = self.tokenizer.data_line(input) {
            let (DataLine::Whole(bytes) | DataLine::Open(bytes)) = line;
            if bytes.len() > limit.saturating_sub(self.block.used) {
                return Err(self.too_large(Part::Event, limit));
            }
            self.block.used = self.block.used.saturating_add(bytes.len());
            match line {
                DataLine::Whole(line) => self.storage.push_line(line),
                DataLine::Open(piece) => {
                    self.line.length = piece.len();
                    self.storage.push_data(piece, false);
                }
            }
        }
        Ok(())
    }

    /// A field, or a piece of one.
    #[inline]
    pub(super) fn field<'i, const ITEMS: bool>(
        &mut self,
        field: Field,
        value: &'i [u8],
        ended: bool,
        seen: &mut Values<'i>,
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
                if !value.contains(&0) {
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
        if field == Field::Id && value.contains(&0) {
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
        self.storage.give_back();
        self.stored = false;
        self.line = CutLine::NEW;
        // What it held is free for comments.
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
        seen: &mut Values<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        let line = self.line;
        self.line = if ended { CutLine::NEW } else { CutLine { length: line.length.saturating_add(text.len()), ..line } };
        if !ITEMS || line.ignored {
            self.storage.forget(Slot::Value);
            self.line.ignored = !ended;
            self.pass_comment(ended);
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
        if whole && let Some(text) = utf8::check(text) {
            self.pass_comment(ended);
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

    /// Heartbeats may come without a blank line, so that their block never ends: each counts as one.
    #[inline]
    fn pass_comment(&mut self, ended: bool) {
        if ended && !self.block.has_lines && self.storage.is_large() {
            self.pass_block();
            self.block.passed = true;
        }
    }
}

/// The stream offset of what ends at `end`.
#[inline(always)]
const fn offset_of(rest: &[u8], end: u64) -> u64 {
    end.saturating_sub(rest.len() as u64)
}
