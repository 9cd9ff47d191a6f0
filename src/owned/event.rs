//! An event, owned.

use alloc::string::String;
use core::time::Duration;

use crate::{Encoded, Event, InvalidField, Item, decode::SharedId, event::millis, field::Field};

/// An [`Event`] that owns its text, for keeping it or sending it elsewhere.
///
/// All its text is one `String`: the data, the type and the id, one behind the other. So to make one of a borrowed event costs one
/// allocation and one copy, some 15 ns for a short event. [`Parser::next`](crate::Parser::next) gives events that cost neither. An
/// event made of a `String` takes it over, and [`into_data`](Self::into_data) gives it back.
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
    /// The data, the type, and the id, unless that is inherited and shared.
    text: String,
    data_end: usize,
    type_end: usize,
    inherited: Option<SharedId>,
    retry: u64,
    has_retry: bool,
    has_id: bool,
    lossy: bool,
}

impl EventBuf {
    /// An event with this data, of the type `message`, without an id or a reconnection time. A `String` is taken over, not copied.
    ///
    /// ```
    /// use ssewire::EventBuf;
    ///
    /// let event = EventBuf::new("x".to_owned()).with_type("tick")?.with_id("7")?;
    /// assert_eq!(event.encode().to_vec(), b"event: tick\nid: 7\ndata: x\n\n");
    /// assert_eq!(event.into_data(), "x");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn new(data: impl Into<String>) -> Self {
        let text = data.into();
        let end = text.len();
        Self { text, data_end: end, type_end: end, inherited: None, retry: 0, has_retry: false, has_id: false, lossy: false }
    }

    /// The event with this type. An empty one is none, which readers take for `message`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] as for [`Event::with_type`].
    pub fn with_type(mut self, event_type: &str) -> Result<Self, InvalidField> {
        InvalidField::check(Field::Event, event_type)?;
        let id = String::from(self.part(self.type_end, self.text.len()));
        self.text.truncate(self.data_end);
        self.text.push_str(event_type);
        self.type_end = self.text.len();
        self.text.push_str(&id);
        Ok(self)
    }

    /// The event with this id, which is then also its last event ID. An empty one clears the last event ID of the reader.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] as for [`Event::with_id`].
    pub fn with_id(mut self, id: &str) -> Result<Self, InvalidField> {
        InvalidField::check(Field::Id, id)?;
        self.text.truncate(self.type_end);
        self.text.push_str(id);
        (self.inherited, self.has_id) = (None, true);
        Ok(self)
    }

    /// The event with this reconnection time, in whole milliseconds, as [`Event::with_retry`].
    #[must_use]
    pub const fn with_retry(mut self, time: Duration) -> Self {
        (self.retry, self.has_retry) = (millis(time), true);
        self
    }

    /// The event, borrowed.
    #[must_use]
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            data: self.data(),
            event_type: self.part(self.data_end, self.type_end),
            last_event_id: self.last_event_id(),
            has_id: self.has_id,
            lossy: self.lossy,
            retry: self.has_retry.then_some(self.retry),
        }
    }

    /// The event on the wire.
    #[inline]
    pub fn encode(&self) -> Encoded<'_> {
        self.as_event().encode()
    }

    /// The data, and nothing else of the event. It is not copied.
    #[must_use]
    pub fn into_data(mut self) -> String {
        self.text.truncate(self.data_end);
        self.text
    }

    /// As [`Event::event_type`].
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// As [`Event::explicit_type`].
    #[must_use]
    pub fn explicit_type(&self) -> Option<&str> {
        self.as_event().explicit_type()
    }

    /// As [`Event::data`].
    #[must_use]
    #[inline]
    pub fn data(&self) -> &str {
        self.part(0, self.data_end)
    }

    /// As [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// As [`Event::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        match &self.inherited {
            Some(inherited) => inherited.as_str(),
            None => self.part(self.type_end, self.text.len()),
        }
    }

    /// As [`Event::retry`].
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.as_event().retry()
    }

    /// As [`Event::is_lossy`].
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.lossy
    }

    /// The event, with a share of its last event ID, if that is inherited and shared.
    #[inline(always)]
    pub(crate) fn assemble(event: &Event<'_>, inherited: Option<SharedId>) -> Self {
        let id = if inherited.is_some() { "" } else { event.last_event_id };
        let more = event.event_type.len().saturating_add(id.len());
        let text = if more == 0 {
            String::from(event.data)
        } else {
            let mut text = String::with_capacity(event.data.len().saturating_add(more));
            text.push_str(event.data);
            text.push_str(event.event_type);
            text.push_str(id);
            text
        };
        Self {
            text,
            data_end: event.data.len(),
            type_end: event.data.len().wrapping_add(event.event_type.len()),
            inherited,
            retry: event.retry.unwrap_or_default(),
            has_retry: event.retry.is_some(),
            has_id: event.has_id,
            lossy: event.lossy,
        }
    }

    /// The event, which has no data, with this, in its own memory.
    pub(crate) fn with_long_data(self, mut data: String) -> Self {
        debug_assert_eq!(self.data_end, 0, "data is not replaced");
        let data_end = data.len();
        data.reserve_exact(self.text.len());
        data.push_str(&self.text);
        data.shrink_to_fit();
        Self { data_end, type_end: data_end.saturating_add(self.type_end), text: data, ..self }
    }

    #[inline]
    fn part(&self, start: usize, end: usize) -> &str {
        let part = self.text.get(start..end);
        debug_assert!(part.is_some(), "the ends lie in the text");
        part.unwrap_or_default()
    }
}

impl From<Event<'_>> for EventBuf {
    #[inline]
    fn from(event: Event<'_>) -> Self {
        Self::assemble(&event, None)
    }
}

impl<'a> From<&'a EventBuf> for Item<'a> {
    fn from(event: &'a EventBuf) -> Self {
        Self::Event(event.as_event())
    }
}

as_borrowed!(EventBuf, Event, as_event);
