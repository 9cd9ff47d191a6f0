//! Storage that grows as needed, up to a limit.

use alloc::string::String;
use core::{fmt, ops::Range};

use super::{super::repair, Buffers, Slot, buffer::Buffer};
use crate::Id;

/// What a buffer may keep for later whatever it was used for.
const KEPT: usize = if cfg!(fuzzing) { 32 } else { 16 * 1024 };

/// After how many blocks in a row that needed less than a quarter of a large buffer it is cut back.
const PATIENCE: u8 = 8;

/// The smallest step in which a buffer grows.
const STEP: usize = 256;

/// What a `Vec` can hold.
const MOST: usize = isize::MAX as usize;

/// Storage on the heap, for blocks up to a limit: what [`Parser::new`](crate::Parser::new) and
/// [`Parser::with_limit`](crate::Parser::with_limit) use.
///
/// An event that lies whole in one chunk and has one data line needs none of it. Otherwise two buffers hold the block: one
/// the data, one the event types and ids. They grow by doubling and are kept for the next block, so a stream of events of
/// like size soon needs no allocation at all. A buffer of more than 16 KiB of which eight blocks in a row needed less than a
/// quarter (a comment outside of events counts as one) is cut back to 16 KiB; that of a comment at once, and both after
/// [`TooLarge`](crate::TooLarge) and at [`Parser::finish`](crate::Parser::finish).
///
/// With a limit of `n` bytes a parser never holds more than `2 n + 512`, since an earlier block may have left a last event ID of `n`
/// bytes, and `3 n + 512` with [`Parser::next_item`](crate::Parser::next_item), which keeps a comment, too (not counting what an
/// allocator holds for as long as it moves a buffer that grows).
///
/// ```
/// use ssewire::{Heap, Parser};
///
/// let parser: Parser<Heap> = Parser::with_storage(Heap::with_limit(4096));        // as `Parser::with_limit(4096)`
/// ```
#[derive(Clone)]
pub struct Heap {
    limit: usize,
    data: Buffer,
    /// Event types and ids of the block, and at the end the value that is being read.
    texts: Buffer,
    event_type: Option<Range<usize>>,
    id: Option<Range<usize>>,
    /// Where in `texts` the value that is being read starts.
    value: usize,
    last_event_id: String,
    /// How many blocks in a row needed little of `data` and of `texts`, where they are large.
    idle: [u8; 2],
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
            data: Buffer::new(),
            texts: Buffer::new(),
            event_type: None,
            id: None,
            value: 0,
            last_event_id: String::new(),
            idle: [0; 2],
        }
    }

    /// Appends to data that is long, or for which there is no room.
    #[inline(never)]
    fn push_more(&mut self, bytes: &[u8], ended: bool) {
        reserve(&mut self.data, &mut self.texts, bytes.len().saturating_add(usize::from(ended)), self.limit);
        self.data.push(bytes, ended);
    }

    /// Where the text in `slot` is.
    #[inline]
    fn place(&self, slot: Slot) -> Option<(&Buffer, Range<usize>)> {
        let range = match slot {
            Slot::Data => return Some((&self.data, 0..self.data.as_bytes().len())).filter(|(_, range)| !range.is_empty()),
            Slot::EventType => self.event_type.clone()?,
            Slot::Id => self.id.clone()?,
            Slot::Value => self.value..self.texts.len(),
        };
        Some((&self.texts, range))
    }

    /// Gives back, at the end of a block, what is no longer needed.
    #[cold]
    fn cut_back(&mut self) {
        for (buffer, idle) in [&mut self.data, &mut self.texts].into_iter().zip(&mut self.idle) {
            let unneeded = buffer.capacity() > KEPT && buffer.len() < buffer.capacity() / 4;
            *idle = if unneeded { idle.saturating_add(1) } else { 0 };
            if *idle >= PATIENCE {
                *idle = 0;
                buffer.clear();
                buffer.shrink_to(KEPT);
            }
        }
    }
}

/// Makes room for `additional` bytes in `buffer`. What the block may still need is the limit less what both buffers hold. If the
/// other one is in use, the buffer gets no more than half of that ahead, and the other gives back what it has beyond the other
/// half. So the two together stay within the limit, and as each step halves what is left, there are few steps.
#[inline]
fn reserve(buffer: &mut Buffer, other: &mut Buffer, additional: usize, limit: usize) {
    #[cold]
    #[inline(never)]
    fn grow(buffer: &mut Buffer, other: &mut Buffer, additional: usize, limit: usize) {
        let needed = buffer.len().saturating_add(additional);
        let held = needed.saturating_add(other.len());
        // Only a comment goes beyond the limit of the block, by a limit of its own.
        let limit = if held > limit { limit.saturating_mul(2) } else { limit };
        let left = limit.saturating_sub(held);
        let ahead = if other.capacity() <= STEP { left } else { left / 2 }.max(STEP);
        if other.capacity() > STEP && other.capacity().saturating_sub(other.len()) > ahead {
            other.shrink_to(other.len().saturating_add(ahead));
        }
        // (A `Vec` holds no more than `isize::MAX` bytes, which a limit without bounds on a 32-bit machine could ask for.)
        let ahead = ahead.min(needed.max(STEP)).min(MOST.saturating_sub(needed));
        buffer.reserve_exact(additional.saturating_add(ahead));
    }
    if additional > buffer.capacity().saturating_sub(buffer.len()) {
        grow(buffer, other, additional, limit);
    }
}

