//! Events from a blocking reader.

use core::ops::Range;
use std::io::{self, BufRead};

use crate::{
    Event, EventBuf, Item, OnTruncated, Parser, TooLarge, Truncated,
    decode::{found::Found, place::place_in, utf8},
};

/// Why an [`EventReader`] gave no event.
///
/// ```
/// use ssewire::{EventReader, Parser, ReadError};
///
/// let mut reader = EventReader::with_parser(&b"data: too long\n\ndata: b\n\n"[..], Parser::with_limit(4));
/// assert!(matches!(reader.next(), Err(ReadError::TooLarge(_))));
/// assert_eq!(reader.next()?.unwrap().data(), "b");
/// # Ok::<_, ReadError>(())
/// ```
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Reading failed. Nothing is lost: when reading goes on, so does the event.
    #[error("the stream could not be read")]
    Io(#[from] io::Error),
    /// An event, or a comment among items, was too large. It was skipped; the next call goes on.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The stream ended in the middle of an event. Only with [`OnTruncated::Error`].
    #[error(transparent)]
    Truncated(#[from] Truncated),
}

/// The events of a [`BufRead`]: a file, a pipe, a socket behind a `BufReader`.
///
/// [`next`](Self::next) lends each event straight from the reader's buffer, where it lies in it whole;
/// [`events`](Self::events) (and `for event in reader`) gives [`EventBuf`]s.
///
/// ```
/// use ssewire::EventReader;
///
/// let file = &b"data: one\n\nevent: t\ndata: two\n\n"[..];
/// let mut reader = EventReader::new(file);
/// let mut seen = Vec::new();
/// while let Some(event) = reader.next()? {
///     seen.push(format!("{}: {}", event.event_type(), event.data()));
/// }
/// assert_eq!(seen, ["message: one", "t: two"]);
/// # Ok::<_, ssewire::ReadError>(())
/// ```
#[derive(Debug)]
pub struct EventReader<R> {
    reader: R,
    parser: Parser,
    on_truncated: OnTruncated,
    /// Bytes of the reader's buffer that the last call has read. What it lent may lie in them, so they are consumed later.
    read: usize,
    /// The event that the end of the stream cut off was given out.
    flushed: bool,
}

impl<R: BufRead> EventReader<R> {
    /// The events of `reader`, by a [`Parser::new`].
    ///
    /// ```
    /// use std::io::BufReader;
    /// use ssewire::EventReader;
    ///
    /// let socket = &b"data: 1\n\n"[..];                                        // anything that is `io::Read`
    /// let mut reader = EventReader::new(BufReader::new(socket));
    /// assert_eq!(reader.next()?.unwrap().data(), "1");
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    pub const fn new(reader: R) -> Self {
        Self::with_parser(reader, Parser::new())
    }

    /// The events of `reader`, by this parser: with a limit of your own, or with the last event ID of the connection before.
    ///
    /// ```
    /// use ssewire::{EventReader, Parser};
    ///
    /// let mut parser = Parser::with_limit(1 << 20);
    /// parser.set_last_event_id("41")?;
    /// let mut reader = EventReader::with_parser(&b"data: x\n\n"[..], parser);
    /// assert_eq!(reader.next()?.unwrap().last_event_id(), "41");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub const fn with_parser(reader: R, parser: Parser) -> Self {
        Self { reader, parser, on_truncated: OnTruncated::Discard, read: 0, flushed: false }
    }

    /// What happens to an event that the end of the stream cuts off.
    ///
    /// ```
    /// use ssewire::{EventReader, OnTruncated};
    ///
    /// let mut reader = EventReader::new(&b"data: [DONE]"[..]).on_truncated(OnTruncated::Deliver);
    /// assert_eq!(reader.next()?.unwrap().data(), "[DONE]");
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    #[must_use]
    pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
        self.on_truncated = on_truncated;
        self
    }

    /// The next event, or `None` at the end of the stream. If the reader has more after its end, that is another stream.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. After each of them the next call goes on, also after a read that timed out: silence of a socket is told
    /// by its read timeout, as [`ReadError::Io`]. (An interrupted read is tried again at once.)
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its items: `events` is one")]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, ReadError> {
        match self.lend::<false>()? {
            Some(Item::Event(event)) => Ok(Some(event)),
            _ => Ok(None),
        }
    }

    /// The next item: as [`next`](Self::next), for everything in the stream.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    ///
    /// ```
    /// use ssewire::{EventReader, Item};
    ///
    /// let mut reader = EventReader::new(&b": alive\nretry: 5\n\ndata: x\n\n"[..]);
    /// let mut seen = Vec::new();
    /// while let Some(item) = reader.next_item()? {
    ///     match item {
    ///         Item::Comment(text) => seen.push(text.to_owned()),
    ///         Item::Event(event) => seen.push(event.data().to_owned()),
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(seen, ["alive", "x"]);
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, ReadError> {
        self.lend::<true>()
    }

    /// An iterator over the events, owned. It ends with the stream, not with an error: what collects into a `Result` stops at
    /// the first event that is too large, a loop can go on. For owned items, make an [`ItemBuf`](crate::ItemBuf) of what
    /// [`next_item`](Self::next_item) lends.
    ///
    /// ```
    /// use ssewire::{EventReader, Parser, ReadError};
    ///
    /// let stream = &b"data: one\n\ndata: more than the limit\n\ndata: two\n\n"[..];
    /// let mut data = Vec::new();
    /// for event in EventReader::with_parser(stream, Parser::with_limit(10)).events() {
    ///     match event {
    ///         Ok(event) => data.push(event.data().to_owned()),
    ///         Err(ReadError::TooLarge(error)) => eprintln!("{error}"),               // that one is skipped
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// assert_eq!(data, ["one", "two"]);
    /// # Ok::<_, ReadError>(())
    /// ```
    pub const fn events(&mut self) -> Events<&mut Self> {
        Events(self)
    }

    /// The parser, with the last event ID and the reconnection time.
    ///
    /// ```
    /// use ssewire::EventReader;
    ///
    /// let mut reader = EventReader::new(&b"id: 7\nretry: 50\n\n"[..]);
    /// assert!(reader.next()?.is_none());
    /// assert_eq!(reader.parser().last_event_id(), "7");
    /// assert_eq!(reader.parser().retry().unwrap().as_millis(), 50);
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    #[must_use]
    pub const fn parser(&self) -> &Parser {
        &self.parser
    }

    /// The reader. Its buffer may still hold what the last call lent.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use ssewire::EventReader;
    ///
    /// let mut reader = EventReader::new(Cursor::new("data: 1\n\ndata: 2\n\n"));
    /// assert_eq!(reader.next()?.unwrap().data(), "1");
    /// assert_eq!(reader.get_ref().get_ref().len(), 18);
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader, behind the last event, and the parser for the next connection. Call [`Parser::finish`] on it first: if this
    /// connection ended by an error, or was left before its end, half an event may be in it, to which the next would be joined.
    ///
    /// ```
    /// use ssewire::EventReader;
    ///
    /// let mut reader = EventReader::new(&b"id: 7\ndata: a\n\ndata: cut o"[..]);
    /// reader.next()?;
    /// let (_, mut parser) = reader.into_parts();                          // the connection is gone
    /// let _ = parser.finish();
    /// let mut reader = EventReader::with_parser(&b"data: b\n\n"[..], parser);
    /// assert_eq!(reader.next()?.unwrap().last_event_id(), "7");
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    #[must_use]
    pub fn into_parts(mut self) -> (R, Parser) {
        self.reader.consume(self.read);
        (self.reader, self.parser)
    }

    /// What is found is told by its place in the buffer, since a loop cannot return a borrow from its middle; then the buffer is
    /// asked for once more, which reads nothing as long as nothing was consumed of it.
    fn lend<const ITEMS: bool>(&mut self) -> Result<Option<Item<'_>>, ReadError> {
        if core::mem::take(&mut self.flushed) {
            // The stream has ended before.
            let _ = self.parser.finish();
            return Ok(None);
        }
        let Some(found) = self.find::<ITEMS>()? else {
            return self.end();
        };
        let buffer: &[u8] = self.reader.fill_buf()?;
        let text = |place: Range<usize>| buffer.get(place).and_then(utf8::check).unwrap_or_default();
        Ok(Some(self.parser.lend(&found.map(text))))
    }

    /// Reads until something is found; `None` at the end of the stream.
    fn find<const ITEMS: bool>(&mut self) -> Result<Option<Found<Range<usize>>>, ReadError> {
        loop {
            self.reader.consume(core::mem::take(&mut self.read));
            let buffer = match self.reader.fill_buf() {
                Ok([]) => return Ok(None),
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let mut input = buffer;
            let found = self.parser.advance::<ITEMS>(&mut input, None);
            self.read = buffer.len().saturating_sub(input.len());
            if let Some(found) = found? {
                return Ok(Some(found.map(|text| place_in(buffer, text.as_bytes()))));
            }
        }
    }

    fn end(&mut self) -> Result<Option<Item<'_>>, ReadError> {
        let has_data = self.parser.truncated().is_some_and(|truncated| truncated.had_data());
        if self.on_truncated == OnTruncated::Deliver && has_data {
            self.flushed = true;
            return Ok(self.parser.flush().map(Item::Event));
        }
        match (self.parser.finish(), self.on_truncated) {
            (Err(error), OnTruncated::Error) => Err(error.into()),
            _ => Ok(None),
        }
    }
}

/// The iterator of [`EventReader::events`].
///
/// ```
/// use ssewire::{EventBuf, EventReader, ReadError};
///
/// let events: Result<Vec<EventBuf>, ReadError> = EventReader::new(&b"data: 1\n\ndata: 2\n\n"[..]).into_iter().collect();
/// assert_eq!(events?.len(), 2);
/// # Ok::<_, ReadError>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct Events<R>(R);

impl<R: BufRead> Iterator for Events<EventReader<R>> {
    type Item = Result<EventBuf, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.events().next()
    }
}

impl<R: BufRead> Iterator for Events<&mut EventReader<R>> {
    type Item = Result<EventBuf, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|event| event.map(EventBuf::from)).transpose()
    }
}

impl<R: BufRead> IntoIterator for EventReader<R> {
    type Item = Result<EventBuf, ReadError>;
    type IntoIter = Events<Self>;

    fn into_iter(self) -> Events<Self> {
        Events(self)
    }
}

impl<'r, R: BufRead> IntoIterator for &'r mut EventReader<R> {
    type Item = Result<EventBuf, ReadError>;
    type IntoIter = Events<Self>;

    fn into_iter(self) -> Events<&'r mut EventReader<R>> {
        self.events()
    }
}
