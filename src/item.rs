//! Everything that a stream can say, in its order.

use core::{fmt, ops::Deref, time::Duration};

use crate::{Event, InvalidField, field::Field};

/// What [`Parser::next_item`](crate::Parser::next_item) gives: everything in the stream that has a meaning, in stream order. (Bytes that
/// are not UTF-8 stand as U+FFFD in all of it, but only an event says so.)
///
/// ```
/// use core::time::Duration;
/// use ssewire::{Id, Item, Parser};
///
/// let mut input = &b": hello\nretry: 3000\n\nid: 7\n\ndata: x\n\n"[..];
/// let mut parser = Parser::new();
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Comment("hello"))));
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Retry(Duration::from_secs(3)))));
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::LastEventId(Id::new("7").unwrap()))));
/// let Ok(Some(Item::Event(event))) = parser.next_item(&mut input) else { panic!() };
/// assert_eq!((event.data(), event.last_event_id()), ("x", "7"));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item<'a> {
    /// An event, at its blank line.
    Event(Event<'a>),
    /// A comment, at the end of its line: what stands after the colon, less one leading space. Servers send comments as
    /// heartbeats; readers give them no meaning.
    Comment(&'a str),
    /// The reconnection time was set, at the end of its line. An event of the same block repeats it as
    /// [`Event::retry`].
    Retry(Duration),
    /// A block without data set the last event ID, at its blank line. Nothing is dispatched for it.
    LastEventId(Id<'a>),
    /// A line without meaning, at its end. Only from a parser made [`with_all_items`](crate::Parser::with_all_items).
    Unknown(UnknownLine<'a>),
    /// A block with an event type and without data, at its blank line: nothing is dispatched for it. Its type, id and `retry` are those
    /// of the event, whose data is not sent. Only from a parser made [`with_all_items`](crate::Parser::with_all_items), which
    /// gives it in place of [`LastEventId`](Self::LastEventId).
    NoData(Event<'a>),
}

/// A line whose name is not that of a field, so that readers ignore it. It can only be read, so it can always be sent: no user makes one.
///
/// ```
/// use ssewire::{Item, Parser};
///
/// let mut parser = Parser::new().with_all_items();
/// let mut input = &b"ping: 1\n"[..];
/// let item = parser.next_item(&mut input)?.unwrap();
/// assert!(matches!(item, Item::Unknown(line) if line.as_str() == "ping: 1"));
/// assert_eq!(item.encode().to_vec(), b"ping: 1\n");
/// # Ok::<_, ssewire::TooLarge>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownLine<'a>(&'a str);

impl<'a> UnknownLine<'a> {
    pub(crate) const fn of_stream(line: &'a str) -> Self {
        Self(line)
    }

    /// The text of the line, without its line end.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl<'a> Event<'a> {
    /// What a filter must forward in place of an event that it drops: its own id, as an item, or nothing. So all events behind it keep
    /// their last event IDs.
    ///
    /// ```
    /// use ssewire::{Event, Item};
    ///
    /// let event = Event::new("secret").with_id("7")?;
    /// assert_eq!(event.id_item().map(|item| item.encode().to_vec()), Some(b"id: 7\n\n".to_vec()));
    /// assert_eq!(Event::new("secret").id_item(), None);
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn id_item(&self) -> Option<Item<'a>> {
        if self.has_id { Some(Item::LastEventId(Id::of_stream(self.last_event_id))) } else { None }
    }
}

impl<'a> From<Event<'a>> for Item<'a> {
    fn from(event: Event<'a>) -> Self {
        Self::Event(event)
    }
}

impl<'a> From<&Self> for Item<'a> {
    fn from(item: &Self) -> Self {
        *item
    }
}

/// An id that a stream can carry: text without CR, LF and NUL. So an [`Item`] can always be encoded.
///
/// It is a `str` to whoever reads it:
///
/// ```
/// use ssewire::Id;
///
/// let id = Id::new("7")?;
/// assert_eq!(id.parse(), Ok(7));
/// assert!(Id::new("7\n\ndata: injected").is_err());
/// # Ok::<_, ssewire::InvalidField>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<'a>(&'a str);

impl<'a> Id<'a> {
    /// This id.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it holds CR, LF or NUL.
    ///
    /// ```
    /// use ssewire::{Id, Item};
    ///
    /// let item = Item::LastEventId(Id::new("7")?);
    /// assert_eq!(item.encode().to_vec(), b"id: 7\n\n");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub const fn new(id: &'a str) -> Result<Self, InvalidField> {
        match InvalidField::check(Field::Id, id) {
            Ok(()) => Ok(Self(id)),
            Err(error) => Err(error),
        }
    }

    /// An id that was read from a stream, or checked before.
    pub(crate) const fn of_stream(id: &'a str) -> Self {
        Self(id)
    }

    /// The text.
    ///
    /// ```
    /// use ssewire::Id;
    ///
    /// assert_eq!(Id::new("7")?.as_str(), "7");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl Deref for Id<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
