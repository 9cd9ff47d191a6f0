//! What the adapters over `Bytes` share: a parser and the chunk that it is in.

use core::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;

use crate::{Event, EventBuf, Heap, Item, ItemBuf, OnTruncated, Parser, TooLarge, Truncated};

/// What an adapter gives out: [`EventBuf`], or [`ItemBuf`] for everything. Sealed.
pub trait Owned: From<EventBuf> + sealed::Sealed {
    #[doc(hidden)]
    type Lent<'e>: Copy;

    #[doc(hidden)]
    fn next<'e, 'i: 'e>(parser: &'e mut Parser<Heap>, input: &mut &'i [u8]) -> Result<Option<Self::Lent<'e>>, TooLarge>;

    #[doc(hidden)]
    fn share(lent: Self::Lent<'_>, chunk: &Chunk, inherited: &mut Option<ByteString>) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for EventBuf {}

impl Owned for EventBuf {
    type Lent<'e> = Event<'e>;

    #[inline]
    fn next<'e, 'i: 'e>(parser: &'e mut Parser<Heap>, input: &mut &'i [u8]) -> Result<Option<Event<'e>>, TooLarge> {
        parser.next(input)
    }

    #[inline(always)]
    fn share(event: Event<'_>, chunk: &Chunk, inherited: &mut Option<ByteString>) -> Self {
        Self::share(event, chunk.bytes(), |range| chunk.slice(range), inherited)
    }
}

impl sealed::Sealed for ItemBuf {}

impl Owned for ItemBuf {
    type Lent<'e> = Item<'e>;

    #[inline]
    fn next<'e, 'i: 'e>(parser: &'e mut Parser<Heap>, input: &mut &'i [u8]) -> Result<Option<Item<'e>>, TooLarge> {
        parser.next_item(input)
    }

    #[inline(always)]
    fn share(item: Item<'_>, chunk: &Chunk, inherited: &mut Option<ByteString>) -> Self {
        Self::share(item, chunk.bytes(), |range| chunk.slice(range), inherited)
    }
}

/// A chunk of which events share the memory.
#[derive(Clone, Debug)]
pub enum Chunk {
    Bytes(Bytes),
    /// It is UTF-8 as a whole: what is shared of it need not be checked again.
    Text(ByteString),
}

impl Chunk {
    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// Makes it text, if it is: so the many small events of a large chunk are checked at once.
    #[cold]
    fn check(&mut self) {
        if let Self::Bytes(bytes) = self
            && let Ok(text) = ByteString::try_from(bytes.clone())
        {
            *self = Self::Text(text);
        }
    }

    #[inline]
    fn slice(&self, range: Range<usize>) -> Option<ByteString> {
        match self {
            Self::Bytes(bytes) => ByteString::try_from(bytes.slice(range)).ok(),
            Self::Text(text) => Some(text.slice_ref(text.get(range)?)),
        }
    }
}

/// A parser, the chunk that it is in, and how far.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    pub(super) parser: Parser<Heap>,
    pub(super) on_truncated: OnTruncated,
    chunk: Option<Chunk>,
    read: usize,
    /// The chunk was looked at, whether it is text.
    checked: bool,
    /// The last event ID that events without one of their own share.
    inherited: Option<ByteString>,
}

impl Chunks {
    pub(super) fn new(parser: Parser<Heap>) -> Self {
        Self { parser, on_truncated: OnTruncated::default(), chunk: None, read: 0, checked: false, inherited: None }
    }

    /// The next chunk, once the one before has been read.
    pub(super) fn set_chunk(&mut self, chunk: Bytes) {
        self.chunk = Some(Chunk::Bytes(chunk));
        (self.read, self.checked) = (0, false);
    }

    /// What has not been read of the chunk.
    #[cfg(feature = "codec")]
    pub(super) fn unread(&self) -> &[u8] {
        self.chunk.as_ref().and_then(|chunk| chunk.bytes().get(self.read..)).unwrap_or_default()
    }

    /// The next of what is in the chunk, as `give` makes it of it (so that it is made where it is wanted, and not moved there);
    /// `None` once the chunk has been read.
    #[inline(always)]
    pub(super) fn next<T: Owned, R>(&mut self, give: impl FnOnce(Result<T, TooLarge>) -> R) -> Option<R> {
        let chunk = self.chunk.as_mut()?;
        if self.read > 0 && !self.checked && self.read < chunk.bytes().len() {
            // It holds more than one.
            self.checked = true;
            chunk.check();
        }
        let bytes = chunk.bytes();
        let mut input = bytes.get(self.read..).unwrap_or_default();
        match T::next(&mut self.parser, &mut input) {
            Ok(Some(lent)) => {
                self.read = bytes.len().saturating_sub(input.len());
                Some(give(Ok(T::share(lent, chunk, &mut self.inherited))))
            }
            Err(too_large) => {
                self.read = bytes.len().saturating_sub(input.len());
                Some(give(Err(too_large)))
            }
            Ok(None) => {
                // Nothing keeps the chunk alive longer than what came of it.
                self.chunk = None;
                None
            }
        }
    }

    /// The end of the stream, after which another one may begin.
    pub(super) fn end<T: Owned>(&mut self) -> Option<Result<T, Truncated>> {
        let flushed = match self.on_truncated {
            OnTruncated::Deliver => self.parser.flush().map(|event| EventBuf::from(event).into()),
            OnTruncated::Discard | OnTruncated::Error => None,
        };
        let finished = self.parser.finish();
        match (flushed, self.on_truncated) {
            (Some(event), _) => Some(Ok(event)),
            (None, OnTruncated::Error) => finished.err().map(Err),
            (None, OnTruncated::Discard | OnTruncated::Deliver) => None,
        }
    }
}
