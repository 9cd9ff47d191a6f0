//! What the adapters over `Bytes` share: a parser and the chunk that it is in.

use bytes::Bytes;
use bytestring::ByteString;

use crate::{EventBuf, Heap, ItemBuf, OnTruncated, Parser, TooLarge, Truncated};

/// What an adapter gives out: [`EventBuf`], or [`ItemBuf`] for everything. Sealed.
pub trait Owned: From<EventBuf> + sealed::Sealed {
    #[doc(hidden)]
    fn next(
        parser: &mut Parser<Heap>,
        input: &mut &[u8],
        chunk: &Bytes,
        inherited: &mut ByteString,
    ) -> Result<Option<Self>, TooLarge>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for EventBuf {}

impl Owned for EventBuf {
    fn next(
        parser: &mut Parser<Heap>,
        input: &mut &[u8],
        chunk: &Bytes,
        inherited: &mut ByteString,
    ) -> Result<Option<Self>, TooLarge> {
        Ok(parser.next(input)?.map(|event| Self::share(event, chunk, inherited)))
    }
}

impl sealed::Sealed for ItemBuf {}

impl Owned for ItemBuf {
    fn next(
        parser: &mut Parser<Heap>,
        input: &mut &[u8],
        chunk: &Bytes,
        inherited: &mut ByteString,
    ) -> Result<Option<Self>, TooLarge> {
        Ok(parser.next_item(input)?.map(|item| Self::share(item, chunk, inherited)))
    }
}

/// A parser, the chunk that it is in, and how far.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    pub(super) parser: Parser<Heap>,
    pub(super) on_truncated: OnTruncated,
    chunk: Bytes,
    read: usize,
    /// The last event ID that events without one of their own share.
    inherited: ByteString,
}

impl Chunks {
    pub(super) fn new(parser: Parser<Heap>) -> Self {
        Self { parser, ..Self::default() }
    }

    /// The next chunk, once the one before has been read.
    pub(super) fn set_chunk(&mut self, chunk: Bytes) {
        self.chunk = chunk;
        self.read = 0;
    }

    /// What has not been read of the chunk.
    #[cfg(feature = "codec")]
    pub(super) fn unread(&self) -> &[u8] {
        self.chunk.get(self.read..).unwrap_or_default()
    }

    /// The next of what is in the chunk; `None` once it has been read.
    #[inline]
    pub(super) fn next<T: Owned>(&mut self) -> Option<Result<T, TooLarge>> {
        let mut input = self.chunk.get(self.read..).filter(|input| !input.is_empty())?;
        let next = T::next(&mut self.parser, &mut input, &self.chunk, &mut self.inherited);
        self.read = self.chunk.len().saturating_sub(input.len());
        if input.is_empty() && !matches!(next, Ok(Some(_))) {
            // Nothing keeps the chunk alive longer than what came of it.
            self.set_chunk(Bytes::new());
        }
        next.transpose()
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
