//! Storage in a buffer of fixed size.
//!
//! ```text
//! │ data ──► │ value being read ──► │   free   │ ◄── event types and ids of the block │ last event ID │
//! └────────────────────── limit of the block: three quarters ──────────────────────┘ └── a quarter ──┘
//! ```
//!
//! The counter of a block, with the growth of what was replaced, is at least what the block occupies here, so a block within the limit always fits, whatever came
//! before it: what is too large does not depend on how the stream was cut.

use core::{fmt, ops::Range};

use super::{super::utf8, Buffers, Slot};
use crate::Id;

/// Storage without a heap: a buffer of the caller's, as an array (`Fixed::new([0; 512])`, also in a `static`) or borrowed
/// (`Fixed::new(&mut buffer[..])`).
///
/// A quarter of the buffer, rounded down, is for the last event ID, so that no peer can fill it for good with one; the rest
/// is for the block. So with `n` bytes an id may have `n / 4` bytes, and the limit of an event is `n - n / 4`, counted
/// [as everywhere](crate::decode#what-counts-and-when): an event of one type, one id and one data line needs the bytes of
/// the three values and three more. These limits hold for every event, also where it lies in one chunk and is not stored:
/// what is too large does not depend on how the stream was cut.
///
/// For an event whose values have `v` bytes in all (three for each U+FFFD in place of what is not UTF-8), on `l` type, id and data
/// lines, a buffer of `4 * (v + l).div_ceil(3)` bytes is enough, if that is four times the longest id. Beside the buffer, a parser
/// has 296 bytes of state on x86-64, and less where pointers are shorter.
///
/// ```
/// use ssewire::{Fixed, Parser, Part};
///
/// let mut buffer = [0; 32];                            // 24 for the block, 8 for the last event ID
/// let mut parser = Parser::with_storage(Fixed::new(&mut buffer[..]));
/// let mut input = &b"data: just 23 bytes of value!\n\nid: 123456789\ndata: x\n\ndata: y\n\n"[..];
/// assert_eq!(parser.next(&mut input).unwrap().unwrap().data().len(), 23);
/// assert_eq!(parser.next(&mut input).unwrap_err().part, Part::LastEventId);
/// assert_eq!(parser.next(&mut input).unwrap().unwrap().data(), "y");
/// ```
#[derive(Clone)]
pub struct Fixed<B> {
    buffer: B,
    /// The length of the data, at the front.
    data: usize,
    /// The length of the value that is being read, behind the data.
    value: usize,
    /// The bytes occupied by event types and ids, at the back of the block's part.
    texts: usize,
    event_type: Option<Range<usize>>,
    id: Option<Range<usize>>,
    /// The length of the last event ID.
    last_event_id: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Fixed<B> {
    /// Storage in `buffer`, whose contents do not matter.
    ///
    /// ```
    /// use ssewire::{Fixed, Parser};
    ///
    /// let mut buffer = [0; 512];
    /// let mut parser = Parser::with_storage(Fixed::new(&mut buffer[..]));
    /// let mut input = &b"data: x\n\n"[..];
    /// assert_eq!(parser.next(&mut input)?.unwrap().data(), "x");
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    pub const fn new(buffer: B) -> Self {
        Self { buffer, data: 0, value: 0, texts: 0, event_type: None, id: None, last_event_id: 0 }
    }

    fn size(&self) -> usize {
        self.buffer.as_ref().len()
    }

    /// Where the text in `slot` lies.
    fn range(&self, slot: Slot) -> Option<Range<usize>> {
        match slot {
            Slot::Data => Some(0..self.data),
            Slot::Value => Some(self.data..self.data.saturating_add(self.value)),
            Slot::EventType => self.event_type.clone(),
            Slot::Id => self.id.clone(),
        }
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Buffers for Fixed<B> {
    fn limit(&self) -> usize {
        self.size().saturating_sub(self.id_limit())
    }

    fn id_limit(&self) -> usize {
        self.size() / 4
    }

    fn comment_limit(&self, used: usize) -> usize {
        self.limit().saturating_sub(used)
    }

    fn push(&mut self, slot: Slot, text: &str) {
        let start = self.data.saturating_add(self.value);
        let place = self.buffer.as_mut().get_mut(start..).and_then(|free| free.get_mut(..text.len()));
        debug_assert!(place.is_some(), "the parser has checked its limits");
        if let Some(place) = place {
            place.copy_from_slice(text.as_bytes());
            let length = if slot == Slot::Data { &mut self.data } else { &mut self.value };
            *length = length.saturating_add(text.len());
        }
    }

    fn end_value(&mut self, slot: Slot) {
        let end = self.limit().saturating_sub(self.texts);
        let start = end.saturating_sub(self.value);
        if let Some(free) = self.buffer.as_mut().get_mut(self.data..end)
            && let Some(by) = free.len().checked_sub(self.value)
        {
            free.copy_within(..self.value, by);
        }
        self.texts = self.texts.saturating_add(self.value);
        self.value = 0;
        *(if slot == Slot::Id { &mut self.id } else { &mut self.event_type }) = Some(start..end);
    }

    fn forget_value(&mut self) {
        self.value = 0;
    }

    fn text(&self, slot: Slot) -> Option<&str> {
        let text = self.buffer.as_ref().get(self.range(slot)?).and_then(utf8::check);
        debug_assert!(text.is_some(), "only text is stored");
        text
    }

    fn seal(&mut self) {
        self.data = self.data.saturating_sub(1);
    }

    fn commit_id(&mut self, id: Option<Id<'_>>) {
        let (limit, range) = (self.limit(), self.id.clone().unwrap_or_default());
        let Some((block, last)) = self.buffer.as_mut().split_at_mut_checked(limit) else { return };
        let id = id.map_or_else(|| block.get(range).unwrap_or_default(), |id| id.as_str().as_bytes());
        if let Some(place) = last.get_mut(..id.len()) {
            self.last_event_id = id.len();
            place.copy_from_slice(id);
        }
    }

    fn last_event_id(&self) -> &str {
        let last = self.buffer.as_ref().get(self.limit()..).and_then(|last| last.get(..self.last_event_id));
        let text = last.and_then(utf8::check);
        debug_assert!(text.is_some(), "only text is stored");
        text.unwrap_or_default()
    }

    fn clear(&mut self, _used: usize) {
        (self.data, self.value, self.texts) = (0, 0, 0);
        (self.event_type, self.id) = (None, None);
    }

    fn give_back(&mut self, keep_id: bool) {
        let id = self.id.take().filter(|_| keep_id);
        self.clear(0);
        if let Some(id) = id
            && let Some(front) = self.buffer.as_mut().get_mut(..id.end)
            && let Some(start) = front.len().checked_sub(id.len())
        {
            // As a value that was read, which ends.
            self.value = id.len();
            front.copy_within(start.., 0);
            self.end_value(Slot::Id);
        }
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> fmt::Debug for Fixed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixed").field("limit", &self.limit()).finish_non_exhaustive()
    }
}
