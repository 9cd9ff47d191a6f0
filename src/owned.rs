//! The event, owned: for whoever keeps or sends one.

use alloc::string::String;
use core::{fmt, time::Duration};

use crate::{Encoded, Event};

/// An [`Event`] that owns its text, for keeping it or sending it elsewhere.
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
    data: String,
    event_type: String,
    last_event_id: String,
    has_id: bool,
    lossy: bool,
    retry: Option<u64>,
}

impl EventBuf {
    /// This event, borrowed.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            data: &self.data,
            event_type: &self.event_type,
            last_event_id: &self.last_event_id,
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
        crate::EncodedBuf::new(self)
    }

    /// The event type, as [`Event::event_type`].
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// The data, as [`Event::data`].
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The data, without a copy.
    #[must_use]
    pub fn into_data(self) -> String {
        self.data
    }

    /// The block's own id, as [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// The last event ID at the event's dispatch, as [`Event::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
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
}

impl From<Event<'_>> for EventBuf {
    fn from(event: Event<'_>) -> Self {
        Self {
            data: event.data.into(),
            event_type: event.event_type.into(),
            last_event_id: event.last_event_id.into(),
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
