//! Storage that grows as needed, up to a limit.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::{fmt, ops::Range};

use super::{Buffers, Slot};
use crate::Id;

/// What a buffer may hold for later, whatever it was used for.
const KEPT: usize = if cfg!(fuzzing) { 32 } else { 16 * 1024 };

/// The smallest step in which a buffer grows.
const STEP: usize = 64;

/// What a `String` can hold.
const MOST: usize = isize::MAX as usize;

/// Storage on the heap, for blocks up to a limit: what [`Parser::new`](crate::Parser::new) and
/// [`Parser::with_limit`](crate::Parser::with_limit) use.
///
/// An event that lies whole in one chunk and has one data line needs none of it. Otherwise two buffers hold the block: one
/// the data, one the event types and ids. A third, of 384 bytes, holds a short block until it is whole, and collects short pieces of data. They grow by doubling and are kept for the next block, so a stream of events of
/// like size soon needs no allocation at all. A buffer of more than 16 KiB is given back behind the first block that needs less
/// than a quarter of it (a comment outside of events counts as one); that of a comment at once, and both after
/// [`TooLarge`](crate::TooLarge) and at [`Parser::finish`](crate::Parser::finish).
///
/// With a limit of `n` bytes a parser never holds more than `2 n + 512`, since an earlier block may have left a last event ID of `n`
/// bytes, and `3 n + 512` with [`Parser::next_item`](crate::Parser::next_item), which keeps a comment, too (not counting what an
/// allocator holds for as long as it moves a buffer that grows). [`Parser::next_owned`](crate::Parser::next_owned) keeps one more copy
/// of the last event ID, which events share.
///
/// ```
/// use ssewire::{Heap, Parser};
///
/// let parser: Parser<Heap> = Parser::with_storage(Heap::with_limit(4096));        // as `Parser::with_limit(4096)`
/// ```
#[derive(Clone)]
pub struct Heap {
    limit: usize,
    data: String,
    /// A short block that is held as it came, or short pieces of data that come behind `data`. They are not checked yet.
    deferred: Vec<u8>,
    /// Event types and ids of the block, and at the end the value that is being read.
    texts: String,
    event_type: Option<Range<usize>>,
    id: Option<Range<usize>>,
    /// Where in `texts` the value that is being read starts.
    value: usize,
    last_event_id: String,
    /// A copy of it that owned events share, once one was asked for.
    shared_id: Option<SharedId>,
    /// How much data was taken from the block before, and is likely to come again. The next growth uses it up.
    taken: usize,
}

/// A last event ID that owned events share. (A box in an `Arc`: one word in each event instead of two.)
#[derive(Clone)]
pub(crate) struct SharedId(Arc<Box<str>>);

impl SharedId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Heap {
    /// Storage for blocks that count at most `max_event_bytes`, or `isize::MAX`, which is as much as there can be. Allocates nothing
    /// yet.
    ///
    /// ```
    /// use ssewire::{Heap, Parser};
    ///
    /// let mut parser = Parser::with_storage(Heap::with_limit(4));
    /// let mut input = &b"data: more than four\n\n"[..];
    /// assert!(parser.next(&mut input).is_err());
    /// ```
    #[must_use]
    pub const fn with_limit(max_event_bytes: usize) -> Self {
        Self {
            limit: if max_event_bytes < MOST { max_event_bytes } else { MOST },
            deferred: Vec::new(),
            data: String::new(),
            texts: String::new(),
            event_type: None,
            id: None,
            value: 0,
            last_event_id: String::new(),
            taken: 0,
            shared_id: None,
        }
    }

    /// What is held of a short block that is open, or what was held of the event that is lent before its last piece.
    #[inline]
    pub(crate) fn held(&self) -> &[u8] {
        &self.deferred
    }

    /// Takes the data, with its memory. Once it is sealed.
    pub(crate) fn take_data(&mut self) -> String {
        self.taken = self.data.len();
        core::mem::take(&mut self.data)
    }

    /// The last event ID, to be shared.
    pub(crate) fn share_last_event_id(&mut self) -> SharedId {
        self.shared_id.get_or_insert_with(|| SharedId(Arc::new(self.last_event_id.as_str().into()))).clone()
    }

    const fn buffer(&mut self, slot: Slot) -> &mut String {
        if matches!(slot, Slot::Data) { &mut self.data } else { &mut self.texts }
    }

