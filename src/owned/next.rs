//! The parser, giving what it finds as owned.

use super::{EventBuf, ItemBuf};
use crate::{
    Heap, Parser, TooLarge,
    decode::{Found, Look, SharedId, Texts},
};

/// From how many bytes on an owned event takes the parser's data, with its memory, instead of copying it. The parser must then
/// allocate anew, which costs more than the copy of less.
const TAKEN: usize = if cfg!(fuzzing) { 32 } else { 16 * 1024 };

impl Parser<Heap> {
    /// As [`next`](Self::next), owned. It costs less than `EventBuf::from` where data is long, since an event takes what was joined for
    /// it with its memory, and where ids are inherited, since events share them.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let (mut parser, mut input) = (Parser::new(), &b"data: 1\n\ndata: 2\n\n"[..]);
    /// let mut events = Vec::new();
    /// while let Some(event) = parser.next_owned(&mut input)? {
    ///     events.push(event);
    /// }
    /// assert_eq!(events[1].data(), "2");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[inline(always)]
    pub fn next_owned(&mut self, input: &mut &[u8]) -> Result<Option<EventBuf>, TooLarge> {
        let look = self.look::<false>(input);
        if let Look::Event(texts) = look {
            return Ok(Some(self.own(&texts)));
        }
        Ok(match self.go_on::<false>(look, input)? {
            Some(Found::Event(texts)) => Some(self.own(&texts)),
            Some(_) => Some(self.own_stored()),
            None => None,
        })
    }

    /// As [`next_item`](Self::next_item), owned.
    ///
    /// # Errors
    ///
    /// As [`next_item`](Self::next_item).
    #[inline]
    pub fn next_item_owned(&mut self, input: &mut &[u8]) -> Result<Option<ItemBuf>, TooLarge> {
        Ok(match self.advance::<true>(input)? {
            Some(Found::Event(texts)) => Some(self.own(&texts).into()),
            Some(Found::Stored) => Some(self.own_stored().into()),
            Some(other) => Some(self.item(&other).into()),
            None => None,
        })
    }

    #[inline(always)]
    fn own(&mut self, texts: &Texts<'_>) -> EventBuf {
        self.count_event();
        let shared = self.share_id(texts.id.is_some());
        EventBuf::assemble(&self.event(texts), shared)
    }

    #[inline(never)]
    fn own_stored(&mut self) -> EventBuf {
        self.count_event();
        let shared = self.share_id(self.stored_event().has_id);
        let event = self.stored_event();
        if event.data.len() < TAKEN {
            return EventBuf::assemble(&event, shared);
        }
        EventBuf::assemble(&event.with_data(""), shared).with_long_data(self.storage.take_data())
    }

    /// The last event ID, to be shared by an event that inherits it.
    #[inline(always)]
    fn share_id(&mut self, has_id: bool) -> Option<SharedId> {
        if has_id || self.last_event_id().is_empty() { None } else { Some(self.storage.share_last_event_id()) }
    }
}
