//! Storage that grows as needed, up to a limit.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::{fmt, ops::Range};

use super::{
    super::{repair, utf8},
    Buffers, Slot,
    data::Data,
};
use crate::Id;

/// What a buffer may hold for later, whatever it was used for.
const KEPT: usize = if cfg!(fuzzing) { 32 } else { 16 * 1024 };

/// The smallest step in which a buffer grows.
const STEP: usize = 256;

/// What a `Vec` can hold.
const MOST: usize = isize::MAX as usize;

/// Storage on the heap, for blocks up to a limit: what [`Parser::new`](crate::Parser::new) and
/// [`Parser::with_limit`](crate::Parser::with_limit) use.
///
/// An event that lies whole in one chunk and has one data line needs none of it. Otherwise two buffers hold the block: one
/// the data, one the event types and ids. They grow by doubling and are kept for the next block, so a stream of events of
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
    data: Data,
    /// Event types and ids of the block, and at the end the value that is being read.
    texts: Vec<u8>,
    event_type: Option<Range<usize>>,
    id: Option<Range<usize>>,
    /// Where in `texts` the value that is being read starts.
    value: usize,
    last_event_id: String,
    /// How much data was taken from the block before, and is likely to come again. The next growth uses it up.
    taken: usize,
    /// A copy of it that owned events share, once one was asked for.
    shared_id: Option<SharedId>,
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
    /// assert!(parser.next(&mut &b"data: more than four\n\n"[..]).is_err());
    /// ```
    #[must_use]
    pub const fn with_limit(max_event_bytes: usize) -> Self {
        Self {
            limit: if max_event_bytes < MOST { max_event_bytes } else { MOST },
            data: Data::new(),
            texts: Vec::new(),
            event_type: None,
            id: None,
            value: 0,
            last_event_id: String::new(),
            taken: 0,
            shared_id: None,
        }
    }

    /// Takes the data, with its memory. Once it is sealed.
    pub(crate) fn take_data(&mut self) -> String {
        let (text, is_taken) = self.data.take_text();
        self.taken = if is_taken { text.len() } else { 0 };
        text
    }

    /// The last event ID, to be shared.
    pub(crate) fn share_last_event_id(&mut self) -> SharedId {
        self.shared_id.get_or_insert_with(|| SharedId(Arc::new(self.last_event_id.as_str().into()))).clone()
    }

    /// Appends to data that is long, or for which there is no room.
    #[inline(never)]
    fn push_more(&mut self, bytes: &[u8]) {
        self.reserve_data(bytes.len());
        self.data.push(bytes);
    }

    /// Makes room for so many bytes more of data.
    #[inline]
    fn reserve_data(&mut self, additional: usize) {
        if additional > self.data.capacity().saturating_sub(self.data.len()) {
            self.grow_data(additional);
        }
    }

    #[cold]
    fn grow_data(&mut self, additional: usize) {
        let ahead = self.ahead(self.data.len().saturating_add(additional), self.texts.len(), self.texts.capacity());
        let kept = self.texts.len().saturating_add(ahead);
        self.texts.shrink_to(kept.max(STEP));
        let taken = core::mem::take(&mut self.taken);
        self.data.reserve_exact(
            additional.saturating_add(ahead.min(self.data.len().saturating_add(additional).max(STEP).max(taken))),
        );
    }

    /// Makes room for so many bytes more of types, ids and comments.
    #[inline]
    fn reserve_texts(&mut self, additional: usize) {
        if additional > self.texts.capacity().saturating_sub(self.texts.len()) {
            self.grow_texts(additional);
        }
    }

    #[cold]
    fn grow_texts(&mut self, additional: usize) {
        let ahead = self.ahead(self.texts.len().saturating_add(additional), self.data.len(), self.data.capacity());
        let kept = self.data.len().saturating_add(ahead);
        self.data.shrink_to(kept.max(STEP));
        self.texts.reserve_exact(additional.saturating_add(ahead.min(self.texts.len().saturating_add(additional).max(STEP))));
    }

    /// How far ahead of what they hold both buffers may be, if one of them must hold `needed` bytes and the other holds `other`: so
    /// far that together they stay within the limit, and both grow in few steps.
    fn ahead(&self, needed: usize, other: usize, other_capacity: usize) -> usize {
        let held = needed.saturating_add(other);
        // Only a comment goes beyond the limit of the block, by a limit of its own.
        let limit = if held > self.limit { self.limit.saturating_mul(2) } else { self.limit };
        let left = limit.saturating_sub(held);
        let ahead = if other_capacity <= STEP { left } else { left / 2 }.max(STEP);
        // A `Vec` holds no more than `isize::MAX` bytes, which a limit without bounds on a 32-bit machine could ask for.
        ahead.min(MOST.saturating_sub(needed))
    }

    #[inline]
    fn range(&self, slot: Slot) -> Option<Range<usize>> {
        match slot {
            Slot::Data => Some(0..self.data.as_bytes().len()).filter(|range| !range.is_empty()),
            Slot::EventType => self.event_type.clone(),
            Slot::Id => self.id.clone(),
            Slot::Value => Some(self.value..self.texts.len()),
        }
    }

    /// Gives back what is more than a block needs that counted `used` bytes, or is the one that is stored.
    #[cold]
    fn cut_back(&mut self, used: usize) {
        if self.data.capacity() > KEPT && self.data.len().max(used) < self.data.capacity() / 4 {
            self.data.clear();
            self.data.shrink_to(0);
        }
        if self.texts.capacity() > KEPT && self.texts.len().max(used) < self.texts.capacity() / 4 {
            self.texts.clear();
            self.texts.shrink_to(0);
        }
    }
}

