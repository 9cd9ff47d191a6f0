//! Events and items, owned: for whoever keeps one or sends it elsewhere.
//!
//! All text of an event lies in one piece of memory, by ranges, so that an event costs one allocation at most, and a clone none
//! that is in proportion to it. With feature `bytes` that piece is shared: with the clones, and, if the event lay in one line
//! of a `Bytes` chunk, with the chunk. Without it, it is a plain `String`, and there are no atomics.

use alloc::string::String;
use core::{fmt, ops::Range, time::Duration};

use crate::{Encoded, Event, Id, Item};

#[cfg(feature = "bytes")]
type Text = bytestring::ByteString;
#[cfg(not(feature = "bytes"))]
type Text = String;

/// An [`Event`] that owns its text: `Send`, cheap to clone, for keeping it or sending it elsewhere.
///
/// Made from an event (`EventBuf::from(event)`) it holds a copy of its text, in one allocation. Made from an event and the
/// `Bytes` chunk it was parsed from (`EventBuf::from_chunk`, feature `bytes`; so do the adapters) it shares the chunk, if the
/// event lies in it whole, and copies nothing. It then keeps the chunk alive: a program that keeps small events of large chunks
/// for long makes them their own with [`detach`](Self::detach).
///
/// It compares with events and derefs to none: [`as_event`](Self::as_event) borrows.
///
/// ```
/// use ssewire::{EventBuf, Parser};
///
/// fn first(stream: &[u8]) -> Option<EventBuf> {
///     let mut parser = Parser::new();
///     let mut input = stream;
///     parser.next(&mut input).ok()?.map(EventBuf::from)
/// }
///
/// let event = first(b"event: tick\ndata: 1\n\n").unwrap();
/// assert_eq!((event.event_type(), event.data()), ("tick", "1"));
/// assert_eq!(event, event.as_event());
/// ```
#[derive(Clone)]
pub struct EventBuf {
    text: Text,
    data: Range<usize>,
    event_type: Range<usize>,
    last_event_id: Range<usize>,
    /// The last event ID, where it does not lie in the text.
    #[cfg(feature = "bytes")]
    inherited: Option<Text>,
    has_id: bool,
    lossy: bool,
    retry: Option<u64>,
}

impl EventBuf {
    /// This event, borrowed.
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// fn show(event: Event<'_>) -> String {
    ///     format!("{}: {}", event.event_type(), event.data())
    /// }
    /// assert_eq!(show(EventBuf::from(Event::new("x")).as_event()), "message: x");
    /// ```
    #[must_use]
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            data: self.data(),
            event_type: self.part(&self.event_type),
            last_event_id: self.last_event_id(),
            has_id: self.has_id,
            lossy: self.lossy,
            retry: self.retry,
        }
    }

    /// This event on the wire, borrowed.
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_event().encode()
    }

    /// This event on the wire, owned.
    #[cfg(feature = "bytes")]
    pub fn into_encoded(self) -> crate::EncodedBuf {
        crate::EncodedBuf::new(self.into())
    }

    /// The event with text of its own, in one allocation, so that it no longer keeps alive a chunk it was parsed from.
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// let event = EventBuf::from(Event::new("x"));
    /// assert_eq!(event.detach(), event);
    /// ```
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::from(self.as_event())
    }

    /// The event type, as [`Event::event_type`].
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// The data, as [`Event::data`].
    #[must_use]
    #[inline]
    pub fn data(&self) -> &str {
        self.part(&self.data)
    }

    /// The block's own id, as [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// The last event ID at the event's dispatch, as [`Event::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        #[cfg(feature = "bytes")]
        if let Some(inherited) = &self.inherited {
            return inherited;
        }
        self.part(&self.last_event_id)
    }

    /// The block's own reconnection time, as [`Event::retry`].
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.as_event().retry()
    }

    /// Whether text was replaced by U+FFFD, as [`Event::is_lossy`].
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.lossy
    }

    #[inline]
    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

