//! An event that goes into an output as it is written.

use core::{fmt, time::Duration};

use super::{EventWriter, NotBetweenLines, Output};
use crate::InvalidField;

/// Why a field or a comment of an [`EventSink`] was not written. (An `Error` if what the output fails by is one.)
///
/// ```
/// use ssewire::{EventWriter, FieldError};
///
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// let refused = writer.begin(&mut out)?.id("7\ndata: injected");
/// assert!(matches!(refused, Err(FieldError::Invalid(error)) if error.offset() == 1));
/// assert!(out.is_empty());
/// # Ok::<_, ssewire::Unfinished>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError<E> {
    /// The value cannot be sent. Nothing was written.
    #[error(transparent)]
    Invalid(InvalidField),
    /// A comment cannot be sent here. Nothing was written.
    #[error(transparent)]
    NotBetweenLines(NotBetweenLines),
    /// The output failed.
    #[error("the event could not be written")]
    Output(#[source] E),
}

/// An event that is being written into an output: see [`EventWriter::begin`]. What is written to it, by `write!`, as
/// `io::Write` or by [`data`](Self::data), is the event's data.
///
/// ```
/// use ssewire::EventWriter;
///
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// let mut event = writer.begin(&mut out)?;
/// event.id("7")?;
/// serde_json::to_writer(&mut event, &["no", "string", "between"])?;
/// event.end()?;
/// assert_eq!(out, b"id: 7\ndata: [\"no\",\"string\",\"between\"]\n\n");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// Dropping it writes nothing. The event is then unfinished, and [`EventWriter::begin`] refuses another.
#[derive(Debug)]
#[must_use = "the event is not dispatched before `end`"]
pub struct EventSink<'w, O> {
    writer: &'w mut EventWriter,
    out: O,
}

impl<'w, O: Output> EventSink<'w, O> {
    pub(super) const fn new(writer: &'w mut EventWriter, out: O) -> Self {
        Self { writer, out }
    }

    /// Writes the event type, as [`EventWriter::event_type`].
    ///
    /// # Errors
    ///
    /// If it cannot be sent, or the output fails.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// event.event_type("answer")?;
    /// event.end()?;
    /// assert_eq!(out, b"event: answer\ndata: \n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn event_type(&mut self, event_type: &str) -> Result<(), FieldError<O::Error>> {
        let line = self.writer.event_type(event_type).map_err(FieldError::Invalid)?;
        self.out.put(line).map_err(FieldError::Output)
    }

    /// Writes the id, as [`EventWriter::id`].
    ///
    /// # Errors
    ///
    /// If it cannot be sent, or the output fails.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// event.id("7")?;
    /// event.end()?;
    /// assert_eq!(out, b"id: 7\ndata: \n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&mut self, id: &str) -> Result<(), FieldError<O::Error>> {
        let line = self.writer.id(id).map_err(FieldError::Invalid)?;
        self.out.put(line).map_err(FieldError::Output)
    }

    /// Writes the reconnection time, as [`EventWriter::retry`].
    ///
    /// # Errors
    ///
    /// If the output fails.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// event.retry(core::time::Duration::from_secs(3))?;
    /// event.end()?;
    /// assert_eq!(out, b"retry: 3000\ndata: \n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn retry(&mut self, time: Duration) -> Result<(), O::Error> {
        self.out.put(self.writer.retry(time))
    }

    /// Writes a piece of the data, as [`EventWriter::data`].
    ///
    /// # Errors
    ///
    /// If the output fails.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// for piece in ["one li", "ne\nand another"] {
    ///     event.data(piece)?;
    /// }
    /// event.end()?;
    /// assert_eq!(out, b"data: one line\ndata: and another\n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn data(&mut self, piece: impl AsRef<[u8]>) -> Result<(), O::Error> {
        self.out.put(self.writer.data(piece.as_ref()))
    }

    /// Writes a comment, as [`EventWriter::comment`].
    ///
    /// # Errors
    ///
    /// [`FieldError::NotBetweenLines`] in the middle of a data line, and if the output fails.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// event.comment("working")?;
    /// event.data("x")?;
    /// assert!(event.comment("still working").is_err());
    /// event.end()?;
    /// assert_eq!(out, b": working\ndata: x\n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn comment(&mut self, text: &str) -> Result<(), FieldError<O::Error>> {
        let comment = self.writer.comment(text).map_err(FieldError::NotBetweenLines)?;
        self.out.put(comment).map_err(FieldError::Output)
    }

    /// Writes a piece of the data: what `write!` calls, whichever of the traits `Write` is in scope, or none.
    ///
    /// # Errors
    ///
    /// If the output fails. (What is formatted must not: if it does, the data ends where it did.)
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// let mut event = writer.begin(&mut out)?;
    /// write!(event, "{} items", 3)?;
    /// event.end()?;
    /// assert_eq!(out, b"data: 3 items\n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> Result<(), O::Error> {
        // A `fmt::Error` says nothing of why.
        struct Pieces<'s, 'w, O: Output>(&'s mut EventSink<'w, O>, Result<(), O::Error>);

        impl<O: Output> fmt::Write for Pieces<'_, '_, O> {
            fn write_str(&mut self, piece: &str) -> fmt::Result {
                self.1 = self.0.data(piece);
                if self.1.is_ok() { Ok(()) } else { Err(fmt::Error) }
            }
        }

        let mut pieces = Pieces(self, Ok(()));
        let _ = fmt::write(&mut pieces, arguments);
        pieces.1
    }

    /// Ends the event, as [`EventWriter::end`]. The output is not flushed: a `BufWriter` has to be, after each event.
    ///
    /// # Errors
    ///
    /// If the output fails. The event is then still unfinished.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// for piece in ["a", "b"] {
    ///     let mut event = writer.begin(&mut out)?;
    ///     event.data(piece)?;
    ///     event.end()?;
    /// }
    /// assert_eq!(out, b"data: a\n\ndata: b\n\n");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn end(mut self) -> Result<(), O::Error> {
        let before = self.writer.clone();
        let end = self.writer.end();
        let put = self.out.put(end);
        if put.is_err() {
            *self.writer = before;
        }
        put
    }
}

impl<O: Output> fmt::Write for EventSink<'_, O> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.data(piece).map_err(|_| fmt::Error)
    }
}

#[cfg(feature = "std")]
impl<O: Output> std::io::Write for EventSink<'_, O> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.data(piece).map_err(O::io_error)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