impl Buffers for Heap {
    fn limit(&self) -> usize {
        self.limit
    }

    fn id_limit(&self) -> usize {
        self.limit
    }

    fn comment_limit(&self, _used: usize) -> usize {
        self.limit
    }

    #[inline]
    fn push_data(&mut self, bytes: &[u8], ended: bool) {
        let Some(data) = self.data.short(bytes.len().saturating_add(usize::from(ended))) else {
            return self.push_more(bytes, ended);
        };
        data.extend_from_slice(bytes);
        if ended {
            data.push(b'\n');
        }
    }

    #[inline]
    fn push_line(&mut self, line: &[u8]) {
        let Some(data) = self.data.short(line.len()) else {
            return self.push_more(line.split_last().map_or(line, |(_, line)| line), true);
        };
        data.extend_from_slice(line);
        if let Some(end) = data.last_mut() {
            *end = b'\n';
        }
    }

    fn push_value(&mut self, bytes: &[u8]) {
        reserve(&mut self.texts, &mut self.data, bytes.len(), self.limit);
        self.texts.bytes_mut().extend_from_slice(bytes);
    }

    fn end_value(&mut self, slot: Slot) {
        let range = self.value..self.texts.len();
        self.value = self.texts.len();
        match slot {
            Slot::EventType => self.event_type = Some(range),
            Slot::Id => self.id = Some(range),
            Slot::Data | Slot::Value => {}
        }
    }

    #[inline]
    fn forget(&mut self, slot: Slot) {
        match slot {
            Slot::EventType => self.event_type = None,
            Slot::Id => self.id = None,
            Slot::Value => {
                self.texts.bytes_mut().truncate(self.value);
                if self.value == 0 && self.texts.capacity() > KEPT {
                    // A large comment, mostly; blocks that have no lines to keep would never give its memory back.
                    self.texts.shrink_to(KEPT);
                }
            }
            Slot::Data => {}
        }
    }

    #[inline]
    fn bytes(&self, slot: Slot) -> Option<&[u8]> {
        self.place(slot).and_then(|(buffer, range)| buffer.as_bytes().get(range))
    }

    #[inline]
    fn seal(&mut self) -> bool {
        let texts = (self.event_type.is_none() && self.id.is_none()) || {
            let are_texts = |texts: &Buffer| {
                [&self.event_type, &self.id].into_iter().flatten().all(|range| texts.get(range.clone()).is_some())
            };
            // All at once costs least. But what was superseded need not be text; and side by side, two that are none may be a
            // character.
            (self.texts.check() && are_texts(&self.texts)) || {
                self.texts.make_bytes();
                are_texts(&self.texts)
            }
        };
        self.data.seal() && texts
    }

    fn repair(&mut self, slot: Slot, growth: usize) {
        let Some((_, range)) = self.place(slot) else { return };
        let length = range.len();
        let (buffer, other) = match slot {
            Slot::Data => (&mut self.data, &mut self.texts),
            _ => (&mut self.texts, &mut self.data),
        };
        reserve(buffer, other, growth, self.limit);
        let buffer = buffer.bytes_mut();
        buffer.resize(buffer.len().saturating_add(growth), 0);
        // What lies behind the text makes room.
        let behind = buffer.len().saturating_sub(growth).saturating_sub(range.end);
        repair::move_right(buffer.get_mut(range.end..).unwrap_or_default(), behind);
        let end = range.end.saturating_add(growth);
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
        self.place(slot).and_then(|(buffer, range)| buffer.get(range)).unwrap_or_default()
    }

    fn commit_id(&mut self, id: Option<Id<'_>>) {
        let id = match id {
            Some(id) => id.as_str(),
            None => self.id.clone().and_then(|range| self.texts.get(range)).unwrap_or_default(),
        };
        self.last_event_id.clear();
        if self.last_event_id.capacity() > KEPT && id.len() < self.last_event_id.capacity() / 4 {
            self.last_event_id.shrink_to(KEPT);
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
        // Between blocks, and while they are short, both are bytes.
        self.data.bytes_capacity().max(self.texts.bytes_capacity()) > KEPT
    }

    #[inline]
    fn clear(&mut self) {
        self.data.make_bytes();
        self.texts.make_bytes();
        if self.is_large() {
            self.cut_back();
        }
        self.data.clear();
        self.texts.clear();
        (self.event_type, self.id, self.value) = (None, None, 0);
    }

    #[cold]
    fn give_back(&mut self) {
        self.clear();
        self.data.shrink_to(KEPT);
        self.texts.shrink_to(KEPT);
        self.idle = [0; 2];
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("limit", &self.limit)
            .field("data", &self.data.capacity())
            .field("texts", &self.texts.capacity())
            .field("last_event_id", &self.last_event_id)
            .finish_non_exhaustive()
    }
}
