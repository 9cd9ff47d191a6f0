//! An item, owned.

use core::time::Duration;

use super::{EventBuf, Text};
use crate::{Encoded, Event, Id, Item};

/// An [`Item`] that owns its text, as [`EventBuf`] does.
///
/// It is opaque, so that what it holds can always be sent: look into it with [`as_item`](Self::as_item).
///
/// ```
/// use ssewire::{Item, ItemBuf, Parser};
///
/// let mut parser = Parser::new();
/// let item: ItemBuf = parser.next_item(&mut &b": hello\n"[..])?.unwrap().into();
/// match item.as_item() {
///     Item::Comment(text) => assert_eq!(text, "hello"),
///     other => unreachable!("{other:?}"),
/// }
/// assert_eq!(item, Item::Comment("hello"));
/// # Ok::<_, ssewire::TooLarge>(())
/// ```
#[derive(Clone)]
pub struct ItemBuf(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Event(EventBuf),
    Comment(Text),
    Retry(Duration),
    LastEventId(Text),
}

impl ItemBuf {
    /// This item, borrowed.
    ///
    /// ```
    /// use ssewire::{Item, ItemBuf};
    ///
    /// assert_eq!(ItemBuf::from(Item::Comment("c")).as_item(), Item::Comment("c"));
    /// ```
    #[must_use]
    #[inline]
    pub fn as_item(&self) -> Item<'_> {
        match &self.0 {
            Kind::Event(event) => Item::Event(event.as_event()),
            Kind::Comment(text) => Item::Comment(text),
            Kind::Retry(time) => Item::Retry(*time),
            Kind::LastEventId(id) => Item::LastEventId(Id::of_stream(id)),
        }
    }

    /// This item on the wire, borrowed.
    ///
    /// ```
    /// use ssewire::{Item, ItemBuf};
    ///
    /// assert_eq!(ItemBuf::from(Item::Comment("c")).encode().to_vec(), b": c\n");
    /// ```
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_item().encode()
    }

    /// This item on the wire, owned.
    ///
    /// ```
    /// use bytes::Buf;
    /// use ssewire::{Item, ItemBuf};
    ///
    /// let mut body = ItemBuf::from(Item::Comment("c")).into_encoded();
    /// assert_eq!(body.copy_to_bytes(body.remaining()), ": c\n");
    /// ```
    #[cfg(feature = "bytes")]
    pub fn into_encoded(self) -> crate::EncodedBuf {
        self.into()
    }

    /// The event, if it is one.
    ///
    /// ```
    /// use ssewire::{Event, Item, ItemBuf};
    ///
    /// assert_eq!(ItemBuf::from(Item::Event(Event::new("x"))).as_event().unwrap().data(), "x");
    /// assert!(ItemBuf::from(Item::Comment("c")).as_event().is_none());
    /// ```
    #[must_use]
    pub const fn as_event(&self) -> Option<&EventBuf> {
        match &self.0 {
            Kind::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The event, if it is one.
    ///
    /// ```
    /// use ssewire::{Event, Item, ItemBuf};
    ///
    /// assert_eq!(ItemBuf::from(Item::Event(Event::new("x"))).into_event().unwrap(), Event::new("x"));
    /// ```
    #[must_use]
    pub fn into_event(self) -> Option<EventBuf> {
        match self.0 {
            Kind::Event(event) => Some(event),
            _ => None,
        }
    }
}

impl From<Item<'_>> for ItemBuf {
    fn from(item: Item<'_>) -> Self {
        Self(match item {
            Item::Event(event) => Kind::Event(event.into()),
            Item::Comment(text) => Kind::Comment(text.into()),
            Item::Retry(time) => Kind::Retry(time),
            Item::LastEventId(id) => Kind::LastEventId(id.as_str().into()),
        })
    }
}

impl From<Event<'_>> for ItemBuf {
    fn from(event: Event<'_>) -> Self {
        Self(Kind::Event(event.into()))
    }
}

impl From<EventBuf> for ItemBuf {
    fn from(event: EventBuf) -> Self {
        Self(Kind::Event(event))
    }
}

as_borrowed!(ItemBuf, Item, as_item);
