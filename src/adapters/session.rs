//! What the adapters share: a parser, and what happens at the end of a stream.

use super::OnTruncated;
use crate::{EventBuf, ItemBuf, Parser, Truncated};

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

#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) parser: Parser,
    pub(super) on_truncated: OnTruncated,
}

impl Session {
    pub(super) const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard }
    }

    /// The stream has ended: what there still is of it. The parser is ready for the next one.
    pub(super) fn end<T: Owned>(&mut self) -> Option<Result<T, Truncated>> {
        let last = match self.on_truncated {
            OnTruncated::Discard => None,
            OnTruncated::Error => self.parser.truncated().map(Err),
            OnTruncated::Deliver => self.parser.flush().map(|event| Ok(EventBuf::from(event).into())),
        };
        let _ = self.parser.finish();
        last
    }

    /// The parser, ready for the next stream.
    pub(super) fn into_parser(mut self) -> Parser {
        let _ = self.parser.finish();
        self.parser
    }
}
