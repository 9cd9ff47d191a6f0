//! What the adapters share: a parser, and what happens at the end of a stream.

use core::marker::PhantomData;

use super::OnTruncated;
use crate::{EventBuf, ItemBuf, Parser, TooLarge, Truncated};

/// What an adapter gives: [`EventBuf`], or [`ItemBuf`] for everything in the stream.
pub trait Owned: sealed::Owned {}

impl Owned for EventBuf {}

impl Owned for ItemBuf {}

mod sealed {
    use crate::{EventBuf, ItemBuf, Parser, TooLarge};

    pub trait Owned: From<EventBuf> {
        fn next(parser: &mut Parser, input: &mut &[u8]) -> Result<Option<Self>, TooLarge>;
    }

    impl Owned for EventBuf {
        #[inline(always)]
        fn next(parser: &mut Parser, input: &mut &[u8]) -> Result<Option<Self>, TooLarge> {
            parser.next_owned(input)
        }
    }

    impl Owned for ItemBuf {
        #[inline(always)]
        fn next(parser: &mut Parser, input: &mut &[u8]) -> Result<Option<Self>, TooLarge> {
            parser.next_item_owned(input)
        }
    }
}

/// A parser that gives what the adapter gives, and what it does at the end of a stream.
#[derive(Clone, Debug)]
pub(super) struct Session<T> {
    pub(super) parser: Parser,
    pub(super) on_truncated: OnTruncated,
    owned: PhantomData<fn() -> T>,
}

impl Session<EventBuf> {
    pub(super) const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard, owned: PhantomData }
    }
}

impl<T> Session<T> {
    pub(super) fn items(self) -> Session<ItemBuf> {
        Session { parser: self.parser, on_truncated: self.on_truncated, owned: PhantomData }
    }

    /// The parser, ready for the next stream.
    pub(super) fn into_parser(mut self) -> Parser {
        let _ = self.parser.finish();
        self.parser
    }
}

impl<T: Owned> Session<T> {
    #[inline(always)]
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Option<Result<T, TooLarge>> {
        T::next(&mut self.parser, input).transpose()
    }

    /// The stream has ended: what there still is of it. The parser is ready for the next one.
    pub(super) fn end(&mut self) -> Option<Result<T, Truncated>> {
        let last = match self.on_truncated {
            OnTruncated::Discard => None,
            OnTruncated::Error => self.parser.truncated().map(Err),
            OnTruncated::Deliver => self.parser.flush().map(|event| Ok(EventBuf::from(event).into())),
        };
        let _ = self.parser.finish();
        last
    }
}
