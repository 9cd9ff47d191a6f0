//! Everything that a stream can say, in its order.

use core::time::Duration;

use crate::Event;

/// What [`Parser::next_item`](crate::Parser::next_item) gives: everything in the stream that has a meaning, in stream order.
///
/// ```
/// use core::time::Duration;
/// use ssewire::{Item, Parser};
///
/// let mut input = &b": hello\nretry: 3000\n\nid: 7\n\ndata: x\n\n"[..];
/// let mut parser = Parser::new();
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Comment("hello"))));
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Retry(Duration::from_secs(3)))));
/// assert_eq!(parser.next_item(&mut input), Ok(Some(Item::LastEventId("7"))));
/// let Ok(Some(Item::Event(event))) = parser.next_item(&mut input) else { panic!() };
/// assert_eq!((event.data(), event.last_event_id()), ("x", "7"));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An event, at its blank line.
    Event(Event<'a>),
    /// A comment, at the end of its line: what stands after the colon, less one leading space. Servers send comments as
    /// heartbeats; readers give them no meaning.
    Comment(&'a str),
    /// The reconnection time was set, at the end of its line. An event of the same block repeats it as
    /// [`Event::retry`].
    Retry(Duration),
    /// A block without data set the last event ID, at its blank line. Nothing is dispatched for it.
    LastEventId(&'a str),
}
