//! What can go wrong. Every sequence of bytes is a valid stream, so the list is short: an event that passes the limit, a
//! stream that ends in the middle of one, and a value that the wire cannot carry.

use core::fmt;

use crate::field::Field;

/// What a [`TooLarge`] is about.
///
/// ```
/// use ssewire::{Fixed, Parser, Part};
///
/// let mut parser = Parser::with_storage(Fixed::new([0; 32]));
/// let mut input = &b"id: much too long\n"[..];
/// assert_eq!(parser.next(&mut input).unwrap_err().part, Part::LastEventId);
/// assert_eq!(Part::LastEventId.to_string(), "last event ID");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The event: the `data`, `event` and `id` lines of one block, taken together.
    Event,
    /// The last event ID, which has a limit of its own in [`Fixed`](crate::Fixed) storage.
    LastEventId,
    /// A line without meaning. Only [`Parser::with_all_items`](crate::Parser::with_all_items) keeps them.
    UnknownLine,
    /// A comment. Only [`Parser::next_item`](crate::Parser::next_item) keeps comments, so only it reports this.
    Comment,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().0)
    }
}

impl Part {
    /// Its name, and what became of it.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Event => (
                "event",
                "the event was skipped; raise the parser's limit, or give it more storage, if such streams are to be read",
            ),
            Self::LastEventId => (
                "last event ID",
                "its event was skipped; give the parser more storage, a quarter of which is for ids, if such streams are to be read",
            ),
            Self::UnknownLine => ("unknown line", "the line was skipped; the event around it is not affected"),
            Self::Comment => ("comment", "the comment was skipped; the event around it is not affected"),
        }
    }
}

/// Something in the stream passed the parser's limit.
///
/// It is reported once, when the byte that passes the limit is read. What it is about is dropped (for [`Part::Event`] and
/// [`Part::LastEventId`] that is the whole event), the stream goes on with the next call.
///
/// The id of an event that was skipped is not committed. So a client that reconnects before a later id has come is sent that event
/// again, unless its limit is raised or its parser is made [`with_skipped_ids`](crate::Parser::with_skipped_ids).
///
/// ```
/// use ssewire::{Parser, Part};
///
/// let mut parser = Parser::with_limit(8);
/// let mut input = &b"data: short\n\ndata: much too long\n\ndata: ok\n\n"[..];
/// assert_eq!(parser.next(&mut input).unwrap().unwrap().data(), "short");
///
/// let error = parser.next(&mut input).unwrap_err();
/// assert_eq!((error.part, error.limit, error.offset), (Part::Event, 8, 13));
/// assert_eq!(parser.next(&mut input).unwrap().unwrap().data(), "ok");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the {part} in the block at byte {offset} of the stream is larger than the limit of {limit} bytes: {}", .part.texts().1)]
#[non_exhaustive]
pub struct TooLarge {
    /// What was too large.
    pub part: Part,
    /// The limit that was passed, in bytes: the parser's, or what there was room for of an id or a comment.
    pub limit: usize,
    /// Where its block begins: the number of bytes from the start of the stream to the first byte after the blank line before it. The
    /// stream starts anew with [`Parser::finish`](crate::Parser::finish).
    pub offset: u64,
}

/// The stream ended in the middle of a block, and what had been read of it is discarded.
///
/// Browsers say nothing of it, as the standard wants. A client that knows its server to leave out the last blank line
/// calls [`Parser::flush`](crate::Parser::flush) before [`Parser::finish`](crate::Parser::finish): what that gives out is not
/// discarded, and is no error.
///
/// ```
/// use ssewire::Parser;
///
/// let mut parser = Parser::new();
/// let mut input = &b"data: one\ndata: tw"[..];
/// assert!(parser.next(&mut input).unwrap().is_none());
/// let cut = parser.finish().unwrap_err();
/// assert!(cut.had_data && cut.in_line);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "the stream ended {} of a block {} data, and what was read of it is discarded",
    if *.in_line { "inside a line" } else { "before the blank line" },
    if *.had_data { "with" } else { "without" }
)]
#[non_exhaustive]
pub struct Truncated {
    /// Whether the block held data, in finished lines or not. If so, [`Parser::flush`](crate::Parser::flush) gives it out, unless it
    /// passes the limit.
    pub had_data: bool,
    /// Whether the cut fell inside a line. If not, only the blank line was missing.
    pub in_line: bool,
}

/// A value that the wire cannot carry in that field: CR or LF in an event type or an id, or NUL in an id.
///
/// Such a byte would end the line, and what follows it would be read as fields: the injection that
/// [section 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) leaves to
/// encoders to prevent. An id with a NUL would be ignored by every reader.
///
/// ```
/// use ssewire::{Event, decode::Field};
///
/// let error = Event::new("x").with_id("7\0").unwrap_err();
/// assert_eq!((error.field, error.byte, error.offset), (Field::Id, 0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "an event stream cannot carry the byte {byte:#04x} that is at offset {offset} of the `{field}` value; remove it or \
     encode it before the value is set"
)]
#[non_exhaustive]
pub struct InvalidField {
    /// The field that the value was meant for.
    pub field: Field,
    /// The byte: `\r`, `\n` or NUL.
    pub byte: u8,
    /// Where it is in the value, in bytes: what stands before can be sent.
    pub offset: usize,
}

impl InvalidField {
    /// Whether `field` can carry `value`. (A plain loop, since constants are made with it; such values are short.)
    pub(crate) const fn check(field: Field, value: &str) -> Result<(), Self> {
        let mut rest = value.as_bytes();
        while let [byte, after @ ..] = rest {
            if matches!(byte, b'\r' | b'\n') || (*byte == 0 && matches!(field, Field::Id)) {
                let offset = value.len().saturating_sub(rest.len());
                return Err(Self { field, byte: *byte, offset });
            }
            rest = after;
        }
        Ok(())
    }
}

/// Why [`Parser::set_last_event_id`](crate::Parser::set_last_event_id) refused an id.
///
/// ```
/// use ssewire::{Fixed, Parser, SetLastEventIdError};
///
/// let mut parser = Parser::with_storage(Fixed::new([0; 16]));
/// assert!(matches!(parser.set_last_event_id("7\n"), Err(SetLastEventIdError::Invalid(_))));
/// assert_eq!(parser.set_last_event_id("12345"), Err(SetLastEventIdError::TooLong { len: 5, limit: 4 }));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SetLastEventIdError {
    /// It holds CR, LF or NUL, so no stream can have sent it.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// It is longer than the storage keeps.
    #[error("the last event ID has {len} bytes and the parser keeps at most {limit}; give the parser more storage")]
    TooLong {
        /// The length of the id in bytes.
        len: usize,
        /// The most that the storage keeps, in bytes.
        limit: usize,
    },
}
