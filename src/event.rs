//! The event, borrowed: one noun for what a stream carries.

use core::time::Duration;

/// One event, borrowed from the chunk it came in or from the parser that joined it.
///
/// It is small and `Copy`. An event always has data, possibly empty: a block without a `data` field is never dispatched and
/// comes out as an [`Item`](crate::Item) instead.
///
/// `==` compares the event type (as resolved: none, an empty one and `message` are the same), the data, the block's own id
/// and the block's own retry. It does not compare the inherited last event ID, nor [`is_lossy`](Self::is_lossy).
///
/// ```
/// use ssewire::Parser;
///
/// let mut parser = Parser::new();
/// let mut input = &b"id: 7\ndata: a\n\nevent: tick\ndata: b\ndata: c\n\n"[..];
///
/// let event = parser.next(&mut input).unwrap().unwrap();
/// assert_eq!((event.event_type(), event.data()), ("message", "a"));
/// assert_eq!((event.id(), event.last_event_id()), (Some("7"), "7"));
///
/// let event = parser.next(&mut input).unwrap().unwrap();
/// assert_eq!((event.event_type(), event.data()), ("tick", "b\nc"));
/// assert_eq!((event.id(), event.last_event_id()), (None, "7"));
/// ```
#[derive(Clone, Copy)]
pub struct Event<'a> {
    pub(crate) data: &'a str,
    /// Empty where the block set none.
    pub(crate) event_type: &'a str,
    /// Also the block's own id, if it has one: the two cannot differ.
    pub(crate) last_event_id: &'a str,
    pub(crate) has_id: bool,
    pub(crate) lossy: bool,
    /// In milliseconds.
    pub(crate) retry: Option<u64>,
}

impl<'a> Event<'a> {
    /// The event type: what the `event` field said, or `"message"` where it said nothing.
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        if self.event_type.is_empty() { "message" } else { self.event_type }
    }

    /// The data: the values of the block's `data` lines, joined with LF. Possibly empty.
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// This block's own id, if it had an `id` field: `Some("")` clears the last event ID, `None` keeps it.
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        if self.has_id { Some(self.last_event_id) } else { None }
    }

    /// The last event ID at this event's dispatch: its own, or the one inherited from the blocks before it, or `""`.
    /// This is what a browser shows as `lastEventId`.
    #[must_use]
    pub const fn last_event_id(&self) -> &'a str {
        self.last_event_id
    }

    /// This block's own reconnection time, if it had a `retry` field, in whole milliseconds.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        match self.retry {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
            None => None,
        }
    }

    /// Whether the type, the data or the id held bytes that are not UTF-8. They stand there as U+FFFD, one for each maximal
    /// subpart, as in every browser. Whoever wants the bytes uses the [`Tokenizer`](crate::Tokenizer).
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.lossy
    }
}

impl PartialEq<Event<'_>> for Event<'_> {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.data == other.data
            && self.event_type() == other.event_type()
            && self.id() == other.id()
            && self.retry == other.retry
    }
}

impl Eq for Event<'_> {}

impl core::hash::Hash for Event<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.data, self.event_type(), self.id(), self.retry).hash(state);
    }
}

impl core::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Event")
            .field("event_type", &self.event_type())
            .field("data", &self.data)
            .field("id", &self.id())
            .field("last_event_id", &self.last_event_id)
            .field("retry", &self.retry())
            .field("is_lossy", &self.lossy)
            .finish()
    }
}
