//! The stream written anew, item by item: see [`Blocks::canonical`].

use core::{mem, time::Duration};

use super::{
    Block, Blocks,
    block::{Start, flush, write_cut},
};
use crate::{Item, KEEP_ALIVE, Part, TooLarge, decode::Found};

impl Blocks {
    /// The end of the stream: the event that it cuts off, and the retry of a block before it.
    pub(super) fn finish_canonical(&mut self) -> Option<Block<'_>> {
        let (event, _) = flush(&mut self.parser, &mut self.too_large);
        let retry = self.retry.take().filter(|&time| event.and_then(|event| event.retry()) != Some(time));
        retry.iter().for_each(|&time| Item::Retry(time).encode().append_to(&mut self.lent));
        let start = Start::Known(self.lent.len());
        event.iter().for_each(|&event| write_cut(event, &mut self.lent));
        Some(Block { head: &self.lent, tail: &[], event, start, is_first: false, is_cut: true })
            .filter(|block| !block.head.is_empty())
    }

    /// The next event, with all that comes before it, or that without an event.
    pub(super) fn next_canonical<'e, 'i: 'e>(&'e mut self, input: &mut &'i [u8]) -> Option<Block<'e>> {
        let chunk = *input;
        loop {
            let found = self.parser.advance::<true>(input);
            let has_no_event = match found {
                Ok(Some(Found::Retry(_) | Found::Line { .. } | Found::Event(_) | Found::Stored)) => false,
                Ok(Some(Found::NoData | Found::LastEventId)) | Err(_) => true,
                Ok(None) => self.parser.stand().is_between_blocks(),
            };
            if has_no_event {
                self.write_retry();
            }
            match found {
                Ok(Some(found @ (Found::Event(_) | Found::Stored))) => {
                    self.parser.count_event();
                    if self.parser.event_of(&found).retry() != self.retry {
                        self.write_retry();
                    }
                    self.retry = None;
                    let between = self.lent.len();
                    self.parser.event_of(&found).encode().append_to(&mut self.lent);
                    self.is_quiet = false;
                    let start = Start::Known(between);
                    let event = Some(self.parser.event_of(&found));
                    return Some(Block { head: &self.lent, tail: &[], event, start, is_first: false, is_cut: false });
                }
                Ok(Some(Found::Retry(time))) => {
                    self.write_retry();
                    self.retry = Some(Duration::from_millis(time));
                }
                Ok(Some(found)) => match self.parser.item(&found) {
                    Item::Comment(text) if !text.is_empty() => {
                        Item::Comment(text).encode().append_to(&mut self.lent);
                    }
                    Item::LastEventId(id) => Item::LastEventId(id).encode().append_to(&mut self.lent),
                    Item::NoData(block) => match block.id_item() {
                        Some(id) => id.encode().append_to(&mut self.lent),
                        None => self.lent.extend_from_slice(KEEP_ALIVE.as_bytes()),
                    },
                    _ => self.lent.extend_from_slice(KEEP_ALIVE.as_bytes()),
                },
                Err(TooLarge { part: Part::Comment | Part::UnknownLine, .. }) => {
                    self.lent.extend_from_slice(KEEP_ALIVE.as_bytes());
                }
                Err(_) => self.too_large = self.too_large.saturating_add(1),
                Ok(None) => {
                    if mem::replace(&mut self.is_quiet, true) && self.lent.is_empty() && !chunk.is_empty() {
                        self.lent.extend_from_slice(KEEP_ALIVE.as_bytes());
                    }
                    let passing = Block::passing(&self.lent, &[]);
                    return Some(passing).filter(|block| !block.head.is_empty());
                }
            }
        }
    }

    fn write_retry(&mut self) {
        if let Some(time) = self.retry.take() {
            Item::Retry(time).encode().append_to(&mut self.lent);
        }
    }
}
