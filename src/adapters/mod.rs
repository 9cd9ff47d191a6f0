//! The parser and the encoder on what people already hold: a `BufRead`, a stream of `Bytes`, a `Framed` socket.
//!
//! | adapter | feature | reads from | writes to |
//! |---|---|---|---|
//! | `EventReader` | `std` | `std::io::BufRead` (of a `Read`: `BufReader::new(read)`) | |
//! | `EventStream` | `stream` | `futures_core::Stream` of `Result<impl Into<Bytes>, _>` | |
//! | `EventCodec` | `codec` | `tokio_util::codec::FramedRead` | `FramedWrite` |
//!
//! Each gives [`EventBuf`](crate::EventBuf)s; `items()` makes it give [`ItemBuf`](crate::ItemBuf)s, comments included. `new` reads by a parser of its own,
//! `with_parser` by one of yours: with another limit than 16 MiB, or with the last event ID of the connection before.
//!
//! Each is a loop over [`Parser::next`](crate::Parser::next), or [`Parser::next_item`](crate::Parser::next_item), and adds nothing of the format. All of them go on after an event
//! that was [too large](crate::TooLarge). [`OnTruncated`] says what happens to an event that the end of the stream cuts off;
//! `truncated()` says afterwards what was discarded. At the end, and before the next connection, they call [`Parser::finish`](crate::Parser::finish) themselves.
//!
//! An owned event costs one allocation and one copy. If that is too much, use the parser: its events borrow from your chunk.

#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "std")]
mod reader;
#[cfg(any(feature = "std", feature = "stream"))]
mod session;
#[cfg(feature = "stream")]
mod stream;

#[cfg(feature = "codec")]
pub use codec::EventCodec;
#[cfg(feature = "std")]
pub use reader::{EventReader, ReadError};
#[cfg(any(feature = "std", feature = "stream"))]
pub use session::Owned;
#[cfg(feature = "client")]
pub(crate) use session::Session;
#[cfg(feature = "stream")]
pub use stream::{EventStream, StreamError};

/// What an adapter does with an event that the end of the stream cuts off: one without its last blank line.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use ssewire::{EventReader, OnTruncated};
///
/// let reader = || EventReader::new(&b"data: [DONE]\n"[..]);
/// assert!(reader().next().is_none());
/// assert!(reader().on_truncated(OnTruncated::Error).next().unwrap().is_err());
/// assert_eq!(reader().on_truncated(OnTruncated::Deliver).next().unwrap().unwrap().data(), "[DONE]");
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnTruncated {
    /// Discard it, as the standard says and browsers do.
    #[default]
    Discard,
    /// Report it, as [`Truncated`](crate::Truncated), and end. (For an `EventSource` it is the same as `Discard`: there, each end is
    /// an error, and says what was cut off.)
    Error,
    /// Give it out, if it has data, as [`Parser::flush`](crate::Parser::flush) does: for servers that leave out the last blank
    /// line. It may end in the middle of a line: choose this only if the data itself shows that it is whole, as JSON and `[DONE]` do. Its id
    /// is not committed, so after a reconnection the server may send it again.
    ///
    /// After a transfer that failed, it is discarded: an event is given out only at a clean end.
    Deliver,
    /// The same, if its last line is whole, and only the blank line is missing. Otherwise it is discarded.
    DeliverWholeLines,
}
