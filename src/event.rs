//! The event, borrowed: one noun for what a stream carries.

use core::time::Duration;

use crate::{InvalidField, field::Field};

/// One event, borrowed from the chunk it came in or from the parser that joined it.
///
/// It is small and `Copy`. An event always has data, possibly empty: a block without a `data` field is never dispatched and
/// comes out as an [`Item`](crate::Item) instead.
///
/// `==` compares the event type (as resolved: none, an empty one and `message` are the same), the data, the block's own id
/// and the block's own retry. It does not compare the inherited last event ID, nor [`is_lossy`](Self::is_lossy):
/// [`is_identical`](Self::is_identical) compares all there is.
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
    /// An event with this data, of the type `message`, without an id or a retry of its own. Any data can be sent.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// const PING: Event<'_> = match Event::new("").with_type("ping") {
    ///     Ok(event) => event,
    ///     Err(_) => unreachable!(),
    /// };
    /// assert_eq!(PING.encode().to_vec(), b"event: ping\ndata: \n\n");
    /// ```
    #[must_use]
    pub const fn new(data: &'a str) -> Self {
        Self { data, event_type: "", last_event_id: "", has_id: false, lossy: false, retry: None }
    }

    /// The event with other data, and all else as it is: what a proxy does that rewrites events.
    ///
    /// ```
    /// use ssewire::{Event, Parser};
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"event: t\nid: 7\ndata: quiet\n\n"[..];
    /// let event = parser.next(&mut input)?.unwrap();
    /// let upper = event.data().to_uppercase();
    /// assert_eq!(event.with_data(&upper).encode().to_vec(), b"event: t\nid: 7\ndata: QUIET\n\n");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn with_data(self, data: &'a str) -> Self {
        Self { data, ..self }
    }

    /// The event with this type. An empty one is none, which readers take for `message`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it holds CR or LF, which would end its line on the wire.
    ///
    /// ```
    /// use ssewire::{Event, decode::Field};
    ///
    /// let error = Event::new("").with_type("tick\ndata: injected").unwrap_err();
    /// assert_eq!((error.field, error.byte, error.offset), (Field::Event, b'\n', 4));
    /// ```
    pub const fn with_type(self, event_type: &'a str) -> Result<Self, InvalidField> {
        match InvalidField::check(Field::Event, event_type) {
            Ok(()) => Ok(Self { event_type, ..self }),
            Err(error) => Err(error),
        }
    }

    /// The event without a type, which readers take for `message`.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let event = Event::new("x").with_type("tick")?.without_type();
    /// assert_eq!((event.event_type(), event.encode().to_vec()), ("message", b"data: x\n\n".to_vec()));
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn without_type(self) -> Self {
        Self { event_type: "", ..self }
    }

    /// The event with this id, which is then also its last event ID. An empty one is sent, too, and clears the last event ID of
    /// the reader; [`without_id`](Self::without_id) keeps it.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it holds CR or LF, which would end its line on the wire, or NUL, for which readers ignore it.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// assert_eq!(Event::new("x").with_id("7")?.encode().to_vec(), b"id: 7\ndata: x\n\n");
    /// assert_eq!(Event::new("x").with_id("")?.encode().to_vec(), b"id: \ndata: x\n\n");
    /// assert!(Event::new("x").with_id("7\ndata: injected").is_err());
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub const fn with_id(self, id: &'a str) -> Result<Self, InvalidField> {
        match InvalidField::check(Field::Id, id) {
            Ok(()) => Ok(Self { last_event_id: id, has_id: true, ..self }),
            Err(error) => Err(error),
        }
    }

    /// The event without an id of its own. Its [`last_event_id`](Self::last_event_id) is what it was.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let event = Event::new("x").with_id("7")?.without_id();
    /// assert_eq!((event.id(), event.last_event_id()), (None, "7"));
    /// assert_eq!(event.encode().to_vec(), b"data: x\n\n");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn without_id(self) -> Self {
        Self { has_id: false, ..self }
    }

    /// The event with this reconnection time, rounded down to whole milliseconds, and to `u64::MAX` of them if it is longer.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Event;
    ///
    /// let event = Event::new("x").with_retry(Duration::from_secs(3));
    /// assert_eq!(event.encode().to_vec(), b"retry: 3000\ndata: x\n\n");
    /// ```
    #[must_use]
    pub const fn with_retry(self, time: Duration) -> Self {
        Self { retry: Some(millis(time)), ..self }
    }

    /// The event without a reconnection time of its own.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Event;
    ///
    /// assert_eq!(Event::new("x").with_retry(Duration::from_secs(3)).without_retry(), Event::new("x"));
    /// ```
    #[must_use]
    pub const fn without_retry(self) -> Self {
        Self { retry: None, ..self }
    }

    /// The event type: what the `event` field said, or `"message"` where it said nothing.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// assert_eq!(Event::new("").event_type(), "message");
    /// assert_eq!(Event::new("").with_type("tick")?.event_type(), "tick");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        if self.event_type.is_empty() { "message" } else { self.event_type }
    }

    /// The event type, if the block set one: `None` for `message` by default, `Some("message")` where it was written out.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// assert_eq!(Event::new("").explicit_type(), None);
    /// assert_eq!(Event::new("").with_type("message")?.explicit_type(), Some("message"));
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn explicit_type(&self) -> Option<&'a str> {
        if self.event_type.is_empty() { None } else { Some(self.event_type) }
    }

    /// The data: the values of the block's `data` lines, joined with LF. Possibly empty.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"data: one\ndata:  two\n\n"[..];
    /// assert_eq!(parser.next(&mut input)?.unwrap().data(), "one\n two");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// This block's own id, if it had an `id` field: `Some("")` clears the last event ID, `None` keeps it.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let (mut parser, mut input) = (Parser::new(), &b"id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"[..]);
    /// let mut ids = Vec::new();
    /// while let Some(event) = parser.next(&mut input)? {
    ///     ids.push(event.id().map(str::to_owned));
    /// }
    /// assert_eq!(ids, [Some("7".to_owned()), None, Some(String::new())]);
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        if self.has_id { Some(self.last_event_id) } else { None }
    }

    /// The last event ID at this event's dispatch: its own, or the one inherited from the blocks before it, or `""`.
    /// This is what a browser shows as `lastEventId`. What a client sends when it reconnects is
    /// [the parser's](crate::Parser::last_event_id): an event that the end of the stream cuts off shows an id that is not committed.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let (mut parser, mut input) = (Parser::new(), &b"id: 7\ndata: a\n\ndata: b\n\n"[..]);
    /// let event = parser.next(&mut input)?.unwrap();
    /// assert_eq!((event.id(), event.last_event_id()), (Some("7"), "7"));
    /// let event = parser.next(&mut input)?.unwrap();
    /// assert_eq!((event.id(), event.last_event_id()), (None, "7"));       // inherited
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn last_event_id(&self) -> &'a str {
        self.last_event_id
    }

    /// This block's own reconnection time, if it had a `retry` field, in whole milliseconds.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"retry: 1500\ndata: x\n\n"[..];
    /// let event = parser.next(&mut input)?.unwrap();
    /// assert_eq!(event.retry(), Some(Duration::from_millis(1500)));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        match self.retry {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
            None => None,
        }
    }

    /// Whether the type, the data or the id held bytes that are not UTF-8. They stand there as U+FFFD, one for each maximal
    /// subpart, as in every browser. Whoever wants the bytes uses the [`Tokenizer`](crate::decode::Tokenizer).
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"data: caf\xE9\n\n"[..];
    /// let event = parser.next(&mut input)?.unwrap();    // Latin-1
    /// assert_eq!((event.data(), event.is_lossy()), ("caf\u{FFFD}", true));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.lossy
    }

    /// Whether the two are equal in all that can be asked of them, where `==` asks only for what one block says. For tests.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let (mut one, mut other) = (Parser::new(), Parser::new());
    /// one.set_last_event_id("9")?;
    /// let (mut for_one, mut for_other) = (&b"data: x\n\n"[..], &b"data: x\n\n"[..]);
    /// let (one, other) = (one.next(&mut for_one)?.unwrap(), other.next(&mut for_other)?.unwrap());
    /// assert!(one == other && !one.is_identical(&other));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_identical(&self, other: &Event<'_>) -> bool {
        let rest = |event: &Event<'_>| (event.explicit_type().is_some(), event.lossy);
        self == other && self.last_event_id == other.last_event_id && rest(self) == rest(other)
    }
}

/// What the wire and the equality of events know of a time.
pub(crate) const fn millis(time: Duration) -> u64 {
    let millis = time.as_millis();
    if millis > u64::MAX as u128 { u64::MAX } else { millis as u64 }
}

impl<'a> Event<'a> {
    /// What `==` compares.
    const fn compared(&self) -> (&'a str, &'a str, Option<&'a str>, Option<u64>) {
        (self.data, self.event_type(), self.id(), self.retry)
    }
}

impl PartialEq<Event<'_>> for Event<'_> {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.compared() == other.compared()
    }
}

impl Eq for Event<'_> {}

impl core::hash::Hash for Event<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.compared().hash(state);
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
