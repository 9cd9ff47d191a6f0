//! Sharing the memory of a chunk.

use core::ops::Range;

use bytes::{Buf, Bytes};

use super::{EventBuf, ItemBuf, Text, item::Kind};
use crate::{
    Event, Item,
    decode::{found::Texts, place::place_in},
};

impl EventBuf {
    /// The event that was parsed from this chunk, sharing its memory if it lies in it whole (one line of data, and the type
    /// and the id in it, too), as a copy otherwise. An inherited last event ID is copied.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ssewire::{EventBuf, Parser};
    ///
    /// let chunk = Bytes::from_static(b"data: shared\n\n");
    /// let (mut parser, mut input) = (Parser::new(), &chunk[..]);
    /// let event = EventBuf::from_chunk(parser.next(&mut input)?.unwrap(), &chunk);
    /// assert_eq!(event.data().as_ptr(), chunk[6..].as_ptr());
    /// assert_ne!(event.detach().data().as_ptr(), chunk[6..].as_ptr());
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub fn from_chunk(event: Event<'_>, chunk: &Bytes) -> Self {
        let shared = || {
            let texts = places(&event, chunk)?;
            let (text, start) = slice(chunk.clone(), &texts)?;
            let inherits = !event.has_id && !event.last_event_id.is_empty();
            Some(Self::in_text(text, start, texts, inherits.then(|| event.last_event_id.into())))
        };
        shared().unwrap_or_else(|| event.into())
    }
}

impl ItemBuf {
    /// The item that was parsed from this chunk, sharing its memory as [`EventBuf::from_chunk`] does.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ssewire::{Item, ItemBuf, Parser};
    ///
    /// let chunk = Bytes::from_static(b": shared\n");
    /// let item = ItemBuf::from_chunk(Parser::new().next_item(&mut &chunk[..])?.unwrap(), &chunk);
    /// assert_eq!(item, Item::Comment("shared"));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub fn from_chunk(item: Item<'_>, chunk: &Bytes) -> Self {
        match item {
            Item::Event(event) => EventBuf::from_chunk(event, chunk).into(),
            Item::Comment(comment) => {
                let shared = place(comment, chunk).and_then(|place| Text::try_from(chunk.slice(place)).ok());
                Self(Kind::Comment(shared.unwrap_or_else(|| comment.into())))
            }
            Item::Retry(_) | Item::LastEventId(_) => item.into(),
        }
    }
}

/// Where the texts of an event lie in a chunk, if all of its block lies in it.
fn places(event: &Event<'_>, chunk: &[u8]) -> Option<Texts<Range<usize>>> {
    let id = if event.has_id { event.last_event_id } else { "" };
    Some(Texts {
        data: Some(place(event.data, chunk)?),
        event_type: Some(place(event.event_type, chunk)?),
        id: Some(place(id, chunk)?),
        has_id: event.has_id,
        lossy: event.lossy,
        retry: event.retry,
    })
}

/// Where a text lies in a chunk, if it lies in it whole. (The place of an empty text means nothing.)
fn place(text: &str, chunk: &[u8]) -> Option<Range<usize>> {
    if text.is_empty() {
        return Some(0..0);
    }
    let place = place_in(chunk, text.as_bytes());
    chunk.get(place.clone()).map(|_| place)
}

/// The part of a chunk from the first of these texts to the last, if that is text (between them may lie other lines, which need
/// not be), and where it starts.
pub(crate) fn slice(mut chunk: Bytes, texts: &Texts<Range<usize>>) -> Option<(Text, usize)> {
    let texts = [&texts.data, &texts.event_type, &texts.id].into_iter().flatten().filter(|text| !text.is_empty());
    let Some(span) = texts.cloned().reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)) else {
        // Nothing of it need be kept.
        return Some((Text::new(), 0));
    };
    chunk.truncate(span.end);
    chunk.advance(span.start.min(chunk.len()));
    Some((Text::try_from(chunk).ok()?, span.start))
}