impl Buffers for Heap {
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

    #[inline]
    fn push_data(&mut self, bytes: &[u8]) {
        match self.data.plain(bytes.len()) {
            Some(data) => data.extend_from_slice(bytes),
            None => self.push_more(bytes),
        }
    }

    #[inline(always)]
    fn join_data<'t>(&mut self, lines: impl Iterator<Item = &'t str>, most: usize) {
        self.reserve_data(most);
        self.data.join(lines);
    }

    fn push_value(&mut self, bytes: &[u8]) {
        self.reserve_texts(bytes.len());
        self.texts.extend_from_slice(bytes);
    }

    fn end_value(&mut self, slot: Slot) {
        let range = self.value..self.texts.len();
        self.value = self.texts.len();
        match slot {
            Slot::EventType => self.event_type = Some(range),
            Slot::Id => self.id = Some(range),
            Slot::Data | Slot::Value => debug_assert!(false, "only types and ids are values"),
        }
    }

    #[inline]
    fn forget(&mut self, slot: Slot) {
        match slot {
            Slot::EventType => self.event_type = None,
            Slot::Id => self.id = None,
            Slot::Value => {
                self.texts.truncate(self.value);
                if self.value == 0 && self.texts.capacity() > KEPT {
                    // A large comment, mostly. Blocks without lines to keep would never give its memory back.
                    self.texts.shrink_to(0);
                }
            }
            Slot::Data => debug_assert!(false, "data is only forgotten with its block"),
        }
    }

    #[inline]
    fn bytes(&self, slot: Slot) -> Option<&[u8]> {
        let bytes = if slot == Slot::Data { self.data.as_bytes() } else { &self.texts };
        bytes.get(self.range(slot)?)
    }

    #[inline]
    fn seal(&mut self) -> bool {
        let is_text = |range: &Option<Range<usize>>| {
            range.clone().is_none_or(|range| self.texts.get(range).is_some_and(|text| utf8::check(text).is_some()))
        };
        let texts = is_text(&self.event_type) && is_text(&self.id);
        self.data.seal() && texts
    }

    fn repair(&mut self, slot: Slot, growth: usize) {
        let Some(range) = self.range(slot) else { return };
        let (length, end) = (range.len(), range.end.saturating_add(growth));
        let buffer = if slot == Slot::Data {
            self.reserve_data(growth);
            self.data.bytes_mut()
        } else {
            self.reserve_texts(growth);
            &mut self.texts
        };
        buffer.resize(buffer.len().saturating_add(growth), 0);
        // What lies behind the text makes room.
        let behind = buffer.len().saturating_sub(end);
        repair::move_right(buffer.get_mut(range.end..).unwrap_or_default(), behind);
        repair::at_start(buffer.get_mut(range.start..end).unwrap_or_default(), length);
        if slot == Slot::Data {
            return;
        }
        for text in [&mut self.event_type, &mut self.id].into_iter().flatten() {
            if text.start >= range.end {
                *text = text.start.saturating_add(growth)..text.end.saturating_add(growth);
            } else if *text == range {
                text.end = end;
            }
        }
    }

    #[inline]
    fn text(&self, slot: Slot) -> &str {
        if slot == Slot::Data { self.data.as_text() } else { self.bytes(slot).map_or("", utf8::checked_before) }
    }

    fn commit_id(&mut self, id: Option<Id<'_>>) {
        let id = match id {
            Some(id) => id.as_str(),
            None => self.id.clone().and_then(|range| self.texts.get(range)).map_or("", utf8::checked_before),
        };
        self.shared_id = None;
        self.last_event_id.clear();
        if self.last_event_id.capacity() > KEPT && id.len() < self.last_event_id.capacity() / 4 {
            self.last_event_id = String::new();
        }
        self.last_event_id.reserve_exact(id.len());
        self.last_event_id.push_str(id);
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
        (self.event_type, self.id, self.value) = (None, None, 0);
    }

    #[cold]
    fn give_back(&mut self) {
        self.clear(0);
        self.taken = 0;
        self.data.shrink_to(0);
        self.texts.shrink_to(0);
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("limit", &self.limit).field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}
