//! From the values of lines to what is kept of a block.
//!
//! What lies whole in the chunk is only `seen`. It is stored when a piece of a value must be, and at the end of a call.

use super::{
    Found, Lent, Parser, Slot, Storage,
    block::{CutLine, Digits},
};
use crate::{
    Part, TooLarge,
    decode::{plain::Values, repair, utf8},
    field::Field,
};

impl<S: Storage> Parser<S> {
    /// A line of data, or a piece of one.
    #[inline(always)]
    pub(super) fn data<'i>(&mut self, value: &'i [u8], ended: bool, seen: &mut Values<'i>) -> Result<(), TooLarge> {
        if self.block.skipping.is_some() {
            return Ok(());
        }
        let is_whole = ended && self.line.length == 0;
        self.admit(Field::Data, value.len(), ended)?;
        if is_whole && !self.block.has_data {
            seen.data = Some(value);
        } else {
            if let Some(first) = seen.data.take() {
                self.push_line(first, &[]);
            }
            if ended {
                self.push_line(value, &[]);
            } else {
                self.storage.push_data(value);
            }
            self.stored = true;
        }
        self.block.has_data = true;
        Ok(())
    }

    /// A line with the event type or an id, or a piece of one.
    #[inline(never)]
    pub(super) fn value<'i>(
        &mut self,
        field: Field,
        value: &'i [u8],
        ended: bool,
        seen: &mut Values<'i>,
    ) -> Result<(), TooLarge> {
        if self.block.skipping.is_some() {
            return Ok(());
        }
        let is_whole = ended && self.line.length == 0;
        self.admit(field, value.len(), ended)?;
        let is_none = field == Field::Id && value.contains(&0);
        if is_whole && field == Field::Event {
            seen.event_type = Some(value);
        } else if is_whole {
            seen.id = if is_none { seen.id } else { Some(value) };
        } else {
            self.store(seen);
            if is_none {
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
            self.line.ignored &= !ended;
        }
        Ok(())
    }

    /// A `retry` line, or a piece of one. It acts at its end, also in a block that is skipped.
    #[cold]
    pub(super) fn retry_field(&mut self, value: &[u8], ended: bool) -> Option<u64> {
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

    /// A comment, or a piece of one. Its text is kept only for items.
    #[cold]
    pub(super) fn comment<'i, const ITEMS: bool>(
        &mut self,
        text: &'i [u8],
        ended: bool,
        seen: &mut Values<'i>,
    ) -> Result<Option<Found<'i>>, TooLarge> {
        let line = self.line;
        self.line = if ended { CutLine::NEW } else { CutLine { length: line.length.saturating_add(text.len()), ..line } };
        if ended && !self.block.has_lines && !self.stored && self.storage.is_large() && line.length == 0 {
            // A heartbeat counts as a small block, also without a blank line.
            self.storage.clear(0);
        }
        let limit = self.storage.comment_limit(self.block.used);
        let too_large = TooLarge { part: Part::Comment, limit, offset: self.block.start };
        if !ITEMS || line.ignored {
            self.storage.forget(Slot::Value);
            self.line.ignored = !ended;
            return Ok(None);
        }
        if text.len() > limit.saturating_sub(line.length) {
            self.storage.forget(Slot::Value);
            self.line.ignored = !ended;
            self.store(seen);
            return Err(too_large);
        }
        if ended
            && line.length == 0
            && let Some(text) = utf8::check(text)
        {
            return Ok(Some(Found::Comment(Some(text))));
        }
        self.store(seen);
        self.storage.push_value(text);
        if !ended {
            return Ok(None);
        }
        self.lent = Lent::Comment;
        let text = self.storage.bytes(Slot::Value).unwrap_or_default();
        if let Some(growth) = repair::growth(text) {
            if growth > limit.saturating_sub(text.len()) {
                return Err(too_large);
            }
            self.storage.repair(Slot::Value, growth);
        }
        Ok(Some(Found::Comment(None)))
    }

    /// Copies what lies in the chunk to the storage.
    #[inline]
    pub(super) fn store(&mut self, seen: &mut Values<'_>) {
        if !seen.is_empty() {
            self.store_seen(seen);
            *seen = Values::default();
        }
    }

    #[inline(never)]
    pub(super) fn store_seen(&mut self, seen: &Values<'_>) {
        self.stored = true;
        if let Some(data) = seen.data {
            self.push_line(data, &[]);
        }
        for (slot, value) in [(Slot::EventType, seen.event_type), (Slot::Id, seen.id)] {
            if let Some(value) = value {
                self.storage.push_value(value);
                self.storage.end_value(slot);
            }
        }
    }

    /// Stores a whole line of data. `rest` starts with it, or is empty: if its LF follows there, the two are one copy.
    #[inline(always)]
    pub(super) fn push_line(&mut self, line: &[u8], rest: &[u8]) {
        match rest.get(..=line.len()) {
            Some(with_lf @ [.., b'\n']) => self.storage.push_data(with_lf),
            _ => {
                self.storage.push_data(line);
                self.storage.push_data(b"\n");
            }
        }
    }
}
