//! What a parser knows: the last event ID, the reconnection time, what it has counted, where it stands.

use core::time::Duration;

#[cfg(feature = "alloc")]
use super::Tokenizer;
use super::{Parser, Storage};
use crate::{Id, InvalidField, SetLastEventIdError, field::Field};

/// What a parser has read, over all streams: see [`Parser::counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// The events that it gave out.
    pub events: u64,
    /// The comments that have ended, given out or not.
    pub comments: u64,
    /// How often a block has set another last event ID.
    pub ids: u64,
    /// The lines without meaning that have ended: unknown ones, ids with a NUL, and times that are no number.
    pub ignored: u64,
}

/// Where a parser stands in the stream: for who passes on what it reads.
#[cfg(feature = "alloc")]
pub(crate) struct Stand {
    pub(crate) tokenizer: Tokenizer,
    /// How many bytes have been read.
    pub(crate) offset: u64,
    /// Where the open block begins.
    pub(crate) block_start: u64,
    /// The reconnection time of the open block, in milliseconds.
    pub(crate) own_retry: Option<u64>,
    /// And that of the stored block that has ended last.
    pub(crate) stored_retry: Option<u64>,
    /// And that of the stream.
    pub(crate) retry: Option<u64>,
    /// How often the last event ID has changed.
    pub(crate) ids: u64,
}

#[cfg(feature = "alloc")]
impl Stand {
    pub(crate) const fn is_between_blocks(&self) -> bool {
        self.block_start == self.offset
    }
}

impl<S> Parser<S> {
    /// The reconnection time that the stream has set last, in whole milliseconds; `None` if it never has. It acts at the end
    /// of its line, dispatched or not, and stays over [`finish`](Self::finish). More digits than fit into a `u64` of
    /// milliseconds count as that many.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"retry: 3000\n"[..];
    /// assert!(parser.next(&mut input)?.is_none());
    /// assert_eq!(parser.retry(), Some(core::time::Duration::from_secs(3)));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry.map(Duration::from_millis)
    }

    /// What it has read. It counts over [`finish`](Self::finish), and wraps around.
    ///
    /// An answer that is no event stream has lines without meaning, and neither events nor comments:
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"<html>\n<p>Not found</p>\n"[..];
    /// assert!(parser.next(&mut input)?.is_none());
    /// let counts = parser.counts();
    /// assert_eq!((counts.events, counts.comments, counts.ignored), (0, 0, 2));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Where it stands.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn stand(&self) -> Stand {
        let (block_start, own_retry) = if self.idle { (self.offset, None) } else { (self.block.start, self.block.retry) };
        let (offset, stored_retry, retry, ids) = (self.offset, self.whole.retry, self.retry, self.counts.ids);
        Stand { tokenizer: self.tokenizer.clone(), offset, block_start, own_retry, stored_retry, retry, ids }
    }

    /// A part of it, which is all that is mostly needed.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn place(&self) -> (Tokenizer, u64) {
        (self.tokenizer.clone(), self.offset)
    }

    /// It holds a short block that is open: see `held`.
    #[inline(always)]
    pub(crate) const fn is_holding(&self) -> bool {
        #[cfg(feature = "alloc")]
        return self.holds;
        #[cfg(not(feature = "alloc"))]
        false
    }

    /// Of the block that is held: whether it has a field, or else only the start of a name.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) const fn holds_field(&self) -> bool {
        self.block.has_lines || self.block.has_data || !self.tokenizer.is_in_name()
    }

    /// Whether the block is still open that was open at this place in the stream.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) const fn has_open_block_since(&self, offset: u64) -> bool {
        !self.idle && self.block.start <= offset
    }

    /// Where the open block starts in the stream, if the parser has begun it.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) const fn block_start(&self) -> u64 {
        self.block.start
    }

    #[inline(always)]
    pub(crate) const fn count_event(&mut self) {
        self.counts.events = self.counts.events.wrapping_add(1);
    }
}

impl<S: Storage> Parser<S> {
    /// The last event ID: what a client sends as `Last-Event-ID` when it reconnects, unless it is empty. It is committed at
    /// the blank line of its block and stays over [`finish`](Self::finish).
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"id: 7\ndata: x\n\nid: 8\n"[..];
    /// while parser.next(&mut input)?.is_some() {}
    /// assert_eq!(parser.last_event_id(), "7");                                    // the block of 8 has not ended
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.storage.last_event_id()
    }

    /// Sets the last event ID, for a client that carries it over from elsewhere. An id that was already read in the block
    /// that is not complete yet still wins, at its blank line.
    ///
    /// # Errors
    ///
    /// If `id` holds CR, LF or NUL, or is longer than the storage keeps. The last event ID is then as it was.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// parser.set_last_event_id("41")?;
    /// let mut input = &b"data: x\n\n"[..];
    /// assert_eq!(parser.next(&mut input)?.unwrap().last_event_id(), "41");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), SetLastEventIdError> {
        InvalidField::check(Field::Id, id)?;
        let (len, limit) = (id.len(), self.storage.id_limit());
        if len > limit {
            return Err(SetLastEventIdError::TooLong { len, limit });
        }
        self.storage.commit_id(Some(Id::of_stream(id)));
        Ok(())
    }
}
