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
pub(crate) struct Session<T> {
    pub(crate) parser: Parser,
    pub(crate) on_truncated: OnTruncated,
    /// What the end of the stream has cut off.
    pub(crate) truncated: Option<Truncated>,
    transfer: Transfer,
    owned: PhantomData<fn() -> T>,
}

/// What is known of the bytes to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transfer {
    Open,
    /// Reading failed, and nothing came since.
    Failed,
    /// The end came, and nothing since.
    Ended,
}

impl Session<EventBuf> {
    pub(crate) const fn new(parser: Parser) -> Self {
        Self { parser, on_truncated: OnTruncated::Discard, truncated: None, transfer: Transfer::Open, owned: PhantomData }
    }
}

impl<T> Session<T> {
    pub(crate) fn items(self) -> Session<ItemBuf> {
        let Self { parser, on_truncated, truncated, transfer, .. } = self;
        Session { parser, on_truncated, truncated, transfer, owned: PhantomData }
    }

    /// The parser, ready for the next stream.
    pub(crate) fn into_parser(mut self) -> Parser {
        self.finish();
        self.parser
    }

    /// This stream is over, and another one may begin.
    pub(crate) fn finish(&mut self) {
        self.transfer = Transfer::Ended;
        self.truncated = self.parser.finish().err();
    }

    /// The transfer has failed. It may still go on.
    pub(crate) const fn fail(&mut self) {
        self.transfer = Transfer::Failed;
    }
}

impl<T: Owned> Session<T> {
    #[inline(always)]
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Option<Result<T, TooLarge>> {
        if !input.is_empty() {
            self.transfer = Transfer::Open;
        }
        T::next(&mut self.parser, input).transpose()
    }

    /// The stream has ended: what there still is of it. The parser is ready for the next one.
    pub(crate) fn end(&mut self) -> Option<Result<T, Truncated>> {
        if self.transfer == Transfer::Ended {
            return None;
        }
        let (cut, is_clean) = (self.parser.truncated(), self.transfer == Transfer::Open);
        let is_delivered = match self.on_truncated {
            OnTruncated::Discard | OnTruncated::Error => false,
            OnTruncated::Deliver => is_clean,
            OnTruncated::DeliverWholeLines => is_clean && cut.is_some_and(|cut| !cut.in_line),
        };
        let last = if is_delivered {
            self.parser.flush().map(|event| Ok(EventBuf::from(event).into()))
        } else {
            cut.filter(|_| self.on_truncated == OnTruncated::Error).map(Err)
        };
        self.finish();
        last
    }
}
