//! Events whose payload is not whole yet: fields and data go onto the wire as they come.
//!
//! ```text
//!                 a field: its line                 data: "data: " and lines
//!               ┌───────────────────┐              ┌────────────────────────┐
//!               ▼                   │              ▼                        │
//!   Boundary ─► LineStart ──────────┴───────────► Data, DataAfterCr ────────┘
//!    ▲            ▲                                │   │  a field: LF and its line
//!    │            └────────────────────────────────┘   │
//!    └── end: the rest of the line, "data: " if there was no data, and the blank line
//! ```

use core::time::Duration;

use super::{
    Encoded,
    wire::{Digits, Lines, Wire},
};
use crate::{InvalidField, event::millis, field::Field};

/// A comment cannot go into the middle of a data line. Send it before the next event, or after another field.
///
/// ```
/// use ssewire::EventWriter;
///
/// let mut writer = EventWriter::new();
/// let _ = writer.data("half a line");
/// assert!(writer.comment("still here").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a comment cannot be sent in the middle of a data line; end the event first")]
#[non_exhaustive]
pub struct NotBetweenLines;

/// The event before was never ended, so what would be written now would become a part of it. Close the connection: then the peer
/// discards it. Or end it with [`EventWriter::end`], which dispatches what there is of it, its id included; or
/// [take it back](EventWriter#taking-an-event-back).
///
/// ```
/// use ssewire::EventWriter;
///
/// let mut writer = EventWriter::new();
/// let _ = writer.data("half an event");
/// assert!(writer.begin(&mut Vec::new()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "the event before was not ended; end it, which dispatches what there is of it, or close the connection, whose peer then \
     discards it"
)]
#[non_exhaustive]
pub struct Unfinished;

/// Writes events piece by piece, for payloads that are not whole yet: a pure state machine that turns each piece into what
/// goes onto the wire for it, as an [`Encoded`]. One writer is for one connection: it knows what is on the wire.
///
/// Fields and data come in any order and any number. Data comes in pieces cut anywhere: a CRLF cut in two is one line end, a
/// character cut in two is no matter. A field after data closes the data's line; data after it is the next line of the data.
///
/// What is on the wire cannot be taken back. A writer that is dropped in the middle of an event writes nothing: the peer waits,
/// and if the connection is then closed, it discards the event. On a connection that goes on, [`end`](Self::end) dispatches
/// what was written of it; until then no other event can [`begin`](Self::begin).
///
/// # Taking an event back
///
/// What comes from others is best tried before [`begin`](Self::begin): `Event::new("").with_type(t)?.with_id(id)?`. And as long as an
/// event is in a buffer of yours and not on the wire, a copy of the writer and the length of the buffer undo it:
///
/// ```
/// use ssewire::EventWriter;
///
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// let before = (writer.clone(), out.len());
/// writer.data("[\"half of it").append_to(&mut out);
/// // The other half cannot be had.
/// writer = before.0;
/// out.truncate(before.1);
/// writer.data("whole").append_to(&mut out);
/// writer.end().append_to(&mut out);
/// assert_eq!(out, b"data: whole\n\n");
/// ```
///
/// # Piece by piece
///
/// ```
/// use ssewire::EventWriter;
///
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// writer.event_type("answer")?.append_to(&mut out);
/// writer.data("{\"text\":").append_to(&mut out);
/// writer.data("\n\"Hi\"}").append_to(&mut out);
/// writer.end().append_to(&mut out);
/// assert_eq!(out, b"event: answer\ndata: {\"text\":\ndata: \"Hi\"}\n\n");
/// # Ok::<_, ssewire::InvalidField>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventWriter {
    at: At,
    has_data: bool,
}

/// Where on the wire the last piece has left off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Between two events.
    #[default]
    Boundary,
    /// Between two lines of an event.
    LineStart,
    /// In a data line.
    Data,
    /// At the start of a data line that a CR has begun: an LF right after it belongs to the CR.
    DataAfterCr,
}

