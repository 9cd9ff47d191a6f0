//! The parser and the encoder on what people already hold: a `BufRead`, a stream of `Bytes`, a `Framed` socket.
//!
//! | adapter | feature | reads from | writes to | everything, comments included |
//! |---|---|---|---|---|
//! | `EventReader` | `std` | `std::io::BufRead` | | `next_item` |
//! | `EventStream` | `stream` | `futures_core::Stream` of `Result<impl Into<Bytes>, _>` | | `items()` |
//! | `EventCodec` | `codec` | `tokio_util::codec::FramedRead` | `FramedWrite` | `items()` |
//!
//! `new` reads by a parser of its own, `with_parser` by one of yours: with another limit than 16 MiB, or with the last event ID
//! of the connection before.
//!
//! Each holds a [`Parser`](crate::Parser) and adds nothing of the format. All of them give events, or items on request; go on
//! after an event that was [too large](crate::TooLarge); and leave it to the caller what happens to an event that the end of the
//! stream cuts off: [`OnTruncated`]. At the end they call [`Parser::finish`](crate::Parser::finish) themselves, so that what was cut
//! off is told by [`OnTruncated::Error`], or not at all.

#[cfg(any(feature = "stream", feature = "codec"))]
mod chunks;
#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "stream")]
mod stream;

#[cfg(any(feature = "stream", feature = "codec"))]
pub use chunks::Owned;
#[cfg(feature = "codec")]
pub use codec::EventCodec;
#[cfg(feature = "std")]
pub use reader::{EventReader, Events, ReadError};
#[cfg(feature = "stream")]
pub use stream::{EventStream, StreamError};

/// What an adapter does with an event that the end of the stream cuts off: one without its last blank line.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use ssewire::{EventReader, OnTruncated};
///
/// let reader = || EventReader::new(&b"data: [DONE]\n"[..]);
/// assert!(reader().next().unwrap().is_none());
/// assert!(reader().on_truncated(OnTruncated::Error).next().is_err());
/// assert_eq!(reader().on_truncated(OnTruncated::Deliver).next().unwrap().unwrap().data(), "[DONE]");
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnTruncated {
    /// Discard it, as the standard says and browsers do.
    #[default]
    Discard,
    /// Report it, as [`Truncated`](crate::Truncated), and end.
    Error,
    /// Give it out, if it has data, as [`Parser::flush`](crate::Parser::flush) does: for servers that leave out the last blank
    /// line. It may end in the middle of a line, so take it only if its data tells that it is whole, as JSON and `[DONE]` do. Its id
    /// is not committed: the one to reconnect with is the parser's.
    Deliver,
}
