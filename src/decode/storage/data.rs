//! The data of a block, on the heap.
//!
//! Short pieces are collected as bytes, and checked when the data is whole. A long piece makes the data text, and is checked at
//! once, while it is in the caches. A `Vec` becomes a `String` by a check, in the same memory; a `String` becomes a `Vec` for
//! nothing.
//!
//! Invariant: `bytes` is in use, or `text` and `cut` are, as `is_text` says. The other has no memory.

use alloc::{string::String, vec::Vec};

use super::super::utf8;

/// From how many bytes on a piece is worth a check of its own.
const PIECE: usize = if cfg!(fuzzing) { 4 } else { 256 };

#[derive(Clone)]
pub(super) struct Data {
    bytes: Vec<u8>,
    text: String,
    is_text: bool,
    /// It has been found not to be text.
    is_broken: bool,
    /// This block was joined, so the next is likely to be: the data stays text.
    was_joined: bool,
    /// The first bytes of a character of which the rest has not come, and how many they are. They follow `text`.
    cut: ([u8; 4], usize),
}

impl Data {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), text: String::new(), is_text: false, is_broken: false, was_joined: false, cut: ([0; 4], 0) }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.bytes.len().saturating_add(self.text.len()).saturating_add(self.cut.1)
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

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        if self.is_text { self.text.as_bytes() } else { &self.bytes }
    }

    /// The bytes, if this much can be appended to them without more ado.
    #[inline(always)]
    pub(super) const fn plain(&mut self, additional: usize) -> Option<&mut Vec<u8>> {
        let fits = additional <= self.bytes.capacity().saturating_sub(self.bytes.len());
        if fits && additional < PIECE { Some(&mut self.bytes) } else { None }
    }

    /// Appends to data that may be long. There is room.
    pub(super) fn push(&mut self, mut piece: &[u8]) {
        if self.is_text && self.len() == 0 {
            self.make_bytes();
        }
        if self.is_text || (piece.len() >= PIECE && !self.is_broken && self.make_text()) {
            if self.push_text(&mut piece) {
                return;
            }
            self.is_broken = true;
            self.make_bytes();
        }
        self.bytes.extend_from_slice(piece);
    }

    /// Appends text. If it is none, `false`, and `piece` is what was not appended.
    fn push_text(&mut self, piece: &mut &[u8]) -> bool {
        if let Some(&first) = self.cut_bytes().first() {
            let missing = utf8::character_length(first).saturating_sub(self.cut.1);
            let Some((more, rest)) = piece.split_at_checked(missing) else { return false };
            self.push_cut(more);
            *piece = rest;
            let (cut, length) = self.cut;
            let Some(character) = cut.get(..length).and_then(utf8::check) else { return false };
            self.text.push_str(character);
            self.cut.1 = 0;
        }
        let (whole, cut) = utf8::split_cut(piece);
        let Some(text) = utf8::check(whole) else { return false };
        self.text.push_str(text);
        self.push_cut(cut);
        true
    }

    /// The data becomes these lines, joined. Each may have its LF, or none. There is room for them.
    #[inline(always)]
    pub(super) fn join<'t>(&mut self, lines: impl Iterator<Item = &'t str>) {
        debug_assert!(self.len() == 0, "nothing is joined behind data");
        self.was_joined = true;
        if !self.is_text {
            self.make_text();
        }
        for line in lines {
            self.text.push_str(line);
            if !line.ends_with('\n') {
                self.text.push('\n');
            }
        }
        self.text.truncate(self.text.len().saturating_sub(1));
    }

    /// Makes the bytes text, if they are.
    #[inline]
    fn make_text(&mut self) -> bool {
        match String::from_utf8(core::mem::take(&mut self.bytes)) {
            Ok(text) => (self.text, self.is_text) = (text, true),
            Err(error) => {
                self.bytes = error.into_bytes();
                self.is_broken = true;
            }
        }
        self.is_text
    }

    /// Makes the text bytes again.
    fn make_bytes(&mut self) {
        if self.is_text {
            self.bytes = core::mem::take(&mut self.text).into_bytes();
            self.is_text = false;
        }
        let (cut, length) = self.cut;
        self.bytes.extend_from_slice(cut.get(..length).unwrap_or_default());
        self.cut.1 = 0;
    }

    fn cut_bytes(&self) -> &[u8] {
        self.cut.0.get(..self.cut.1).unwrap_or_default()
    }

    fn push_cut(&mut self, more: &[u8]) {
        for (to, from) in self.cut.0.iter_mut().skip(self.cut.1).zip(more) {
            *to = *from;
        }
        self.cut.1 = self.cut.1.saturating_add(more.len());
    }

    /// Drops the last LF, and says whether it is text.
    #[inline]
    pub(super) fn seal(&mut self) -> bool {
        if self.is_text {
            self.text.truncate(self.text.len().saturating_sub(1));
            return true;
        }
        self.bytes.pop();
        // Only the standard library makes a `String` of a `Vec`. In other scripts two checks by vectors cost less than its one.
        if utf8::seems_ascii(&self.bytes) { self.make_text() } else { utf8::check(&self.bytes).is_some() }
    }

    /// Once it is sealed.
    #[inline]
    pub(super) fn as_text(&self) -> &str {
        if self.is_text { &self.text } else { utf8::checked_before(&self.bytes) }
    }

    /// Takes the text, with its memory, if it is kept as text, and says so. Once it is sealed.
    pub(super) fn take_text(&mut self) -> (String, bool) {
        (if self.is_text { core::mem::take(&mut self.text) } else { String::from(self.as_text()) }, self.is_text)
    }

    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        self.make_bytes();
        &mut self.bytes
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        if self.is_text && !self.was_joined {
            self.make_bytes();
        }
        self.bytes.clear();
        self.text.clear();
        self.cut.1 = 0;
        (self.is_broken, self.was_joined) = (false, false);
    }
}
