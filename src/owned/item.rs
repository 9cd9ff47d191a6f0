//! An item, owned.

use alloc::string::String;
use core::time::Duration;

use super::EventBuf;
use crate::{Encoded, Id, Item, item::UnknownLine};

/// An [`Item`] that owns its text, as [`EventBuf`] does.
///
/// It is opaque, so that what it holds can always be sent: look into it with [`as_item`](Self::as_item), or ask for one kind.
///
/// ```
/// use ssewire::{Item, ItemBuf, Parser};
///
/// let mut parser = Parser::new();
/// let mut input = &b": hello\n"[..];
/// let item: ItemBuf = parser.next_item(&mut input)?.unwrap().into();
/// match item.as_item() {
///     Item::Comment(text) => assert_eq!(text, "hello"),
///     other => unreachable!("{other:?}"),
/// }
/// assert_eq!(item.as_comment(), Some("hello"));
/// assert_eq!(item.as_event(), None);
/// # Ok::<_, ssewire::TooLarge>(())
/// ```
#[derive(Clone)]
pub struct ItemBuf(Kind);

#[derive(Clone)]
enum Kind {
    Event(EventBuf),
    Comment(String),
    Retry(Duration),
    LastEventId(String),
    Unknown(String),
    NoData(EventBuf),
}

impl ItemBuf {
    /// The item, borrowed.
    #[must_use]
    #[inline]
    pub fn as_item(&self) -> Item<'_> {
        match &self.0 {
            Kind::Event(event) => Item::Event(event.as_event()),
            Kind::Comment(text) => Item::Comment(text),
            Kind::Retry(time) => Item::Retry(*time),
            Kind::LastEventId(id) => Item::LastEventId(Id::of_stream(id)),
            Kind::Unknown(line) => Item::Unknown(UnknownLine::of_stream(line)),
            Kind::NoData(event) => Item::NoData(event.as_event()),
        }
    }

    /// The item on the wire.
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_item().encode()
    }

    /// The event, if it is one.
    #[must_use]
    pub const fn as_event(&self) -> Option<&EventBuf> {
        if let Kind::Event(event) = &self.0 { Some(event) } else { None }
    }

    /// The event, if it is one.
    #[must_use]
    pub fn into_event(self) -> Option<EventBuf> {
        if let Kind::Event(event) = self.0 { Some(event) } else { None }
    }

    /// The text of the comment, if it is one.
    #[must_use]
    pub fn as_comment(&self) -> Option<&str> {
        if let Kind::Comment(text) = &self.0 { Some(text) } else { None }
    }

    /// The reconnection time, if that is what was set.
    #[must_use]
    pub const fn as_retry(&self) -> Option<Duration> {
        if let Kind::Retry(time) = self.0 { Some(time) } else { None }
    }

    /// The last event ID, if that is what a block without data has set.
    #[must_use]
    pub fn as_last_event_id(&self) -> Option<Id<'_>> {
        if let Kind::LastEventId(id) = &self.0 { Some(Id::of_stream(id)) } else { None }
    }
}

impl From<Item<'_>> for ItemBuf {
    fn from(item: Item<'_>) -> Self {
        Self(match item {
            Item::Event(event) => Kind::Event(event.into()),
            Item::Comment(text) => Kind::Comment(text.into()),
            Item::Retry(time) => Kind::Retry(time),
            Item::LastEventId(id) => Kind::LastEventId(id.as_str().into()),
            Item::Unknown(line) => Kind::Unknown(line.as_str().into()),
            Item::NoData(event) => Kind::NoData(event.into()),
        })
    }
}

impl From<EventBuf> for ItemBuf {
    fn from(event: EventBuf) -> Self {
        Self(Kind::Event(event))
    }
}

as_borrowed!(ItemBuf, Item, as_item);
