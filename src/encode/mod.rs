//! From events to bytes: the wire form, without copies, without panics, without injection.
//!
//! ```text
//! event: priceUpdate␊          the type, if it is not empty
//! id: 7␊                       the id, if the event has one of its own: also an empty one, which clears
//! retry: 3000␊                 the reconnection time, in milliseconds, if the event has one
//! data: first line␊            the data, one line for each of its lines
//! data: second line␊           (CR, LF and CRLF in it each end one)
//! ␊                            dispatch
//! ```
//!
//! Fields come in this order, with one space after the colon, and lines end with LF: that much is fixed. A comment is
//! `: text␊`, one line for each of its lines; `retry` and an id on their own are a line and a blank line.
//!
//! # What is preserved
//!
//! What [`Parser`](crate::Parser) reads from it is the event that was encoded: the type, the data, the id and the retry, with
//! leading spaces, trailing newlines, empty lines, empty data, NUL in data, U+2028 and a BOM at the start of a value all in
//! their places; an empty id stays apart from none. What changes:
//!
//! - a CR or CRLF in data or in a comment comes back as LF, since a line end is all that the format can say. Whoever needs
//!   the CR encodes the data, as JSON does;
//! - a comment of several lines comes back as several comments;
//! - a retry is in whole milliseconds: an [`Item::Retry`] is rounded down, as [`Event::with_retry`] does at once;
//! - the inherited [last event ID](crate::Event::last_event_id) is not sent: it is what the reader remembers.
//!
//! # No injection
//!
//! A CR or LF in an event type or an id would start a line of the attacker's, and a NUL would make readers ignore the id:
//! these are refused when the value is set, with an [`InvalidField`](crate::InvalidField). In data and comments every line end
//! is framed anew, CR included. So nothing that can be built here can say anything but what it was built from.
//!
//! # Which form
//!
//! - [`Event::encode`] and [`Item::encode`] give an [`Encoded`]: the wire form as a value, which borrows from the item. Its
//!   [`reader`](Encoded::reader) gives it out bit by bit.
//! - [`ItemEncoder`] is for a sequence of items that a parser read: it says each `retry` once.
//! - [`EventWriter`] is for a payload that is not whole yet: fields and data go onto the wire as they come.

mod encoded;
mod items;
mod reader;
#[cfg(feature = "std")]
mod sink;
mod wire;
mod writer;

pub use encoded::Encoded;
pub use items::ItemEncoder;
pub use reader::EncodedReader;
#[cfg(feature = "std")]
pub use sink::EventSink;
pub use writer::{EventWriter, NotBetweenLines, Unfinished};

use crate::{Event, Item};

/// A comment without text, as a line of its own: what a server sends every few seconds so that neither the reader nor a proxy
/// takes the connection for dead. It is harmless between any two lines, also those of one event. But in a data line that an
/// [`EventWriter`] has begun it would become a part of the data: there, [`EventWriter::comment`] refuses comments. A server whose payload
/// comes with long pauses sends it in several events.
///
/// ```
/// use ssewire::{Item, KEEP_ALIVE, Parser};
///
/// assert_eq!(Parser::new().next_item(&mut KEEP_ALIVE.as_bytes())?, Some(Item::Comment("")));
/// # Ok::<_, ssewire::TooLarge>(())
/// ```
pub const KEEP_ALIVE: &str = ":\n";

impl<'a> Event<'a> {
    /// The event on the wire. This does nothing in proportion to the payload yet.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let event = Event::new("first\nsecond").with_type("news")?;
    /// assert_eq!(event.encode().to_vec(), b"event: news\ndata: first\ndata: second\n\n");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[inline]
    pub fn encode(&self) -> Encoded<'a> {
        Encoded(wire::Wire::event(self))
    }
}

impl<'a> Item<'a> {
    /// The item on the wire, between two blocks, where it also leaves off. A retry that a parser gave as an item and again with
    /// its event is said twice this way: [`ItemEncoder`] says it once.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Id, Item};
    ///
    /// assert_eq!(Item::Comment("still\nhere").encode().to_vec(), b": still\n: here\n");
    /// assert_eq!(Item::Retry(Duration::from_secs(3)).encode().to_vec(), b"retry: 3000\n\n");
    /// assert_eq!(Item::LastEventId(Id::new("7")?).encode().to_vec(), b"id: 7\n\n");
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[inline]
    pub fn encode(&self) -> Encoded<'a> {
        Encoded(wire::Wire::item(self))
    }
}
