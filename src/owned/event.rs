//! An event, owned.

use alloc::string::String;
#[cfg(feature = "bytes")]
use alloc::sync::Arc;
use core::{ops::Range, time::Duration};

use super::Text;
#[cfg(feature = "bytes")]
use crate::decode::found::Texts;
use crate::{Encoded, Event, Item};

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
    inherited: Option<Arc<str>>,
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
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// assert_eq!(EventBuf::from(Event::new("x")).encode().to_vec(), b"data: x\n\n");
    /// ```
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_event().encode()
    }

    /// This event on the wire, owned.
    ///
    /// ```
    /// use bytes::Buf;
    /// use ssewire::{Event, EventBuf};
    ///
    /// let mut body = EventBuf::from(Event::new("x")).into_encoded();              // `'static`, to be sent from anywhere
    /// assert_eq!(body.copy_to_bytes(body.remaining()), "data: x\n\n");
    /// ```
    #[cfg(feature = "bytes")]
    pub fn into_encoded(self) -> crate::EncodedBuf {
        self.into()
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
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// assert_eq!(EventBuf::from(Event::new("x").with_type("tick")?).event_type(), "tick");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// The data, as [`Event::data`].
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// assert_eq!(EventBuf::from(Event::new("x")).data(), "x");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn data(&self) -> &str {
        self.part(&self.data)
    }

    /// The block's own id, as [`Event::id`].
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// assert_eq!(EventBuf::from(Event::new("x").with_id("7")?).id(), Some("7"));
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// The last event ID at the event's dispatch, as [`Event::last_event_id`].
    ///
    /// ```
    /// use ssewire::{Event, EventBuf};
    ///
    /// assert_eq!(EventBuf::from(Event::new("x").with_id("7")?).last_event_id(), "7");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        #[cfg(feature = "bytes")]
        if let Some(inherited) = &self.inherited {
            return inherited;
        }
        self.part(&self.last_event_id)
    }

    /// The block's own reconnection time, as [`Event::retry`].
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Event, EventBuf};
    ///
    /// let time = Duration::from_secs(3);
    /// assert_eq!(EventBuf::from(Event::new("x").with_retry(time)).retry(), Some(time));
    /// ```
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.as_event().retry()
    }

    /// Whether text was replaced by U+FFFD, as [`Event::is_lossy`].
    ///
    /// ```
    /// use ssewire::{EventBuf, Parser};
    ///
    /// let event = EventBuf::from(Parser::new().next(&mut &b"data: \xFF\n\n"[..])?.unwrap());
    /// assert!(event.is_lossy());
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.lossy
    }

    /// The event whose texts lie at these places of a chunk, which from `start` on is `text`; but for an inherited last event ID.
    #[cfg(feature = "bytes")]
    #[inline(always)]
    pub(crate) fn in_text(text: Text, start: usize, texts: Texts<Range<usize>>, inherited: Option<Arc<str>>) -> Self {
        let texts = texts.map(|place| place.start.wrapping_sub(start)..place.end.wrapping_sub(start));
        Self {
            text,
            data: texts.data.unwrap_or_default(),
            event_type: texts.event_type.unwrap_or_default(),
            last_event_id: texts.id.unwrap_or_default(),
            inherited,
            has_id: texts.has_id,
            lossy: texts.lossy,
            retry: texts.retry,
        }
    }

    #[inline]
    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

impl From<Event<'_>> for EventBuf {
    #[cfg_attr(not(feature = "bytes"), expect(clippy::useless_conversion, reason = "a `Text` is then a `String`"))]
    fn from(event: Event<'_>) -> Self {
        let Event { data, event_type, last_event_id, has_id, lossy, retry } = event;
        let length = data.len().saturating_add(event_type.len()).saturating_add(last_event_id.len());
        let mut text = String::with_capacity(length);
        let mut push = |part: &str| {
            let start = text.len();
            text.push_str(part);
            start..text.len()
        };
        Self {
            data: push(data),
            event_type: push(event_type),
            last_event_id: push(last_event_id),
            text: text.into(),
            #[cfg(feature = "bytes")]
            inherited: None,
            has_id,
            lossy,
            retry,
        }
    }
}

impl<'a> From<&'a EventBuf> for Item<'a> {
    fn from(event: &'a EventBuf) -> Self {
        Self::Event(event.as_event())
    }
}

as_borrowed!(EventBuf, Event, as_event);
