//! What a parser remembers of the block that it is in, as plain values, and the one place that admits bytes under the limit.

use super::{Parser, Slot, Storage};
use crate::{Part, TooLarge, Truncated, decode::utf8::Pieces, field::Field};

/// The block that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Where it begins in the stream.
    pub(super) start: u64,
    /// What it counts so far.
    pub(super) used: usize,
    /// By how many bytes more its texts have grown, since what is not UTF-8 was replaced.
    pub(super) growth: usize,
    /// What has come of its data, if that is stored.
    pub(super) data: Pieces,
    /// Whether something was replaced in its type.
    pub(super) lossy_type: bool,
    /// And in its id.
    pub(super) lossy_id: bool,
    /// And in any type or id of it, also in one that a later line has replaced.
    pub(super) was_lossy: bool,
    /// It has had a `data`, `event` or `id` line.
    pub(super) has_lines: bool,
    /// It has had data, also of a line that is not finished.
    pub(super) has_data: bool,
    /// Its own reconnection time, in milliseconds.
    pub(super) retry: Option<u64>,
    /// The rest of it is not given out: it was too large, or flushed.
    pub(super) skipping: bool,
    /// It was flushed at the end of the stream.
    pub(super) flushed: bool,
    /// How the end cut it off, where the flush could not give it out.
    pub(super) lost: Option<Truncated>,
}

impl Block {
    pub(super) const fn starting_at(start: u64) -> Self {
        Self {
            start,
            used: 0,
            growth: 0,
            data: Pieces::NEW,
            lossy_type: false,
            lossy_id: false,
            was_lossy: false,
            has_lines: false,
            has_data: false,
            retry: None,
            skipping: false,
            flushed: false,
            lost: None,
        }
    }
}

/// The line that a chunk has cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutLine {
    /// The bytes of its value so far.
    pub(super) length: usize,
    /// It has no meaning, whatever follows: an id with a NUL, a comment that is not kept.
    pub(super) ignored: bool,
    /// All lines of its block before it are UTF-8. Known only if skipped ids are kept.
    pub(super) follows_text: bool,
    /// It is an id that was too large.
    pub(super) is_refused: bool,
    /// What has come of its value, if that is stored.
    pub(super) text: Pieces,
    /// The value of a `retry` so far; `None` if it is no number.
    pub(super) number: Option<u64>,
}

impl CutLine {
    pub(super) const NEW: Self =
        Self { length: 0, ignored: false, follows_text: false, is_refused: false, text: Pieces::NEW, number: Some(0) };
}

impl<S: Storage> Parser<S> {
    /// Counts bytes of a value, and the end of its line. What passes the limit is an error: the rest of the block is skipped.
    #[inline(always)]
    pub(super) fn admit(&mut self, field: Field, length: usize, ended: bool) -> Result<(), TooLarge> {
        let left = self.storage.limit().saturating_sub(self.block.used);
        if field == Field::Id {
            let limit = self.storage.id_limit();
            let id_left = limit.saturating_sub(self.line.length);
            if length > id_left && id_left < left {
                return Err(self.refuse(Part::LastEventId, limit, false));
            }
        }
        let counted = length.saturating_add(usize::from(ended));
        if counted > left {
            return Err(self.refuse(Part::Event, self.storage.limit(), field != Field::Id));
        }
        self.block.used = self.block.used.saturating_add(counted);
        self.block.has_lines |= ended;
        self.line.length = if ended { 0 } else { self.line.length.saturating_add(length) };
        Ok(())
    }

    /// Whether all that is stored of the block was UTF-8.
    #[cfg_attr(not(feature = "alloc"), allow(clippy::missing_const_for_fn, reason = "with a heap there is more to do"))]
    fn is_text(&mut self) -> bool {
        #[cfg(feature = "alloc")]
        self.push_deferred();
        !self.block.data.is_lossy && !self.block.was_lossy
    }

    /// A piece of a line was admitted, and is to be stored. If it is the first, notes what is before it.
    #[inline(always)]
    pub(super) fn note_text_before(&mut self, piece: &[u8]) {
        if self.keeps_skipped_ids && self.line.length == piece.len() {
            self.line.follows_text = self.is_text();
        }
    }

    /// Skips the rest of the block. Keeps the id before the line that is too large, if that is asked for and it is not that line.
    /// All lines before must be UTF-8: otherwise there may have been no room for the id, depending on how the stream was cut.
    #[cold]
    fn refuse(&mut self, part: Part, limit: usize, has_id: bool) -> TooLarge {
        let follows_text = self.keeps_skipped_ids && if self.line.length > 0 { self.line.follows_text } else { self.is_text() };
        self.storage.give_back(has_id && follows_text);
        self.stored = self.storage.text(Slot::Id).is_some();
        self.line = CutLine { follows_text, ..CutLine::NEW };
        let used = self.storage.text(Slot::Id).map_or(0, |id| id.len().saturating_add(1));
        self.block = Block { skipping: true, used, retry: self.block.retry, ..Block::starting_at(self.block.start) };
        TooLarge { part, limit, offset: self.block.start }
    }
}
