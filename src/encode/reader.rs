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
use crate::decode::scan::split_line;

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
    /// Where in the text the next line starts, and whether there is one.
    next_line: Option<usize>,
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
        let step = if wire.lead || wire.event_type.is_some() || wire.id.is_some() || wire.retry.is_some() { 0 } else { NAME };
        let mut reader = Self { wire, step, start: 0, end: 0, next_line: None, remaining };
        reader.enter(step);
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
            if self.start == self.end {
                self.leave();
            }
        }
    }

    /// Copies as much as `out` holds, and goes on by it: the number of bytes copied, which is less than `out` has room for only at
    /// the end. What lies behind them in `out` is left as it was.
    #[must_use = "it says how many bytes of the buffer to send"]
    pub fn copy_to(&mut self, out: &mut [u8]) -> usize {
        let mut copied = 0_usize;
        while let (Some(room), true) = (out.get_mut(copied..), self.has_remaining()) {
            let slice = self.slice();
            let count = slice.len().min(room.len());
            if let (Some(room), Some(slice)) = (room.get_mut(..count), slice.get(..count)) {
                room.copy_from_slice(slice);
            }
            if count == 0 {
                break;
            }
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
            (NAME, Some(lines)) => lines.name.as_bytes(),
            (LINE, Some(lines)) => lines.text,
            (NAME | LINE, None) | (END.., _) => &[],
            (TAIL, _) => self.wire.tail.as_bytes(),
            (head, _) => self.wire.head(head),
        }
    }

    /// Goes to the piece behind the one that was read.
    fn leave(&mut self) {
        match (self.step, self.next_line) {
            (LINE, Some(_)) => self.enter(NAME),
            (step, _) => self.enter(step.saturating_add(1)),
        }
    }

    /// Goes to this step, or to the next one that has a piece that is not empty.
    fn enter(&mut self, mut step: u8) {
        loop {
            (self.step, self.start) = (step, 0);
            self.end = match (step, self.wire.lines) {
                (NAME, Some(lines)) => {
                    if self.next_line.is_none() {
                        // The first line: there is none before it that must be ended.
                        self.next_line = Some(0);
                        self.start = if lines.goes_on { lines.name.as_bytes().len() } else { 1 };
                    }
                    lines.name.as_bytes().len()
                }
                (LINE, Some(lines)) => {
                    self.start = self.next_line.unwrap_or_default();
                    let text = lines.text.get(self.start..).unwrap_or_default();
                    let split = split_line(text);
                    self.next_line = split.map(|(.., rest)| lines.text.len().saturating_sub(rest.len()));
                    self.start.saturating_add(split.map_or(text.len(), |(line, ..)| line.len()))
                }
                (NAME | LINE, None) | (END.., _) => 0,
                (TAIL, _) => self.wire.tail.len(),
                (head, _) => self.wire.head(head).len(),
            };
            if self.start < self.end || step >= END {
                return;
            }
            step = if step == LINE && self.next_line.is_some() { NAME } else { step.saturating_add(1) };
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
