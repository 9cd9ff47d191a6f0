//! Events from a blocking reader.

use std::io::{self, BufRead};

use super::{Owned, session::Session};
use crate::{EventBuf, ItemBuf, OnTruncated, Parser, TooLarge, Truncated};

/// Why an [`EventReader`] gave no event.
///
/// ```
/// use ssewire::{EventReader, Parser, ReadError};
///
/// let mut events = EventReader::with_parser(&b"data: too long\n\ndata: b\n\n"[..], Parser::with_limit(4));
/// assert!(matches!(events.next(), Some(Err(ReadError::TooLarge(_)))));
/// assert_eq!(events.next().unwrap()?.data(), "b");
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

/// The events of a [`BufRead`]: a file, a pipe, a socket behind a [`BufReader`](io::BufReader).
///
/// It is an iterator over `Result<EventBuf, ReadError>`, and ends with the stream, not with an error. What collects into a `Result`
/// stops at the first event that is too large; a loop can go on. After a read that failed the next call reads again, also after one
/// that timed out: a read timeout of the socket tells of its silence, as [`ReadError::Io`]. An interrupted read is tried again at
/// once. If the reader has more after its end, that is another stream.
///
/// ```
/// use ssewire::{EventReader, Parser, ReadError};
///
/// let stream = &b"data: one\n\ndata: more than the limit\n\nevent: t\ndata: two\n\n"[..];
/// let mut seen = Vec::new();
/// for event in EventReader::with_parser(stream, Parser::with_limit(10)) {
///     match event {
///         Ok(event) => seen.push(format!("{}: {}", event.event_type(), event.data())),
///         Err(ReadError::TooLarge(error)) => eprintln!("{error}"),               // that one is skipped
///         Err(error) => return Err(error),
///     }
/// }
/// assert_eq!(seen, ["message: one", "t: two"]);
/// # Ok::<_, ReadError>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct EventReader<R, T = EventBuf> {
    reader: R,
    session: Session<T>,
}

impl<R: BufRead> EventReader<R> {
    /// The events of `reader`, by a [`Parser::new`].
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
    /// let mut events = EventReader::with_parser(&b"data: x\n\n"[..], parser);
    /// assert_eq!(events.next().unwrap()?.last_event_id(), "41");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub const fn with_parser(reader: R, parser: Parser) -> Self {
        Self { reader, session: Session::new(parser) }
    }

    /// The same, giving out everything in the stream as [`ItemBuf`], comments included.
    ///
    /// ```
    /// use ssewire::EventReader;
    ///
    /// let mut items = EventReader::new(&b": alive\nretry: 5\n\ndata: x\n\n"[..]).items();
    /// assert_eq!(items.next().unwrap()?.as_comment(), Some("alive"));
    /// assert_eq!(items.next().unwrap()?.as_retry().unwrap().as_millis(), 5);
    /// assert_eq!(items.next().unwrap()?.as_event().unwrap().data(), "x");
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    pub fn items(self) -> EventReader<R, ItemBuf> {
        EventReader { reader: self.reader, session: self.session.items() }
    }
}

impl<R, T> EventReader<R, T> {
    /// What happens to an event that the end of the stream cuts off.
    pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
        self.session.on_truncated = on_truncated;
        self
    }

    /// The parser, with the last event ID and the reconnection time.
    #[must_use]
    pub const fn parser(&self) -> &Parser {
        &self.session.parser
    }

    /// What the end of the stream has cut off, if it did and that was not given out. It stands until the next end.
    #[must_use]
    pub const fn truncated(&self) -> Option<Truncated> {
        self.session.truncated
    }

    /// The reader. What has been given out has been consumed.
    #[must_use]
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Goes on with the next connection: the last event ID and the reconnection time stay, half an event does not.
    ///
    /// ```
    /// use ssewire::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\ndata: a\n\ndata: cut o"[..]);
    /// assert_eq!(events.next().unwrap()?.data(), "a");
    /// events.reconnect(&b"data: b\n\n"[..]);
    /// let event = events.next().unwrap()?;
    /// assert_eq!((event.data(), event.last_event_id()), ("b", "7"));
    /// # Ok::<_, ssewire::ReadError>(())
    /// ```
    pub fn reconnect(&mut self, reader: R) {
        self.session.finish();
        self.reader = reader;
    }

    /// The reader, behind the last event, and the parser, which has [finished](Parser::finish) this stream.
    #[must_use]
    pub fn into_parts(self) -> (R, Parser) {
        (self.reader, self.session.into_parser())
    }
}

impl<R: BufRead, T: Owned> Iterator for EventReader<R, T> {
    type Item = Result<T, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok([]) => return self.session.end().map(|last| last.map_err(ReadError::Truncated)),
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.session.fail();
                    return Some(Err(error.into()));
                }
            };
            let mut input = buffer;
            let next = self.session.next(&mut input);
            let read = buffer.len().saturating_sub(input.len());
            self.reader.consume(read);
            if let Some(next) = next {
                return Some(next.map_err(ReadError::TooLarge));
            }
        }
    }
}
