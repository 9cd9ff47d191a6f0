//! The parser and the encoder on what people already hold: a `BufRead`, a stream of `Bytes`, a `Framed` socket.
//!
//! | adapter | feature | reads from | writes to |
//! |---|---|---|---|
//! | `EventReader` | `std` | `std::io::BufRead` | |
//! | `EventStream` | `stream` | `futures_core::Stream` of `Result<impl Into<Bytes>, _>` | |
//! | `EventCodec` | `codec` | `tokio_util::codec::FramedRead` | `FramedWrite` |
//!
//! Each gives [`EventBuf`]s; `items()` makes it give [`ItemBuf`]s, comments included. `new` reads by a parser of its own,
//! `with_parser` by one of yours: with another limit than 16 MiB, or with the last event ID of the connection before.
//!
//! Each is a loop over [`Parser::next`], or [`Parser::next_item`], and adds nothing of the format. All of them go on after an event
//! that was [too large](crate::TooLarge). [`OnTruncated`] says what happens to an event that the end of the stream cuts off. At the
//! end, and before the next connection, they call [`Parser::finish`] themselves.
//!
//! An owned event costs one allocation and one copy. If that is too much, use the parser: its events borrow from your chunk.

#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "stream")]
mod stream;

#[cfg(feature = "codec")]
pub use codec::EventCodec;
#[cfg(feature = "std")]
pub use reader::{EventReader, ReadError};
#[cfg(feature = "stream")]
pub use stream::{EventStream, StreamError};

use crate::{Event, EventBuf, ItemBuf, Parser, TooLarge, Truncated, decode::Found, owned::Inherited};

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
    /// Report it, as [`Truncated`](crate::Truncated), and end.
    Error,
    /// Give it out, if it has data, as [`Parser::flush`](crate::Parser::flush) does: for servers that leave out the last blank
    /// line. It may end in the middle of a line, so take it only if its data tells that it is whole, as JSON and `[DONE]` do. Its id
    /// is not committed: the one to reconnect with is the parser's.
    Deliver,
}

/// What an adapter gives: [`EventBuf`], or [`ItemBuf`] for everything in the stream.
pub trait Owned: sealed::Owned {}

impl Owned for EventBuf {}

impl Owned for ItemBuf {}

mod sealed {
    use super::{EventBuf, ItemBuf};

    pub trait Owned: From<EventBuf> {
        /// Whether it is made of items that are no events, too.
        const ITEMS: bool;

        fn from_item(item: ItemBuf) -> Option<Self>;
    }

    impl Owned for EventBuf {
        const ITEMS: bool = false;

        fn from_item(item: ItemBuf) -> Option<Self> {
            item.into_event()
        }
    }

    impl Owned for ItemBuf {
        const ITEMS: bool = true;

        fn from_item(item: ItemBuf) -> Option<Self> {
            Some(item)
        }
    }
}

/// From how many bytes on an owned event takes the parser's data, with its memory, instead of copying it. The parser must then
/// allocate anew, which costs more than the copy of less.
const TAKEN: usize = 64 * 1024;

/// What the adapters share: the parser, what happens at the end, and the last event ID that events inherit.
#[derive(Clone, Debug)]
struct Session {
    parser: Parser,
    on_truncated: OnTruncated,
    inherited: Option<Inherited>,
}

impl Session {
    const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard, inherited: None }
    }

    /// [`Parser::next`] or [`Parser::next_item`], owned.
    #[inline(always)]
    fn next<T: Owned>(&mut self, input: &mut &[u8]) -> Result<Option<T>, TooLarge> {
        let found = if T::ITEMS { self.parser.advance::<true>(input)? } else { self.parser.advance::<false>(input)? };
        Ok(match found {
            Some(Found::Event(texts)) => Some(own(&self.parser.event(&texts), &mut self.inherited).into()),
            Some(Found::Stored) => Some(self.own_stored().into()),
            Some(other) => T::from_item(self.parser.item(&other).into()),
            None => None,
        })
    }

    #[inline(never)]
    fn own_stored(&mut self) -> EventBuf {
        let event = self.parser.stored_event();
        if event.data.len() < TAKEN {
            return own(&event, &mut self.inherited);
        }
        let rest = own(&event.with_data(""), &mut self.inherited);
        rest.with_long_data(self.parser.take_data())
    }

    /// The stream has ended: what there still is of it. The parser is ready for the next one.
    fn end<T: Owned>(&mut self) -> Option<Result<T, Truncated>> {
        let last = match self.on_truncated {
            OnTruncated::Discard => None,
            OnTruncated::Error => self.parser.truncated().map(Err),
            OnTruncated::Deliver => self.parser.flush().map(|event| Ok(EventBuf::from(event).into())),
        };
        let _ = self.parser.finish();
        last
    }

    /// The parser, ready for the next stream.
    fn into_parser(mut self) -> Parser {
        let _ = self.parser.finish();
        self.parser
    }
}

/// The event, owned. If it inherits its last event ID, it shares a copy of it with the events before.
#[inline(always)]
fn own(event: &Event<'_>, inherited: &mut Option<Inherited>) -> EventBuf {
    if event.has_id || event.last_event_id.is_empty() {
        return EventBuf::from(*event);
    }
    if inherited.as_ref().map(Inherited::as_str) != Some(event.last_event_id) {
        *inherited = Some(Inherited::new(event.last_event_id));
    }
    EventBuf::assemble(event, inherited.clone())
}
