//! From the values of lines to what is kept of a block.
//!
//! What lies whole in the chunk is only `seen`. It is stored when a piece of a value must be, and at the end of a call.

use super::{Found, Lent, Parser, Slot, Storage, block::CutLine};
use crate::{
    Part, TooLarge,
    decode::{
        plain::Values,
        utf8::{self, Pieces},
    },
    field::Field,
};

/// How many bytes of a short block are held, or of short pieces of data collected.
#[cfg(feature = "alloc")]
pub(super) const DEFERRED: usize = if cfg!(fuzzing) { 16 } else { 384 };

impl<S: Storage> Parser<S> {
    /// The line of a field, or a piece of one.
    #[inline(always)]
    pub(super) fn field<'i, const ITEMS: bool>(
        &mut self,
        field: Field,
        value: &'i [u8],
        ended: bool,
        seen: &mut Values<'i>,
    ) -> Result<Option<Found<'i>>, TooLarge> {
        match field {
            Field::Data => self.data(value, ended, seen)?,
            Field::Event | Field::Id => self.value(field, value, ended, seen)?,
            Field::Retry => return Ok(self.retry_field(value, ended).filter(|_| ITEMS).map(Found::Retry)),
        }
        Ok(None)
    }

    /// A line of data, or a piece of one.
    #[inline(always)]
    fn data<'i>(&mut self, value: &'i [u8], ended: bool, seen: &mut Values<'i>) -> Result<(), TooLarge> {
        if self.block.skipping {
            return Ok(());
        }
        let is_whole = ended && self.line.length == 0;
        self.admit(Field::Data, value.len(), ended)?;
        if is_whole && !self.block.has_data {
            seen.data = Some(value);
        } else {
            self.store(seen);
            self.stored = true;
            if ended {
                self.push_line(value, &[]);
            } else {
                self.note_text_before(value);
                self.push_data(value);
            }
        }
        self.block.has_data = true;
        Ok(())
    }

    /// A line with the event type or an id, or a piece of one.
    #[inline(never)]
    fn value<'i>(&mut self, field: Field, value: &'i [u8], ended: bool, seen: &mut Values<'i>) -> Result<(), TooLarge> {
        if self.block.skipping && !(self.keeps_skipped_ids && field == Field::Id && !self.block.flushed) {
            return Ok(());
        }
        if self.line.is_refused {
            self.line.is_refused = !ended;
            return Ok(());
        }
        let is_whole = ended && self.line.length == 0;
        let was_skipping = self.block.skipping;
        if let Err(too_large) = self.admit(field, value.len(), ended) {
            if field == Field::Id {
                // It is not kept, and one before it does not count any more.
                seen.id = None;
                self.line.is_refused = self.keeps_skipped_ids && !ended;
            }
            return if was_skipping { Ok(()) } else { Err(too_large) };
        }
        let is_none = field == Field::Id && value.contains(&0);
        let (slot, whole) = if field == Field::Id { (Slot::Id, &mut seen.id) } else { (Slot::EventType, &mut seen.event_type) };
        // What is not text counts for more, also if it is replaced.
        if is_whole && (is_none || whole.is_none_or(|replaced| utf8::check(replaced).is_some())) {
            *whole = if is_none { *whole } else { Some(value) };
            self.ignore(is_none);
            return Ok(());
        }
        self.store(seen);
        if !ended {
            self.note_text_before(value);
        }
        if is_none {
            self.line.ignored = true;
            self.line.text = Pieces::NEW;
            self.storage.forget_value();
        }
        if !self.line.ignored {
            self.stored = true;
            self.push(slot, value, ended);
        }
        self.ignore(self.line.ignored && ended);
        self.line.ignored &= !ended;
        Ok(())
    }

    /// Counts a line without meaning, if this one was.
    const fn ignore(&mut self, was_ignored: bool) {
        self.counts.ignored = self.counts.ignored.wrapping_add(was_ignored as u64);
    }

    /// Keeps the id of what was seen of a block that was refused, or else the one that is stored of it.
    #[cold]
    pub(super) fn keep_id(&mut self, seen: &Values<'_>) {
        let all = [seen.data, seen.event_type, seen.id];
        let is_text = self.line.follows_text && all.iter().flatten().all(|value| utf8::check(value).is_some());
        if !is_text || seen.id.is_some() {
            self.storage.give_back(false);
            (self.block.used, self.stored) = (0, false);
        }
        if let Some(id) = seen.id.filter(|_| is_text)
            && self.admit(Field::Id, id.len(), true).is_ok()
        {
            self.store(&mut Values { id: Some(id), ..Values::default() });
        }
    }

    /// A `retry` line, or a piece of one. It acts at its end, also in a block that is skipped.
    #[cold]
    fn retry_field(&mut self, value: &[u8], ended: bool) -> Option<u64> {
        let length = self.line.length.saturating_add(value.len());
        let number = value.iter().fold(self.line.number, |number, byte| {
            let number = number.filter(|_| byte.is_ascii_digit())?;
            Some(number.saturating_mul(10).saturating_add(u64::from(byte & 0x0F)))
        });
        (self.line.length, self.line.number) = if ended { (0, Some(0)) } else { (length, number) };
        self.ignore(ended && (number.is_none() || length == 0));
        let time = number.filter(|_| ended && length > 0)?;
        (self.retry, self.block.retry) = (Some(time), Some(time));
        Some(time)
    }

    /// A comment or an unknown line, or a piece of one. Its text is kept only for items, and that of unknown lines on request.
    #[cold]
    pub(super) fn plain_line<'i, const ITEMS: bool>(
        &mut self,
        part: Part,
        text: &'i [u8],
        ended: bool,
        has_more: bool,
        seen: &mut Values<'i>,
    ) -> Result<Option<Found<'i>>, TooLarge> {
        let is_comment = matches!(part, Part::Comment);
        let count = if is_comment { &mut self.counts.comments } else { &mut self.counts.ignored };
        *count = count.wrapping_add(u64::from(ended));
        if !is_comment && !self.gives_all {
            self.line.ignored &= !ended;
            return Ok(None);
        }
        if ITEMS {
            // A comment that is given out ends the call, so all is stored anyway. Only then is it known how much room there is for it.
            self.store(seen);
        }
        let before = self.line.length;
        if ended && !self.block.has_lines && !self.stored && self.storage.is_large() && before == 0 {
            // A heartbeat counts as a small block, also without a blank line.
            self.storage.clear(0);
        }
        let limit = self.storage.comment_limit(self.block.used.saturating_add(self.block.growth));
        let too_large = Err(TooLarge { part, limit, offset: self.block.start });
        let was_ignored = !ITEMS || self.line.ignored;
        self.line.length = before.saturating_add(text.len());
        if !ended && has_more && self.line.length > limit {
            // The start of an unknown line that came before: the error is that of the next byte.
            return Ok(None);
        }
        self.line.ignored = was_ignored || self.line.length > limit;
        let mut found = Ok(None);
        if self.line.ignored {
            self.storage.forget_value();
            if !was_ignored {
                found = too_large;
            }
        } else if ended
            && before == 0
            && let Some(text) = utf8::check(text)
        {
            found = Ok(Some(Found::Line { is_comment, text: Some(text) }));
        } else {
            self.push(Slot::Value, text, ended);
            if ended {
                self.lent = Lent::Comment;
                let is_within = self.line.text.growth <= limit.saturating_sub(self.line.length);
                found = if is_within { Ok(Some(Found::Line { is_comment, text: None })) } else { too_large };
            }
        }
        if ended {
            self.line = CutLine::NEW;
        }
        found
    }

    /// Copies what lies in the chunk to the storage.
    #[inline]
    pub(super) fn store(&mut self, seen: &mut Values<'_>) {
        let Values { data, event_type, id } = core::mem::take(seen);
        if data.is_some() || event_type.is_some() || id.is_some() {
            self.stored = true;
            if let Some(data) = data {
                self.push_line(data, &[]);
            }
            self.store_texts(event_type, id);
        }
    }

    /// The same, for a type and an id.
    #[inline(never)]
    pub(super) fn store_texts(&mut self, event_type: Option<&[u8]>, id: Option<&[u8]>) {
        for (slot, value) in [(Slot::EventType, event_type), (Slot::Id, id)] {
            let Some(value) = value else { continue };
            match utf8::check(value) {
                Some(text) if self.block.growth == 0 && !self.block.lossy_type && !self.block.lossy_id => {
                    self.storage.push(slot, text);
                    self.storage.end_value(slot);
                }
                _ => self.push(slot, value, true),
            }
        }
    }

    /// Stores a whole line of data. `rest` starts with it, or is empty: if its LF follows there, the two are one copy.
    #[inline(always)]
    pub(super) fn push_line(&mut self, line: &[u8], rest: &[u8]) {
        match rest.get(..=line.len()) {
            Some(with_lf @ [.., b'\n']) => self.push_data(with_lf),
            _ => {
                self.push_data(line);
                self.push_data(b"\n");
            }
        }
    }

    /// Stores a piece of the data. Short ones are collected first, since one check of all costs less than one of each.
    #[inline(always)]
    pub(super) fn push_data(&mut self, piece: &[u8]) {
        #[cfg(feature = "alloc")]
        if let Some(deferred) = self.storage.deferred()
            && piece.len() <= deferred.capacity().saturating_sub(deferred.len())
        {
            return deferred.extend_from_slice(piece);
        }
        self.push_more(piece);
    }

    /// The same, if it is long or there is no room for it among the short ones.
    #[inline(never)]
    fn push_more(&mut self, piece: &[u8]) {
        #[cfg(feature = "alloc")]
        self.push_deferred();
        #[cfg(feature = "alloc")]
        if piece.len() < DEFERRED
            && let Some(deferred) = self.storage.deferred()
        {
            deferred.reserve_exact(DEFERRED);
            return deferred.extend_from_slice(piece);
        }
        self.push(Slot::Data, piece, false);
    }

    /// Stores the short pieces that were collected.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn push_deferred(&mut self) {
        let mut pieces = self.storage.deferred().map(core::mem::take).unwrap_or_default();
        if !pieces.is_empty() {
            self.push(Slot::Data, &pieces, false);
        }
        pieces.clear();
        self.storage.deferred().into_iter().for_each(|deferred| core::mem::swap(deferred, &mut pieces));
    }

    /// Stores the text of a value, or of a piece of one. What has no room since something was replaced is dropped: the block will be
    /// refused.
    #[inline(never)]
    fn push(&mut self, slot: Slot, piece: &[u8], ended: bool) {
        let counted = self.block.used.saturating_add(self.block.growth);
        let (value, limit, used) = match slot {
            Slot::Data => (&mut self.block.data, self.storage.limit(), counted),
            Slot::EventType | Slot::Id => (&mut self.line.text, self.storage.limit(), counted),
            Slot::Value => (&mut self.line.text, self.storage.comment_limit(counted), self.line.length),
        };
        let room = limit.checked_sub(used);
        value.decode(piece, ended, |text, growth| {
            if room.is_some_and(|room| growth <= room) {
                self.storage.push(slot, text);
            }
        });
        if slot == Slot::Data || ended && slot != Slot::Value {
            self.block.growth = self.block.growth.saturating_add(core::mem::take(&mut value.growth));
        }
        if ended && let Slot::EventType | Slot::Id = slot {
            let is_lossy = core::mem::replace(value, Pieces::NEW).is_lossy;
            *(if slot == Slot::Id { &mut self.block.lossy_id } else { &mut self.block.lossy_type }) = is_lossy;
            self.block.was_lossy |= is_lossy;
            self.storage.end_value(slot);
        }
    }
}
