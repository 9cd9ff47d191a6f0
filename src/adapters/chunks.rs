//! What the adapters over `Bytes` share: a parser and the chunk that it is in.

use alloc::sync::Arc;
use core::{fmt, ops::Range};

use bytes::Bytes;
use bytestring::ByteString;

use crate::{
    EventBuf, ItemBuf, OnTruncated, Parser, TooLarge, Truncated,
    decode::{
        found::{Found, Texts},
        place::place_in,
        utf8,
    },
    owned,
};

/// What an adapter gives out: [`EventBuf`], or [`ItemBuf`] for everything. Sealed.
///
/// ```
/// # #[cfg(feature = "stream")] {
/// use futures_util::{Stream, StreamExt, stream};
/// use ssewire::{EventStream, adapters::Owned};
///
/// /// How many there are of either.
/// async fn count<T: Owned>(stream: EventStream<impl Stream<Item = Result<&'static str, ()>>, T>) -> usize {
///     stream.count().await
/// }
/// let body = || stream::iter([Ok(": alive\ndata: x\n\n")]);
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(count(EventStream::new(body())).await, 1);
/// assert_eq!(count(EventStream::new(body()).items()).await, 2);
/// # });
/// # }
/// ```
pub trait Owned: sealed::Owned {}

impl Owned for EventBuf {}

impl Owned for ItemBuf {}

mod sealed {
    use crate::{EventBuf, ItemBuf};

    pub trait Owned: From<EventBuf> {
        /// Whether that is everything, or events alone.
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

/// A parser, the chunk that it is in, and how far.
#[derive(Clone)]
pub(super) struct Chunks {
    pub(super) parser: Parser,
    pub(super) on_truncated: OnTruncated,
    chunk: Option<Bytes>,
    read: usize,
    rest: Rest,
    /// The last event ID that events without one of their own share.
    inherited: Option<Arc<str>>,
}

/// Whether the rest of the chunk is text.
#[derive(Clone)]
enum Rest {
    /// Nobody looked.
    Unknown,
    /// All of it from `start` on: what is shared of that need not be checked again.
    Text {
        text: ByteString,
        start: usize,
    },
    NotText,
}

impl Chunks {
    pub(super) const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard, chunk: None, read: 0, rest: Rest::Unknown, inherited: None }
    }

    /// The next chunk, once the one before has been read.
    #[inline]
    pub(super) fn set_chunk(&mut self, chunk: Bytes) {
        (self.chunk, self.read, self.rest) = (Some(chunk), 0, Rest::Unknown);
    }

    /// What has not been read of the chunk.
    #[cfg(feature = "codec")]
    pub(super) fn unread(&self) -> &[u8] {
        self.chunk.as_ref().and_then(|chunk| chunk.get(self.read..)).unwrap_or_default()
    }

    /// Reads up to the next thing in the chunk that is to be given out, and says where it lies. `None` once the chunk has been read.
    #[inline(always)]
    pub(super) fn find<T: Owned>(&mut self) -> Option<Result<Found<Range<usize>>, TooLarge>> {
        let chunk = self.chunk.as_ref()?;
        let mut input = chunk.get(self.read..).unwrap_or_default();
        let known = if let Rest::Text { text, .. } = &self.rest { Some(&**text) } else { None };
        let found = if T::ITEMS {
            self.parser.advance::<true>(&mut input, known)
        } else {
            self.parser.advance::<false>(&mut input, known)
        };
        self.read = chunk.len().saturating_sub(input.len());
        match found {
            Ok(Some(found)) => Some(Ok(found.map(|text| place_in(chunk, text.as_bytes())))),
            Ok(None) => {
                // Nothing keeps the chunk alive longer than what came of it.
                (self.chunk, self.rest) = (None, Rest::Unknown);
                None
            }
            Err(too_large) => Some(Err(too_large)),
        }
    }

    /// Whether an event that was found lies in what is known to be text. (One without data has perhaps nothing to share.)
    #[inline(always)]
    pub(super) fn is_in_text(&self, texts: &Texts<Range<usize>>) -> bool {
        matches!(self.rest, Rest::Text { .. })
            && texts.data.as_ref().is_some_and(|data| !data.is_empty())
            && !self.parser.is_storing()
    }

