//! From values to events: what a blank line does, and how it is lent.

use core::time::Duration;

use super::{Found, Lent, Parser, Slot, Storage, Texts, Whole, block::Block};
use crate::{
    Event, Id, Item, Part, TooLarge,
    decode::{plain::Values, utf8},
    item::UnknownLine,
};

impl<S: Storage> Parser<S> {
    /// The blank line at the end of a block of which this was seen in the chunk. The cursor is behind it.
    #[inline]
    pub(super) fn dispatch<'i, const ITEMS: bool>(&mut self, seen: &mut Values<'i>) -> Result<Option<Found<'i>>, TooLarge> {
        if !self.stored && self.storage.is_large() {
            self.storage.clear(self.block.used);
        }
        if self.block.skipping {
            return Ok(self.end_skipped(seen).filter(|_| ITEMS));
        }
        if !self.block.has_lines {
            self.block = Block::starting_at(self.offset);
            return Ok(None);
        }
        if !self.stored
            && let Some(texts) = seen.texts_by(self.block.retry, utf8::check)
        {
            self.block = Block::starting_at(self.offset);
            self.lent = Lent::Block;
            self.commit_id(texts.id, false);
            return Ok(Some(Found::Event(texts)));
        }
        self.store(seen);
        if self.block.has_data {
            return self.dispatch_stored();
        }
        // Without data there is no event.
        let found = self.dispatch_stored();
        if ITEMS && self.gives_all && found.is_ok() && self.storage.text(Slot::EventType).is_some_and(|text| !text.is_empty()) {
            return Ok(Some(Found::NoData));
        }
        self.free_lent();
        Ok(found?.filter(|_| ITEMS && self.whole.has_id).map(|_| Found::LastEventId))
    }

    /// The blank line at the end of a block that was skipped. What is stored of it is its id, if skipped ids are kept.
    #[cold]
    fn end_skipped<'i>(&mut self, seen: &mut Values<'i>) -> Option<Found<'i>> {
        let was_flushed = self.block.flushed;
        self.store(seen);
        let has_id = !was_flushed && self.seal().is_ok() && self.storage.text(Slot::Id).is_some();
        self.block = Block::starting_at(self.offset);
        self.commit_id(None, has_id);
        self.lent = Lent::Block;
        self.free_lent();
        has_id.then_some(Found::LastEventId)
    }

    /// The blank line at the end of a block that is stored. The cursor is behind it.
    #[inline(never)]
    pub(super) fn dispatch_stored<'i>(&mut self) -> Result<Option<Found<'i>>, TooLarge> {
        self.lent = Lent::Block;
        #[cfg(feature = "alloc")]
        {
            self.was_long = self.block.used > super::held::HELD;
        }
        let sealed = self.seal();
        self.whole.retry = self.block.retry;
        self.block = Block::starting_at(self.offset);
        self.whole = Whole { lossy: sealed?, has_id: self.storage.text(Slot::Id).is_some(), ..self.whole };
        self.commit_id(None, self.whole.has_id);
        Ok(Some(Found::Stored))
    }

    /// Makes this the last event ID, or if it is stored the one that is.
    #[inline(always)]
    pub(super) fn commit_id(&mut self, id: Option<&str>, has_id: bool) {
        match id {
            Some(id) if id != self.storage.last_event_id() => self.storage.commit_id(Some(Id::of_stream(id))),
            None if has_id && self.storage.text(Slot::Id) != Some(self.storage.last_event_id()) => self.storage.commit_id(None),
            _ => return,
        }
        self.counts.ids = self.counts.ids.wrapping_add(1);
    }

    /// Ends the block in the storage, if what was replaced has not taken it past a limit. Whether something was.
    #[inline]
    pub(super) fn seal(&mut self) -> Result<bool, TooLarge> {
        #[cfg(feature = "alloc")]
        self.push_deferred();
        self.storage.seal();
        if self.block.growth > 0 {
            let used = self.block.used.saturating_add(self.block.growth);
            let id = self.storage.text(Slot::Id).map_or(0, str::len);
            let parts = [(Part::Event, used, self.storage.limit()), (Part::LastEventId, id, self.storage.id_limit())];
            if let Some(&(part, _, limit)) = parts.iter().find(|(_, size, limit)| size > limit) {
                return Err(TooLarge { part, limit, offset: self.block.start });
            }
        }
        Ok(self.block.data.is_lossy || self.block.lossy_type || self.block.lossy_id)
    }

    /// The event of these texts.
    #[inline(always)]
    pub(crate) fn event<'e, 'i: 'e>(&'e self, texts: &Texts<'i>) -> Event<'e> {
        Event {
            data: texts.data,
            event_type: texts.event_type.unwrap_or_default(),
            // Committed, the two are the same text, but one may lie in the chunk.
            last_event_id: texts.id.unwrap_or_else(|| self.storage.last_event_id()),
            has_id: texts.id.is_some(),
            lossy: false,
            retry: texts.retry,
        }
    }

    /// The event that is stored.
    #[inline]
    pub(crate) fn stored_event(&self) -> Event<'_> {
        let Whole { has_id, lossy, retry } = self.whole;
        Event {
            data: self.storage.text(Slot::Data).unwrap_or_default(),
            event_type: self.storage.text(Slot::EventType).unwrap_or_default(),
            last_event_id: self.storage.last_event_id(),
            has_id,
            lossy,
            retry,
        }
    }

    /// The event that was found.
    #[inline(always)]
    pub(crate) fn event_of<'e, 'i: 'e>(&'e self, found: &Found<'i>) -> Event<'e> {
        if let Found::Event(texts) = found { self.event(texts) } else { self.stored_event() }
    }

    /// The item that was found.
    #[inline]
    pub(crate) fn item<'e, 'i: 'e>(&'e self, found: &Found<'i>) -> Item<'e> {
        match found {
            Found::Event(texts) => Item::Event(self.event(texts)),
            Found::Stored => Item::Event(self.stored_event()),
            Found::Line { is_comment, text } => {
                let text = text.or_else(|| self.storage.text(Slot::Value)).unwrap_or_default();
                if *is_comment { Item::Comment(text) } else { Item::Unknown(UnknownLine::of_stream(text)) }
            }
            Found::NoData => Item::NoData(self.stored_event()),
            Found::Retry(milliseconds) => Item::Retry(Duration::from_millis(*milliseconds)),
            Found::LastEventId => Item::LastEventId(Id::of_stream(self.storage.last_event_id())),
        }
    }
}
