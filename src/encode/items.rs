//! A sequence of items on the wire.

use super::{Encoded, wire::Wire};
use crate::{Item, event::millis};

/// Encodes a sequence of items so that a reader gets the same sequence: what a proxy does that reads a stream by
/// [`Parser::next_item`](crate::Parser::next_item) and writes it anew.
///
/// A parser gives a `retry` twice, as an item at its line and in the event of its block. Here it goes onto the wire once, at
/// once, and the event follows it in the same block, or in another one if it was not its own.
///
/// An event that is not to go on may not simply be left out if it has an id: send
/// [`Item::LastEventId`] in its place, or who reads will come back from too far behind. What has no meaning does not come through
/// (unknown fields, the order of fields, which line ends), and a comment in the middle of an event goes before it.
/// [`Blocks`](crate::blocks::Blocks) passes on what is not changed byte for byte.
///
/// ```
/// use ssewire::{Parser, encode::ItemEncoder};
///
/// let (mut parser, mut encoder, mut out) = (Parser::new(), ItemEncoder::new(), Vec::new());
/// let mut input = &b"data:a\rretry:05\r: c\r\rretry:7\r\rdata:b\r\r"[..];
/// while let Ok(Some(item)) = parser.next_item(&mut input) {
///     encoder.encode(item).append_to(&mut out);
/// }
/// assert_eq!(out, b"retry: 5\n: c\ndata: a\n\nretry: 7\n\ndata: b\n\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ItemEncoder {
    /// The retry that the block on the wire has, in milliseconds, if it was begun with one.
    retry: Option<u64>,
}

impl ItemEncoder {
    /// An encoder at the start of a stream.
    ///
    /// ```
    /// use ssewire::{Event, Item, encode::ItemEncoder};
    ///
    /// let mut encoder = ItemEncoder::new();
    /// assert_eq!(encoder.encode(Item::Comment("alive")).to_vec(), b": alive\n");
    /// assert_eq!(encoder.encode(Event::new("x")).to_vec(), b"data: x\n\n");
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { retry: None }
    }

    /// The item on the wire, behind those that were encoded before it: an [`Item`], an [`Event`](crate::Event), or an owned one by reference.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Event, Item, encode::ItemEncoder};
    ///
    /// let (mut encoder, time) = (ItemEncoder::new(), Duration::from_secs(1));
    /// assert_eq!(encoder.encode(Item::Retry(time)).to_vec(), b"retry: 1000\n");
    /// // The event is the one whose block said so: it is not said again.
    /// assert_eq!(encoder.encode(Event::new("x").with_retry(time)).to_vec(), b"data: x\n\n");
    /// ```
    #[inline]
    pub fn encode<'a>(&mut self, item: impl Into<Item<'a>>) -> Encoded<'a> {
        let item = item.into();
        let mut wire = Wire::item(&item);
        match item {
            Item::Comment(_) | Item::Unknown(_) => {}
            Item::Retry(time) => {
                // Its block may go on.
                wire.tail = "";
                self.retry = Some(millis(time));
            }
            Item::Event(_) | Item::NoData(_) | Item::LastEventId(_) => {
                let begun = self.retry.take();
                let own = if let Item::Event(event) | Item::NoData(event) = item { event.retry } else { None };
                if own == begun {
                    wire.retry = None;
                } else {
                    // What was said before is not this block's own, unless the block says another one itself.
                    wire.lead = begun.is_some() && own.is_none() && !matches!(item, Item::LastEventId(_));
                }
            }
        }
        Encoded(wire)
    }
}
