//! Blocks above the limit: left out, or passed unread.

use alloc::vec::Vec;
use core::{mem, time::Duration};

use super::{
    Block, Blocks, Open,
    block::{Start, residue},
    read_of,
};
use crate::{
    TooLarge,
    decode::{Token, Tokenizer},
};

/// What becomes of a block above the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnTooLarge {
    /// It is left out, as an event is: what nobody has looked at does not pass.
    #[default]
    LeaveOut,
    /// It passes unread, in pieces. (Not in canonical form, which needs all of it.)
    Pass,
}

impl Blocks {
    /// The parser has refused a block: it has ended, or `skip` reads the rest of it. Lends or gives what can pass.
    #[cold]
    pub(super) fn refuse<'i>(
        &mut self,
        too_large: &TooLarge,
        read: &'i [u8],
        (tokenizer, offset): (Tokenizer, u64),
    ) -> &'i [u8] {
        self.too_large = self.too_large.saturating_add(1);
        self.is_busy = true;
        let now = self.parser.stand();
        let has_ended = now.block_start != too_large.offset;
        let retry = if has_ended { now.stored_retry } else { now.own_retry };
        let start = Start::At(tokenizer, self.open == Open::Fields);
        mem::swap(&mut self.held, &mut self.lent);
        let is_first = offset == self.lent.len() as u64;
        let block = Block { head: &self.lent, tail: read, event: None, start, is_first, is_cut: !has_ended };
        let is_first = is_first && block.between() == (0, 0);
        self.open = if has_ended { Open::Nothing } else { Open::TooLarge { retry, is_first } };
        if self.on_too_large == OnTooLarge::Pass {
            return read;
        }
        let mut out = Vec::new();
        block.write_between(&mut out);
        if has_ended {
            residue(retry.map(Duration::from_millis), None, is_first, &mut out);
        }
        self.lent = out;
        &[]
    }

    /// Reads on in a block that is too large. Gives what is to pass of it, or lends what is left of it at its end.
    pub(super) fn skip<'i>(&mut self, input: &mut &'i [u8], retry: Option<u64>, is_first: bool) -> &'i [u8] {
        let (chunk, before) = (*input, self.parser.stand());
        let mut tokenizer = before.tokenizer.clone();
        let has_ended = tokenizer.tokens(input).any(|token| matches!(token, Token::BlankLine(_)));
        let read = read_of(chunk, input);
        let mut rest = read;
        // It may still be an event, or be refused now; and it may be neither, since it has no data.
        while !rest.is_empty() {
            if !matches!(self.parser.advance::<false>(&mut rest), Ok(None)) {
                self.too_large = self.too_large.saturating_add(1);
            }
        }
        let now = self.parser.stand();
        let retry = if now.retry == before.retry { retry } else { now.retry };
        self.open = if has_ended { Open::Nothing } else { Open::TooLarge { retry, is_first } };
        if self.on_too_large == OnTooLarge::Pass {
            return read;
        }
        if has_ended {
            let id = (now.ids != before.ids).then(|| self.parser.last_event_id());
            residue(retry.map(Duration::from_millis), id, is_first, &mut self.lent);
        }
        &[]
    }
}