impl From<Event<'_>> for EventBuf {
    #[cfg_attr(not(feature = "bytes"), expect(clippy::useless_conversion, reason = "a `Text` is then a `String`"))]
    fn from(event: Event<'_>) -> Self {
        let parts = [event.data, event.event_type, event.last_event_id];
        let mut text = String::with_capacity(parts.iter().fold(0, |length, part| length.saturating_add(part.len())));
        let [data, event_type, last_event_id] = parts.map(|part| {
            let start = text.len();
            text.push_str(part);
            start..text.len()
        });
        Self {
            text: text.into(),
            data,
            event_type,
            last_event_id,
            #[cfg(feature = "bytes")]
            inherited: None,
            has_id: event.has_id,
            lossy: event.lossy,
            retry: event.retry,
        }
    }
}

impl<'a> From<&'a EventBuf> for Event<'a> {
    fn from(event: &'a EventBuf) -> Self {
        event.as_event()
    }
}

impl PartialEq for EventBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_event() == other.as_event()
    }
}

impl Eq for EventBuf {}

impl PartialEq<Event<'_>> for EventBuf {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.as_event() == *other
    }
}

impl PartialEq<EventBuf> for Event<'_> {
    fn eq(&self, other: &EventBuf) -> bool {
        *self == other.as_event()
    }
}

impl core::hash::Hash for EventBuf {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_event().hash(state);
    }
}

impl fmt::Debug for EventBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_event().fmt(f)
    }
}

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
pub struct ItemBuf(Kind);

#[derive(Clone)]
enum Kind {
    Event(EventBuf),
    Comment(Text),
    Retry(Duration),
    LastEventId(Text),
}

impl ItemBuf {
    /// This item, borrowed.
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
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_item().encode()
    }

    /// This item on the wire, owned.
    #[cfg(feature = "bytes")]
    pub fn into_encoded(self) -> crate::EncodedBuf {
        crate::EncodedBuf::new(self)
    }

    /// The event, if it is one.
    #[must_use]
    pub const fn as_event(&self) -> Option<&EventBuf> {
        match &self.0 {
            Kind::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The event, if it is one.
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

impl From<EventBuf> for ItemBuf {
    fn from(event: EventBuf) -> Self {
        Self(Kind::Event(event))
    }
}

impl<'a> From<&'a ItemBuf> for Item<'a> {
    fn from(item: &'a ItemBuf) -> Self {
        item.as_item()
    }
}

impl PartialEq for ItemBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_item() == other.as_item()
    }
}

impl Eq for ItemBuf {}

impl PartialEq<Item<'_>> for ItemBuf {
    fn eq(&self, other: &Item<'_>) -> bool {
        self.as_item() == *other
    }
}

impl PartialEq<ItemBuf> for Item<'_> {
    fn eq(&self, other: &ItemBuf) -> bool {
        *self == other.as_item()
    }
}

impl fmt::Debug for ItemBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_item().fmt(f)
    }
}

#[cfg(feature = "bytes")]
mod shared {
    use bytes::Bytes;

    use super::{Event, EventBuf, Item, ItemBuf, Kind, Range, Text};

    /// A part of a chunk, as text. Between the texts that are shared may lie other lines, which need not be UTF-8.
    fn slice(chunk: &Bytes, range: Range<usize>) -> Option<Text> {
        Text::try_from(chunk.slice(range)).ok()
    }

    /// Where a text lies in a chunk, if it lies in it whole. Empty text lies anywhere.
    #[inline]
    fn place(text: &str, chunk: &[u8]) -> Option<Range<usize>> {
        if text.is_empty() {
            return Some(0..0);
        }
        let start = (text.as_ptr() as usize).checked_sub(chunk.as_ptr() as usize)?;
        let end = start.checked_add(text.len())?;
        if end <= chunk.len() { Some(start..end) } else { None }
    }

