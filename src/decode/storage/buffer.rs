//! What is kept of a block, on the heap: bytes that become text, in one piece of memory all the time. (A `String` becomes a
//! `Vec` for nothing, and a `Vec` a `String` for a check.)
//!
//! What is short is collected as bytes and checked once, when it is whole. By then, long data has left the caches, and a check,
//! which reads it all again, costs as much as all that was done before. So data that has become long is kept as text: each
//! piece is checked while it is at hand, and nothing is left to do at the end. Bytes that are not UTF-8, or many short pieces,
//! each of which would cost a check, make it bytes again.

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use super::super::utf8;

/// From how many bytes on data is kept as text. (The inputs of fuzzers are short.)
const LONG: usize = if cfg!(fuzzing) { 16 } else { 4096 };

/// How many bytes a piece must have on average for that.
const PIECE: usize = if cfg!(fuzzing) { 4 } else { 256 };

#[derive(Clone)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    text: String,
    is_text: bool,
    /// Behind the text, the first bytes of a character of which the rest has not come.
    cut: Cut,
    /// How many pieces were pushed to the text.
    pieces: usize,
    /// From this length of the bytes on, it is time to look whether they should be text: `LONG` or more, 0 while it is text.
    long: usize,
}

impl Buffer {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), text: String::new(), is_text: false, cut: Cut::NONE, pieces: 0, long: LONG }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.text.len().saturating_add(self.bytes.len()).saturating_add(self.cut.length)
    }

    #[inline]
    pub(super) const fn capacity(&self) -> usize {
        if self.is_text { self.text.capacity() } else { self.bytes.capacity() }
    }

    pub(super) fn reserve_exact(&mut self, additional: usize) {
        if self.is_text { self.text.reserve_exact(additional) } else { self.bytes.reserve_exact(additional) }
    }

    pub(super) fn shrink_to(&mut self, capacity: usize) {
        if self.is_text { self.text.shrink_to(capacity) } else { self.bytes.shrink_to(capacity) }
    }

    /// As it came, but for a cut character.
    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        if self.is_text { self.text.as_bytes() } else { &self.bytes }
    }

    /// A part of it, if that is text.
    #[inline]
    pub(super) fn get(&self, range: Range<usize>) -> Option<&str> {
        if self.is_text { self.text.get(range) } else { self.bytes.get(range).and_then(utf8::check) }
    }

    /// The bytes, if it is short and there is room for so many more.
    #[inline]
    pub(super) fn short(&mut self, additional: usize) -> Option<&mut Vec<u8>> {
        let is_short = self.bytes.len() < self.long && additional <= self.bytes.capacity().saturating_sub(self.bytes.len());
        is_short.then_some(&mut self.bytes)
    }

    /// Appends a line or a piece of one; with LF if it has ended. There must be room.
    pub(super) fn push(&mut self, mut piece: &[u8], ended: bool) {
        if self.bytes.len() >= self.long {
            if self.count_piece(piece) && self.make_text() && self.push_text(&mut piece, ended) {
                return;
            }
            self.make_bytes();
            // Not again before there is twice as much.
            self.long = self.bytes.len().saturating_mul(2);
        }
        self.bytes.extend_from_slice(piece);
        if ended {
            self.bytes.push(b'\n');
        }
    }

    /// One more piece: whether the check of each is worth its while.
    const fn count_piece(&mut self, piece: &[u8]) -> bool {
        self.pieces = self.pieces.saturating_add(1);
        if self.is_text { self.pieces.saturating_mul(PIECE) <= self.text.len() } else { piece.len() >= PIECE }
    }

    /// Appends as much of a piece as is text, and says whether all of it was.
    fn push_text(&mut self, piece: &mut &[u8], ended: bool) -> bool {
        if let Some(&first) = self.cut.as_bytes().first() {
            let missing = utf8::character_length(first).saturating_sub(self.cut.length);
            let Some((more, rest)) = piece.split_at_checked(missing) else { return false };
            self.cut.push(more);
            *piece = rest;
            let Some(character) = utf8::check(self.cut.as_bytes()) else { return false };
            self.text.push_str(character);
            self.cut = Cut::NONE;
        }
        let (whole, cut) = utf8::split_cut(piece);
        let Some(text) = utf8::check(whole).filter(|_| cut.is_empty() || !ended) else { return false };
        self.text.push_str(text);
        self.cut.push(cut);
        if ended {
            self.text.push('\n');
        }
        true
    }

    /// Makes it text, if it is, but for a cut character.
    fn make_text(&mut self) -> bool {
        if !self.is_text {
            let (whole, cut) = utf8::split_cut(&self.bytes);
            self.cut.push(cut);
            self.bytes.truncate(whole.len());
            if self.check() {
                (self.pieces, self.long) = (0, 0);
            } else {
                self.uncut();
            }
        }
        self.is_text
    }

    /// Makes it bytes.
    #[inline]
    pub(super) fn make_bytes(&mut self) {
        if self.is_text {
            self.bytes = core::mem::take(&mut self.text).into_bytes();
            self.is_text = false;
            self.uncut();
        }
    }

    fn uncut(&mut self) {
        self.bytes.extend_from_slice(self.cut.as_bytes());
        self.cut = Cut::NONE;
    }

    /// Drops the last LF, and says whether what is left is text.
    #[inline]
    pub(super) fn seal(&mut self) -> bool {
        if self.is_text {
            self.text.pop();
            return true;
        }
        self.bytes.pop();
        if utf8::is_quick_twice(&self.bytes) { utf8::check(&self.bytes).is_some() } else { self.check() }
    }

    /// Makes it text, if all of it is.
    #[inline]
    pub(super) fn check(&mut self) -> bool {
        if !self.is_text {
            match String::from_utf8(core::mem::take(&mut self.bytes)) {
                Ok(text) => (self.text, self.is_text) = (text, true),
                Err(error) => self.bytes = error.into_bytes(),
            }
        }
        self.is_text
    }

    /// The capacity, while it is not text.
    #[inline]
    pub(super) const fn bytes_capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        self.make_bytes();
        &mut self.bytes
    }

    /// Forgets all but the memory.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.make_bytes();
        self.bytes.clear();
        (self.pieces, self.long) = (0, LONG);
    }
}

/// Some bytes of one character.
#[derive(Clone, Copy)]
struct Cut {
    bytes: [u8; 4],
    length: usize,
}

impl Cut {
    const NONE: Self = Self { bytes: [0; 4], length: 0 };

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, more: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(self.length).zip(more) {
            *to = *from;
        }
        self.length = self.length.saturating_add(more.len());
    }
}
