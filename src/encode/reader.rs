//! The wire form, read bit by bit: a place among the pieces of a [`Wire`].
//!
//! ```text
//! head 0 ► head 1 ► … ► name ► line ─┬─► tail ► end
//!                        ▲           │
//!                        └─ another ─┘
//! ```
//!
//! Invariant: the piece that is read is not empty, except at the end.

use core::fmt;

use super::wire::Wire;
use crate::decode::scan::{find_line_end, split_at};

/// Reads an [`Encoded`](super::Encoded) bit by bit: into send buffers of any size, as slices, and as a `bytes::Buf` (feature
/// `bytes`). It goes on at any byte, and allocates nothing.
///
/// It is no `Iterator`: `take` and `chain` would clash with those of `Buf`.
#[derive(Clone)]
#[must_use = "it does nothing until it is read"]
pub struct EncodedReader<'a> {
    wire: Wire<'a>,
    step: u8,
    /// The piece that is read: from where to where in its source, which for a line is the whole text.
    start: usize,
    end: usize,
    /// Where in the text the line starts. The first line alone starts at 0.
    line: usize,
    remaining: usize,
}

const NAME: u8 = Wire::HEAD;
const LINE: u8 = NAME + 1;
const TAIL: u8 = LINE + 1;
const END: u8 = TAIL + 1;

impl<'a> EncodedReader<'a> {
    #[inline]
    pub(super) fn new(wire: Wire<'a>) -> Self {
        let remaining = wire.len();
        let has_head = wire.lead || wire.event_type.is_some() || wire.id.is_some() || wire.retry.is_some();
        let (step, end) = if has_head { (0, wire.head(0).len()) } else { (Wire::HEAD.saturating_sub(1), 0) };
        let mut reader = Self { wire, step, start: 0, end, line: 0, remaining };
        reader.next_piece();
        reader
    }

    /// How many bytes are still to be read.
    #[must_use]
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.remaining
    }

    /// Whether anything is still to be read.
    #[must_use]
    #[inline]
    pub const fn has_remaining(&self) -> bool {
        self.remaining > 0
    }

    /// The first of the slices that are still to be read; empty at the end.
    #[must_use]
    #[inline]
    pub fn slice(&self) -> &[u8] {
        let slice = self.source(self.step).get(self.start..self.end);
        debug_assert!(slice.is_some(), "a piece lies in its source");
        slice.unwrap_or_default()
    }

    /// The slices that are still to be read, in order. None is empty. A line of the data is a slice of its own, and so are the
    /// frames around it.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let reader = Event::new("a\nb").with_id("7")?.encode().reader();
    /// let slices: Vec<_> = reader.slices().collect();
    /// assert_eq!(slices, [&b"id: "[..], b"7", b"\n", b"data: ", b"a", b"\ndata: ", b"b", b"\n\n"]);
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> + use<'_, 'a> {
        let mut place = self.clone();
        core::iter::from_fn(move || {
            let (step, start, length) = (place.step, place.start, place.slice().len());
            place.advance(length);
            // The same piece, of the reader that is borrowed.
            self.source(step).get(start..start.saturating_add(length)).filter(|slice| !slice.is_empty())
        })
    }

    /// Goes on by so many bytes, as if they had been read. By more than there are, to the end.
    pub fn advance(&mut self, count: usize) {
        let mut count = count.min(self.remaining);
        self.remaining = self.remaining.saturating_sub(count);
        while count > 0 {
            let left = self.end.saturating_sub(self.start);
            let step = left.min(count);
            self.start = self.start.saturating_add(step);
            count = count.saturating_sub(step);
            self.next_piece();
        }
    }

    /// Copies as much as `out` holds, and goes on by it: the number of bytes copied, which is less than `out` has room for only at
    /// the end. What lies behind them in `out` is left as it was.
    #[must_use = "it says how many bytes of the buffer to send"]
    pub fn copy_to(&mut self, out: &mut [u8]) -> usize {
        let mut copied = 0_usize;
        while self.has_remaining() && copied < out.len() {
            let (slice, room) = (self.slice(), out.get_mut(copied..).unwrap_or_default());
            let count = slice.len().min(room.len());
            room.iter_mut().zip(slice).for_each(|(to, from)| *to = *from);
            self.advance(count);
            copied = copied.saturating_add(count);
        }
        copied
    }

    /// What is left, as text, behind the name of a type.
    pub(super) fn write_escaped(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{name}(\"")?;
        self.slices().try_for_each(|slice| write!(f, "{}", slice.escape_ascii()))?;
        f.write_str("\")")
    }

    /// What the piece of a step is a part of.
    #[inline]
    fn source(&self, step: u8) -> &[u8] {
        match (step, &self.wire.lines) {
            (NAME, Some(lines)) => lines.name(),
            (LINE, Some(lines)) => lines.text,
            (TAIL, _) => self.wire.tail.as_bytes(),
            (head, _) => self.wire.head(head),
        }
    }

    /// From the end of a piece, goes to the next one that is not empty.
    fn next_piece(&mut self) {
        while self.start == self.end && self.step < END {
            let text = self.wire.lines.filter(|_| self.step == LINE).map_or(&[][..], |lines| lines.text);
            self.step = match split_at(text, self.end) {
                Some((.., rest)) => {
                    self.line = text.len().saturating_sub(rest.len());
                    NAME
                }
                None => self.step.saturating_add(1),
            };
            (self.start, self.end) = match (self.step, self.wire.lines) {
                (NAME, Some(lines)) if self.line == 0 => {
                    let name = lines.name().len();
                    (name.saturating_sub(lines.first_name().len()), name)
                }
                (LINE, Some(lines)) => {
                    let rest = lines.text.get(self.line..).unwrap_or_default();
                    (self.line, self.line.saturating_add(find_line_end(rest).unwrap_or(rest.len())))
                }
                (step, _) => (0, self.source(step).len()),
            };
        }
    }
}

#[cfg(feature = "bytes")]
impl bytes::Buf for EncodedReader<'_> {
    #[inline]
    fn remaining(&self) -> usize {
        self.remaining
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.slice()
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.advance(count);
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'s>(&'s self, out: &mut [std::io::IoSlice<'s>]) -> usize {
        let filled = out.iter_mut().zip(self.slices()).map(|(place, slice)| *place = std::io::IoSlice::new(slice));
        filled.count()
    }
}

impl fmt::Debug for EncodedReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_escaped("EncodedReader", f)
    }
}