    impl EventBuf {
        /// The event that was parsed from this chunk, sharing its memory if it lies in it whole (one line of data, and the type
        /// and the id in it, too), as a copy otherwise. An inherited last event ID is copied.
        ///
        /// ```
        /// use bytes::Bytes;
        /// use ssewire::{EventBuf, Parser};
        ///
        /// let chunk = Bytes::from_static(b"data: shared\n\n");
        /// let (mut parser, mut input) = (Parser::new(), &chunk[..]);
        /// let event = EventBuf::from_chunk(parser.next(&mut input)?.unwrap(), &chunk);
        /// assert_eq!(event.data().as_ptr(), chunk[6..].as_ptr());
        /// assert_ne!(event.detach().data().as_ptr(), chunk[6..].as_ptr());
        /// # Ok::<_, ssewire::TooLarge>(())
        /// ```
        #[must_use]
        pub fn from_chunk(event: Event<'_>, chunk: &Bytes) -> Self {
            Self::share(event, chunk, |range| slice(chunk, range), &mut None)
        }

        /// The same, by a way to slice the chunk, and with the last inherited event ID, which is shared as long as it stays the
        /// same.
        #[inline(always)]
        pub(crate) fn share(
            event: Event<'_>,
            chunk: &[u8],
            slice: impl Fn(Range<usize>) -> Option<Text>,
            inherited: &mut Option<Text>,
        ) -> Self {
            let Some(mut shared) = Self::share_own(&event, chunk, slice) else { return Self::from(event) };
            if !event.has_id && !event.last_event_id.is_empty() {
                if inherited.as_deref() != Some(event.last_event_id) {
                    *inherited = Some(event.last_event_id.into());
                }
                shared.inherited.clone_from(inherited);
            }
            shared
        }

        /// What the block itself holds, if all of it lies in the chunk.
        #[inline(always)]
        fn share_own(event: &Event<'_>, chunk: &[u8], slice: impl Fn(Range<usize>) -> Option<Text>) -> Option<Self> {
            let own_id = if event.has_id { event.last_event_id } else { "" };
            let [data, event_type, id] = [place(event.data, chunk)?, place(event.event_type, chunk)?, place(own_id, chunk)?];
            // (What is empty is nowhere.)
            let first = |place: &Range<usize>| if place.is_empty() { usize::MAX } else { place.start };
            let end = data.end.max(event_type.end).max(id.end);
            let start = first(&data).min(first(&event_type)).min(first(&id)).min(end);
            let text = slice(start..end)?;
            let within = |place: Range<usize>| place.start.saturating_sub(start)..place.end.saturating_sub(start);
            Some(Self {
                text,
                data: within(data),
                event_type: within(event_type),
                last_event_id: within(id),
                inherited: None,
                has_id: event.has_id,
                lossy: event.lossy,
                retry: event.retry,
            })
        }
    }

    impl ItemBuf {
        /// The item that was parsed from this chunk, sharing its memory as [`EventBuf::from_chunk`] does.
        #[must_use]
        pub fn from_chunk(item: Item<'_>, chunk: &Bytes) -> Self {
            Self::share(item, chunk, |range| slice(chunk, range), &mut None)
        }

        /// The same, as [`EventBuf::share`].
        pub(crate) fn share(
            item: Item<'_>,
            chunk: &[u8],
            slice: impl Fn(Range<usize>) -> Option<Text>,
            inherited: &mut Option<Text>,
        ) -> Self {
            let text = |text: &str| place(text, chunk).and_then(&slice).unwrap_or_else(|| text.into());
            Self(match item {
                Item::Event(event) => Kind::Event(EventBuf::share(event, chunk, slice, inherited)),
                Item::Comment(comment) => Kind::Comment(text(comment)),
                Item::Retry(time) => Kind::Retry(time),
                Item::LastEventId(id) => Kind::LastEventId(text(id.as_str())),
            })
        }
    }
}