impl EventWriter {
    /// A writer for a connection on which nothing was written yet.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// assert!(!EventWriter::new().is_unfinished());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { at: At::Boundary, has_data: false }
    }

    /// Sets the event type; the last one counts.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it holds CR or LF. Nothing has to be written then.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let mut writer = EventWriter::new();
    /// assert_eq!(writer.event_type("answer")?.to_vec(), b"event: answer\n");
    /// assert!(writer.event_type("two\nlines").is_err());
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub fn event_type<'v>(&mut self, event_type: &'v str) -> Result<Encoded<'v>, InvalidField> {
        InvalidField::check(Field::Event, event_type)?;
        Ok(self.line(Wire { event_type: Some(event_type), ..Wire::EMPTY }))
    }

    /// Sets the id; the last one counts.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it holds CR, LF or NUL. Nothing has to be written then.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let mut writer = EventWriter::new();
    /// let _ = writer.data("x");
    /// assert_eq!(writer.id("7")?.to_vec(), b"\nid: 7\n");                          // which closes the line of data
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub fn id<'v>(&mut self, id: &'v str) -> Result<Encoded<'v>, InvalidField> {
        InvalidField::check(Field::Id, id)?;
        Ok(self.line(Wire { id: Some(id), ..Wire::EMPTY }))
    }

    /// Sets the reconnection time, in whole milliseconds: it acts at once, dispatched or not. This begins an event; for a time on
    /// its own, encode an [`Item::Retry`](crate::Item::Retry) between two events.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::EventWriter;
    ///
    /// assert_eq!(EventWriter::new().retry(Duration::from_secs(3)).to_vec(), b"retry: 3000\n");
    /// ```
    pub fn retry(&mut self, time: Duration) -> Encoded<'static> {
        self.line(Wire { retry: Some(Digits::new(millis(time))), ..Wire::EMPTY })
    }

    /// Writes a piece of the data: text, or bytes that are UTF-8 when they are put together. An empty piece makes the event
    /// have data, if it has none yet.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// for piece in ["first li", "ne\r", "\nsecond"] {                     // line ends wherever they fall
    ///     writer.data(piece).append_to(&mut out);
    /// }
    /// writer.end().append_to(&mut out);
    /// assert_eq!(out, b"data: first line\ndata: second\n\n");
    /// ```
    pub fn data<'v>(&mut self, piece: &'v (impl AsRef<[u8]> + ?Sized)) -> Encoded<'v> {
        let whole = piece.as_ref();
        let goes_on = self.in_data();
        let piece = match (self.at, whole) {
            (At::DataAfterCr, [b'\n', rest @ ..]) => rest,
            _ => whole,
        };
        self.at = match (self.at, whole) {
            (at, []) if goes_on => at,
            (_, [.., b'\r']) => At::DataAfterCr,
            _ => At::Data,
        };
        self.has_data = true;
        Encoded(Wire { lines: Some(Lines { goes_on, ..Lines::data(piece) }), ..Wire::EMPTY })
    }

    /// Writes a comment, as one line for each of its lines. Readers see it at once.
    ///
    /// # Errors
    ///
    /// [`NotBetweenLines`] in the middle of a data line. Nothing has to be written then.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    /// writer.comment("still\nhere")?.append_to(&mut out);
    /// assert_eq!(out, b": still\n: here\n");
    /// # Ok::<_, ssewire::encode::NotBetweenLines>(())
    /// ```
    pub const fn comment<'v>(&mut self, text: &'v str) -> Result<Encoded<'v>, NotBetweenLines> {
        if self.in_data() {
            return Err(NotBetweenLines);
        }
        Ok(Encoded(Wire { lines: Some(Lines::comment(text)), tail: "\n", ..Wire::EMPTY }))
    }

    /// Ends the event: its reader dispatches it. An event always has data; if none was written, it is empty.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let mut writer = EventWriter::new();
    /// let _ = writer.event_type("ping")?;
    /// assert_eq!(writer.end().to_vec(), b"data: \n\n");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub const fn end(&mut self) -> Encoded<'static> {
        let (lines, tail) = if self.has_data { (None, "\n") } else { (Some(Lines::data(&[])), "\n\n") };
        let wire = Wire { lead: self.in_data(), lines, tail, ..Wire::EMPTY };
        *self = Self::new();
        Encoded(wire)
    }

    /// Whether something of an event is on the wire, and not its end.
    ///
    /// ```
    /// use ssewire::EventWriter;
    ///
    /// let mut writer = EventWriter::new();
    /// let _ = writer.data("half of it");
    /// assert!(writer.is_unfinished());
    /// let _ = writer.end();
    /// assert!(!writer.is_unfinished());
    /// ```
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        !matches!(self.at, At::Boundary)
    }

    const fn in_data(&self) -> bool {
        matches!(self.at, At::Data | At::DataAfterCr)
    }

    /// A line of its own.
    const fn line<'v>(&mut self, wire: Wire<'v>) -> Encoded<'v> {
        let lead = self.in_data();
        self.at = At::LineStart;
        Encoded(Wire { lead, ..wire })
    }
}