    /// Such an event, owned. (To be made where it is wanted: to move it there costs as much as to make it.)
    #[inline(always)]
    pub(super) fn event_in_text(&mut self, texts: Texts<Range<usize>>) -> EventBuf {
        let inherited = if texts.has_id { None } else { self.inherited() };
        let (text, start) = match &self.rest {
            Rest::Text { text, start } => (text.clone(), *start),
            Rest::Unknown | Rest::NotText => Default::default(),
        };
        EventBuf::in_text(text, start, texts, inherited)
    }

    /// Any event that was found, owned.
    #[inline(never)]
    pub(super) fn event(&mut self, texts: Texts<Range<usize>>) -> EventBuf {
        let slice = if self.parser.is_storing() { None } else { self.slice(&texts) };
        let Some((text, start)) = slice else {
            let event = EventBuf::from(self.parser.event(&texts.map(|place| self.text_at(place))));
            self.look_ahead(event.data().len());
            return event;
        };
        self.look_ahead(text.len());
        let inherited = if texts.has_id { None } else { self.inherited() };
        EventBuf::in_text(text, start, texts, inherited)
    }

    /// What else was found.
    #[cold]
    pub(super) fn item<T: Owned>(&self, found: Found<Range<usize>>) -> Option<T> {
        let chunk = self.chunk.as_ref()?;
        T::from_item(ItemBuf::from_chunk(self.parser.lend(&found.map(|place| self.text_at(place))), chunk))
    }

    /// The part of the chunk that holds these texts, if it is text, and where in the chunk it starts.
    fn slice(&mut self, texts: &Texts<Range<usize>>) -> Option<(ByteString, usize)> {
        let is_read = self.chunk.as_ref().is_some_and(|chunk| self.read == chunk.len());
        // (One text that was checked will not turn out to be none.)
        let is_one = texts.event_type.is_none() && texts.id.is_none();
        let chunk = if is_read && is_one {
            self.rest = Rest::Unknown;
            self.chunk.take()
        } else {
            self.chunk.clone()
        };
        owned::slice(chunk?, texts)
    }

    /// What was found to be text.
    fn text_at(&self, place: Range<usize>) -> &str {
        let text = self.chunk.as_ref().and_then(|chunk| chunk.get(place));
        text.and_then(utf8::check).unwrap_or_default()
    }

    /// Looks whether what is left of the chunk is text, if more events of this length may lie in it: many small ones are checked at
    /// once.
    fn look_ahead(&mut self, length: usize) {
        let Rest::Unknown = self.rest else { return };
        let Some(chunk) = self.chunk.as_ref().filter(|chunk| chunk.len() > self.read.saturating_add(length)) else { return };
        let mut rest = chunk.slice(self.read..);
        // The rest of a character that is cut comes with the next chunk.
        rest.truncate(utf8::split_cut(&rest).0.len());
        self.rest = ByteString::try_from(rest).map_or(Rest::NotText, |text| Rest::Text { text, start: self.read });
    }

    /// The last event ID of an event without one of its own.
    #[inline]
    fn inherited(&mut self) -> Option<Arc<str>> {
        let id = self.parser.last_event_id();
        if id.is_empty() {
            return None;
        }
        if self.inherited.as_deref() != Some(id) {
            self.inherited = Some(id.into());
        }
        self.inherited.clone()
    }

    /// The end of the stream, after which another one may begin.
    pub(super) fn end<T: Owned>(&mut self) -> Option<Result<T, Truncated>> {
        let last = match self.on_truncated {
            OnTruncated::Discard => None,
            OnTruncated::Error => self.parser.truncated().map(Err),
            OnTruncated::Deliver => self.parser.flush().map(|event| Ok(EventBuf::from(event).into())),
        };
        let _ = self.parser.finish();
        last
    }
}

/// Without the chunk, which may be large.
impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unread = self.chunk.as_ref().map_or(0, |chunk| chunk.len().saturating_sub(self.read));
        f.debug_struct("Chunks")
            .field("parser", &self.parser)
            .field("on_truncated", &self.on_truncated)
            .field("unread", &unread)
            .finish_non_exhaustive()
    }
}
