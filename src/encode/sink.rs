//! An event that goes into a writer as it is written.

use core::time::Duration;
use std::io::{self, Write};

use super::{EventWriter, NotBetweenLines, Unfinished};
use crate::InvalidField;

/// An event that is being written into an [`io::Write`]: see [`EventWriter::begin`]. What is written to it, by `write!`, by
/// `serde_json::to_writer` or by [`data`](Self::data), is the event's data.
///
/// A value that cannot be sent is an error of the kind [`InvalidInput`](io::ErrorKind::InvalidInput), around the [`InvalidField`] or
/// the [`NotBetweenLines`], and nothing is written. Dropping it writes nothing: the event is then unfinished, and
/// [`EventWriter::begin`] refuses another.
///
/// ```
/// use ssewire::EventWriter;
///
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// let mut event = writer.begin(&mut out)?;
/// event.event_type("answer")?;
/// event.id("7")?;
/// assert!(event.id("7\ndata: injected").is_err());
/// serde_json::to_writer(&mut event, &["no", "string", "between"])?;
/// event.end()?;
/// assert_eq!(out, b"event: answer\nid: 7\ndata: [\"no\",\"string\",\"between\"]\n\n");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the event is not dispatched before `end`"]
pub struct EventSink<'w, W> {
    writer: &'w mut EventWriter,
    out: W,
}

impl EventWriter {
    /// Begins an event in `out`, as a sink that `write!` and `serde_json::to_writer` stream its data into.
    ///
    /// # Errors
    ///
    /// [`Unfinished`] if the event before was not ended.
    ///
    /// ```
    /// use ssewire::EventWriter;
    /// use std::io::Write;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// write!(event, "{} items", 3)?;
    /// event.end()?;
    /// assert_eq!(out, b"data: 3 items\n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn begin<W: Write>(&mut self, out: W) -> Result<EventSink<'_, W>, Unfinished> {
        if self.is_unfinished() { Err(Unfinished) } else { Ok(EventSink { writer: self, out }) }
    }
}

impl<W: Write> EventSink<'_, W> {
    /// Writes the event type, as [`EventWriter::event_type`].
    ///
    /// # Errors
    ///
    /// If it cannot be sent, or the writer fails.
    pub fn event_type(&mut self, event_type: &str) -> io::Result<()> {
        self.writer.event_type(event_type)?.write_to(&mut self.out)
    }

    /// Writes the id, as [`EventWriter::id`].
    ///
    /// # Errors
    ///
    /// If it cannot be sent, or the writer fails.
    pub fn id(&mut self, id: &str) -> io::Result<()> {
        self.writer.id(id)?.write_to(&mut self.out)
    }

    /// Writes the reconnection time, as [`EventWriter::retry`].
    ///
    /// # Errors
    ///
    /// If the writer fails.
    pub fn retry(&mut self, time: Duration) -> io::Result<()> {
        self.writer.retry(time).write_to(&mut self.out)
    }

    /// Writes a piece of the data, as [`EventWriter::data`].
    ///
    /// # Errors
    ///
    /// If the writer fails.
    pub fn data(&mut self, piece: impl AsRef<[u8]>) -> io::Result<()> {
        self.writer.data(piece.as_ref()).write_to(&mut self.out)
    }

    /// Writes a comment, as [`EventWriter::comment`].
    ///
    /// # Errors
    ///
    /// In the middle of a data line, and if the writer fails.
    pub fn comment(&mut self, text: &str) -> io::Result<()> {
        self.writer.comment(text)?.write_to(&mut self.out)
    }

    /// Ends the event, as [`EventWriter::end`]: its reader dispatches it.
    ///
    /// # Errors
    ///
    /// If the writer fails. The event then stays unfinished.
    pub fn end(mut self) -> io::Result<()> {
        let before = self.writer.clone();
        self.writer.end().write_to(&mut self.out).inspect_err(|_| *self.writer = before)
    }
}

impl<W: Write> Write for EventSink<'_, W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.data(piece)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl From<InvalidField> for io::Error {
    fn from(error: InvalidField) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

impl From<NotBetweenLines> for io::Error {
    fn from(error: NotBetweenLines) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}
