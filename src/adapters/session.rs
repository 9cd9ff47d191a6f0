//! What the adapters share: a parser, and how what it finds becomes owned.

use super::OnTruncated;
use crate::{Event, EventBuf, ItemBuf, Parser, TooLarge, Truncated, decode::Found, owned::Inherited};

/// What an adapter gives: [`EventBuf`], or [`ItemBuf`] for everything in the stream.
pub trait Owned: sealed::Owned {}

impl Owned for EventBuf {}

impl Owned for ItemBuf {}

mod sealed {
    use super::{EventBuf, ItemBuf};

    pub trait Owned: From<EventBuf> {
        /// Whether it is made of items that are no events, too.
        const ITEMS: bool;

        fn from_item(item: ItemBuf) -> Option<Self>;
    }

    impl Owned for EventBuf {
        const ITEMS: bool = false;

        fn from_item(item: ItemBuf) -> Option<Self> {
            item.into_event()
        }
    }

    impl Owned for ItemBuf {
        const ITEMS: bool = true;

        fn from_item(item: ItemBuf) -> Option<Self> {
            Some(item)
        }
    }
}

/// From how many bytes on an owned event takes the parser's data, with its memory, instead of copying it. The parser must then
/// allocate anew, which costs more than the copy of less.
const TAKEN: usize = 64 * 1024;

/// What the adapters share: the parser, what happens at the end, and the last event ID that events inherit.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) parser: Parser,
    pub(super) on_truncated: OnTruncated,
    inherited: Option<Inherited>,
}

impl Session {
    pub(super) const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard, inherited: None }
    }

    /// [`Parser::next`] or [`Parser::next_item`], owned.
    #[inline(always)]
    pub(super) fn next<T: Owned>(&mut self, input: &mut &[u8]) -> Result<Option<T>, TooLarge> {
        let found = if T::ITEMS { self.parser.advance::<true>(input)? } else { self.parser.advance::<false>(input)? };
        Ok(match found {
            Some(Found::Event(texts)) => Some(own(&self.parser.event(&texts), &mut self.inherited).into()),
            Some(Found::Stored) => Some(self.own_stored().into()),
            Some(other) => T::from_item(self.parser.item(&other).into()),
            None => None,
        })
    }

    #[inline(never)]
    fn own_stored(&mut self) -> EventBuf {
        let event = self.parser.stored_event();
        if event.data.len() < TAKEN {
            return own(&event, &mut self.inherited);
        }
        let rest = own(&event.with_data(""), &mut self.inherited);
        rest.with_long_data(self.parser.take_data())
    }

    /// The stream has ended: what there still is of it. The parser is ready for the next one.
    pub(super) fn end<T: Owned>(&mut self) -> Option<Result<T, Truncated>> {
        let last = match self.on_truncated {
            OnTruncated::Discard => None,
            OnTruncated::Error => self.parser.truncated().map(Err),
            OnTruncated::Deliver => self.parser.flush().map(|event| Ok(EventBuf::from(event).into())),
        };
        let _ = self.parser.finish();
        last
    }

    /// The parser, ready for the next stream.
    pub(super) fn into_parser(mut self) -> Parser {
        let _ = self.parser.finish();
        self.parser
    }
}

/// The event, owned. If it inherits its last event ID, it shares a copy of it with the events before.
#[inline(always)]
fn own(event: &Event<'_>, inherited: &mut Option<Inherited>) -> EventBuf {
    if event.has_id || event.last_event_id.is_empty() {
        return EventBuf::from(*event);
    }
    if inherited.as_ref().map(Inherited::as_str) != Some(event.last_event_id) {
        *inherited = Some(Inherited::new(event.last_event_id));
    }
    EventBuf::assemble(event, inherited.clone())
}
