//! From values to events: what a blank line does, and what is lent of it.

use core::time::Duration;

use super::{Parser, Slot, Storage, Values, block::Stale};
use crate::{
    Event, Id, Item, Part, TooLarge,
    decode::{
        found::{Found, Texts},
        repair, utf8,
    },
};

impl<S: Storage> Parser<S> {
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

    /// A blank line: the ID is committed even if nothing is dispatched, and nothing is dispatched without data.
    #[inline]
    pub(super) fn dispatch<'i, const ITEMS: bool>(&mut self, seen: Values<'i>) -> Result<Option<Found<&'i str>>, TooLarge> {
        if self.block.skipping.is_some() || !self.block.has_lines {
            if self.storage.is_large() && !self.block.passed {
                self.pass_block();
            }
            return Ok(None);
        }
        if !self.stored
            && let Some(texts) = seen.texts(self.block.retry)
        {
            self.commit_id(texts.id, texts.has_id);
            if self.storage.is_large() {
                self.stale = Stale::Block;
            }
            return Ok(Some(Found::Event(texts)));
        }
        self.dispatch_stored::<ITEMS>(seen)
    }

    /// A blank line after a block that is not an event in the chunk, whole and UTF-8.
    #[inline(never)]
    pub(super) fn dispatch_stored<'i, const ITEMS: bool>(
        &mut self,
        mut seen: Values<'i>,
    ) -> Result<Option<Found<&'i str>>, TooLarge> {
        self.stale = Stale::Block;
        let has_data = seen.data.is_some() || (self.stored && self.storage.bytes(Slot::Data).is_some());
        if !has_data {
            seen.event_type = None;
            self.storage.forget(Slot::EventType);
        }
        let texts = self.texts(seen)?;
        self.commit_id(texts.id, texts.has_id);
        if has_data {
            return Ok(Some(Found::Event(texts)));
        }
        self.clear_stale();
        Ok((ITEMS && texts.has_id).then_some(Found::LastEventId))
    }

    /// Commits the ID of the block, if it has one: this, or else what is stored.
    #[inline(always)]
    pub(super) fn commit_id(&mut self, id: Option<&str>, has_id: bool) {
        match id {
            Some(id) if id != self.storage.last_event_id() => self.storage.commit_id(Some(Id::of_stream(id))),
            None if has_id => self.storage.commit_id(None),
            _ => {}
        }
    }

    /// The texts of the block, made UTF-8 where they are not.
    #[inline(always)]
    pub(super) fn texts<'i>(&mut self, seen: Values<'i>) -> Result<Texts<&'i str>, TooLarge> {
        let [data, event_type, id] = if seen.is_empty() { [None; 3] } else { self.seen_texts(seen) };
        let (mut has_id, mut lossy) = (seen.id.is_some(), false);
        if self.stored {
            has_id |= self.storage.bytes(Slot::Id).is_some();
            if !self.storage.seal() {
                self.repair()?;
                lossy = true;
            }
        }
        Ok(Texts { data, event_type, id, has_id, lossy, retry: self.block.retry })
    }

    /// What was seen and is UTF-8 overrides what is stored; what is not is stored, to be repaired.
    #[inline(never)]
    fn seen_texts<'i>(&mut self, seen: Values<'i>) -> [Option<&'i str>; 3] {
        if self.stored && seen.event_type.is_some() {
            self.storage.forget(Slot::EventType);
        }
        if self.stored && seen.id.is_some() {
            self.storage.forget(Slot::Id);
        }
        let [data, event_type, id] = [seen.data, seen.event_type, seen.id].map(|bytes| bytes.and_then(utf8::check));
        self.store(&mut Values {
            data: seen.data.filter(|_| data.is_none()),
            event_type: seen.event_type.filter(|_| event_type.is_none()),
            id: seen.id.filter(|_| id.is_none()),
        });
        [data, event_type, id]
    }

    /// Replaces what is not UTF-8, in the storage.
    #[cold]
    fn repair(&mut self) -> Result<(), TooLarge> {
        let slots = [Slot::Data, Slot::EventType, Slot::Id];
        let growths = slots.map(|slot| self.storage.bytes(slot).and_then(repair::growth));
        let used = growths.into_iter().flatten().fold(self.block.used, usize::saturating_add);
        let id = self.storage.bytes(Slot::Id).map_or(0, <[u8]>::len).saturating_add(growths[2].unwrap_or_default());
        for (part, size, limit) in [(Part::Event, used, self.storage.limit()), (Part::LastEventId, id, self.storage.id_limit())]
        {
            if size > limit {
                return Err(TooLarge { part, limit, offset: self.block.start });
            }
        }
        for (slot, growth) in slots.into_iter().zip(growths) {
            if let Some(growth) = growth {
                self.storage.repair(slot, growth);
            }
        }
        Ok(())
    }

    /// Whether something of the block may be in the storage, and not in the chunk.
    #[cfg(any(feature = "stream", feature = "codec"))]
    #[inline]
    pub(crate) const fn is_storing(&self) -> bool {
        self.stored
    }

    /// The event that was found, borrowed from the chunk and the storage.
    #[inline(always)]
    pub(crate) fn event<'e, 'i: 'e>(&'e self, texts: &Texts<&'i str>) -> Event<'e> {
        let stored = |slot| if self.stored { self.storage.text(slot) } else { "" };
        Event {
            data: texts.data.unwrap_or_else(|| stored(Slot::Data)),
            event_type: texts.event_type.unwrap_or_else(|| stored(Slot::EventType)),
            // Committed, the two are the same text, but one may lie in the chunk.
            last_event_id: texts.id.unwrap_or_else(|| self.storage.last_event_id()),
            has_id: texts.has_id,
            lossy: texts.lossy,
            retry: texts.retry,
        }
    }

    /// Stores what has to outlive the call.
    #[inline]
    pub(super) fn store(&mut self, seen: &mut Values<'_>) {
        if !seen.is_empty() {
            self.store_seen(core::mem::take(seen));
        }
    }

    #[cold]
    fn store_seen(&mut self, seen: Values<'_>) {
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

    /// A block without anything to store has ended, or a comment outside the others: one more that needs little memory.
    #[cold]
    pub(super) fn pass_block(&mut self) {
        if !self.stored && self.stale == Stale::Nothing {
            self.storage.clear();
        }
    }

    /// Frees what the last call gave out.
    #[inline]
    pub(super) fn clear_stale(&mut self) {
        if self.stale != Stale::Nothing {
            self.clear_what_is_stale();
        }
    }

    #[inline(never)]
    fn clear_what_is_stale(&mut self) {
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