    /// Makes room for so many bytes more of data, or else of the other texts: so far ahead of what both buffers hold that together they
    /// stay within the limit, and both grow in few steps.
    #[cold]
    fn grow(&mut self, slot: Slot, additional: usize) {
        let (grown, other, taken) = match slot {
            Slot::Data => (&mut self.data, &mut self.texts, core::mem::take(&mut self.taken)),
            _ => (&mut self.texts, &mut self.data, 0),
        };
        let needed = grown.len().saturating_add(additional);
        let held = needed.saturating_add(other.len());
        // Only a comment goes beyond the limit of the block, by a limit of its own.
        let limit = if held > self.limit { self.limit.saturating_mul(2) } else { self.limit };
        let left = limit.saturating_sub(held);
        let mut ahead = needed.max(STEP).max(taken);
        if ahead > left.saturating_sub(other.capacity().saturating_sub(other.len())) {
            // Half of what is left for each, unless that is little.
            let is_little = other.capacity() <= STEP || left < needed / 16;
            let (half, others) = if is_little { (left, 0) } else { (left / 2, left / 2) };
            other.shrink_to(other.len().saturating_add(others).max(STEP));
            ahead = ahead.min(half.max(STEP));
        }
        // A `String` holds no more than `isize::MAX` bytes, which a limit without bounds on a 32-bit machine could ask for.
        grown.reserve_exact(additional.saturating_add(ahead.min(MOST.saturating_sub(needed))));
    }

    /// Gives back what is more than a block needs that counted `used` bytes, or is the one that is stored.
    #[cold]
    fn cut_back(&mut self, used: usize) {
        for buffer in [&mut self.data, &mut self.texts] {
            if buffer.capacity() > KEPT && buffer.len().max(used) < buffer.capacity() / 4 {
                *buffer = String::new();
            }
        }
    }
}

impl Buffers for Heap {
    #[inline(always)]
    fn deferred(&mut self) -> Option<&mut Vec<u8>> {
        Some(&mut self.deferred)
    }

    #[inline]
    fn limit(&self) -> usize {
        self.limit
    }

    #[inline]
    fn id_limit(&self) -> usize {
        self.limit
    }

    #[inline]
    fn comment_limit(&self, _used: usize) -> usize {
        self.limit
    }

    #[inline(always)]
    fn push(&mut self, slot: Slot, text: &str) {
        let buffer = self.buffer(slot);
        if text.len() > buffer.capacity().saturating_sub(buffer.len()) {
            self.grow(slot, text.len());
        }
        self.buffer(slot).push_str(text);
    }

    fn end_value(&mut self, slot: Slot) {
        debug_assert!(matches!(slot, Slot::EventType | Slot::Id), "only types and ids are values");
        let text = Some(self.value..self.texts.len());
        self.value = self.texts.len();
        *(if slot == Slot::Id { &mut self.id } else { &mut self.event_type }) = text;
    }

    #[inline]
    fn forget_value(&mut self) {
        self.texts.truncate(self.value);
        if self.value == 0 && self.texts.capacity() > KEPT {
            // A large comment, mostly. Blocks without lines to keep would never give its memory back.
            self.texts = String::new();
        }
    }

    #[inline]
    fn text(&self, slot: Slot) -> Option<&str> {
        match slot {
            Slot::Data => Some(&self.data),
            Slot::EventType => self.texts.get(self.event_type.clone()?),
            Slot::Id => self.texts.get(self.id.clone()?),
            Slot::Value => self.texts.get(self.value..),
        }
    }

    #[inline]
    fn seal(&mut self) {
        self.data.pop();
    }

    fn commit_id(&mut self, id: Option<Id<'_>>) {
        self.shared_id = None;
        let mut last = core::mem::take(&mut self.last_event_id);
        let id = id.map(Id::as_str).or_else(|| self.text(Slot::Id)).unwrap_or_default();
        last.clear();
        if last.capacity() > KEPT && id.len() < last.capacity() / 4 {
            last = String::new();
        }
        last.reserve_exact(id.len());
        last.push_str(id);
        self.last_event_id = last;
    }

    #[inline]
    fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    #[inline]
    fn is_large(&self) -> bool {
        self.data.capacity().max(self.texts.capacity()) > KEPT
    }

    #[inline]
    fn clear(&mut self, used: usize) {
        if self.is_large() {
            self.cut_back(used);
        }
        self.data.clear();
        self.texts.clear();
        self.deferred.clear();
        (self.event_type, self.id, self.value) = (None, None, 0);
    }

    #[cold]
    fn give_back(&mut self, keep_id: bool) {
        let id = self.id.take().filter(|_| keep_id);
        let mut texts = core::mem::take(&mut self.texts);
        self.clear(0);
        (self.deferred, self.data, self.taken) = (Vec::new(), String::new(), 0);
        if let Some(id) = id {
            // In place: a copy would be one text too many.
            let mut place = 0_usize;
            texts.retain(|character| {
                let is_in = id.contains(&place);
                place = place.saturating_add(character.len_utf8());
                is_in
            });
            (self.value, self.id, self.texts) = (texts.len(), Some(0..texts.len()), texts);
        }
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("limit", &self.limit).field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}
