//! Whether bytes are text, and the text of what is not.
//!
//! Bytes that are not UTF-8 are replaced as the standard's "UTF-8 decode" and every browser have it: each maximal subpart of an
//! ill-formed sequence becomes one U+FFFD.

/// From how many bytes on a vectorized check is faster than that of the standard library, in every script.
#[cfg(feature = "std")]
const LONG: usize = 64;

/// From how many bytes on it is faster to check as many as `LONG`.
#[cfg(feature = "std")]
const SHORT: usize = 24;

/// The bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "std")]
    if bytes.len() >= LONG {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    core::str::from_utf8(bytes).ok()
}

/// The same, of the first `length` bytes of what there is. If there is more behind them, more is checked at once: up to a multiple of `LONG`, since
/// what is left over would be checked apart.
#[inline]
pub(crate) fn check_first(bytes: &[u8], length: usize) -> Option<&str> {
    #[cfg(feature = "std")]
    {
        let more = length.wrapping_add(LONG - 1) & !(LONG - 1);
        if length >= SHORT
            && more != length
            && more <= bytes.len()
            && let Some(text) = check_ahead(bytes, more)
        {
            return text.get(..length);
        }
    }
    check(bytes.get(..length)?)
}

/// The first bytes as text. (Not inlined, since it is called in the hottest function from several places.)
#[cfg(feature = "std")]
#[inline(never)]
fn check_ahead(bytes: &[u8], length: usize) -> Option<&str> {
    let (ahead, behind) = bytes.split_at_checked(length)?;
    // (In the middle of a character it is no use to try.)
    if behind.first().is_some_and(|byte| is_continuation(*byte)) {
        return None;
    }
    simdutf8::basic::from_utf8(ahead).ok()
}

/// Splits off the first bytes of a character at the end, of which the rest has not come.
#[inline]
fn split_cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    if bytes.last().is_none_or(u8::is_ascii) {
        return (bytes, &[]);
    }
    let behind = bytes.iter().rev().take(3).take_while(|byte| is_continuation(**byte)).count();
    match bytes.split_at_checked(bytes.len().wrapping_sub(behind).wrapping_sub(1)) {
        Some((whole, cut @ [first, ..])) if cut.len() < character_length(*first) => (whole, cut),
        _ => (bytes, &[]),
    }
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// How many bytes a character has that starts with this byte, if one does.
const fn character_length(first: u8) -> usize {
    match first.leading_ones() {
        length @ 2..=4 => length as usize,
        _ => 1,
    }
}

/// A value that comes in pieces, cut anywhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    /// The first bytes of a character of which the rest has not come, and how many they are.
    cut: [u8; 4],
    cut_length: u8,
    /// Something was replaced.
    pub(super) is_lossy: bool,
    /// By how many bytes the text is longer than what it was made of, since what was replaced had less than three.
    pub(super) growth: usize,
}

impl Pieces {
    pub(super) const NEW: Self = Self { cut: [0; 4], cut_length: 0, is_lossy: false, growth: 0 };

    /// Puts the text of the next piece, in one or more parts, each with the growth so far.
    #[inline]
    pub(super) fn decode(&mut self, mut piece: &[u8], ended: bool, mut put: impl FnMut(&str, usize)) {
        while let (Some(&first), Some((&byte, rest))) = (self.cut().first(), piece.split_first()) {
            if is_continuation(byte) {
                self.push_cut(byte);
                piece = rest;
            }
            if !is_continuation(byte) || self.cut().len() == character_length(first) {
                self.put_cut(&mut put);
            }
        }
        let (whole, cut) = split_cut(piece);
        self.put_all(whole, &mut put);
        cut.iter().for_each(|byte| self.push_cut(*byte));
        if ended {
            self.put_cut(&mut put);
        }
    }

    fn cut(&self) -> &[u8] {
        self.cut.get(..usize::from(self.cut_length)).unwrap_or_default()
    }

    fn push_cut(&mut self, byte: u8) {
        if let Some(place) = self.cut.get_mut(usize::from(self.cut_length)) {
            *place = byte;
            self.cut_length = self.cut_length.wrapping_add(1);
        }
    }

    fn put_cut(&mut self, put: &mut impl FnMut(&str, usize)) {
        let Self { cut, cut_length, .. } = *self;
        self.cut_length = 0;
        self.put_all(cut.get(..usize::from(cut_length)).unwrap_or_default(), put);
    }

    fn put_all(&mut self, bytes: &[u8], put: &mut impl FnMut(&str, usize)) {
        if let Some(text) = check(bytes) {
            return put(text, self.growth);
        }
        for chunk in bytes.utf8_chunks() {
            put(chunk.valid(), self.growth);
            let length = chunk.invalid().len();
            if length > 0 {
                self.is_lossy = true;
                self.growth = self.growth.saturating_add("\u{FFFD}".len().saturating_sub(length));
                put("\u{FFFD}", self.growth);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::String;

    #[test]
    fn pieces_cut_anywhere_become_the_text_that_the_standard_library_makes() {
        // Every sequence of up to five bytes from a set that holds each kind of lead and continuation byte.
        const KINDS: [u8; 12] = [b'a', 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xEF, 0xF0, 0xF4];
        let mut bytes = [0; 5];
        for number in 0..KINDS.len().pow(5) {
            let mut rest = number;
            for byte in &mut bytes {
                *byte = KINDS[rest % KINDS.len()];
                rest /= KINDS.len();
            }
            let want = String::from_utf8_lossy(&bytes);
            // By what is between each two bytes: whether they are cut there.
            for cuts in [0, 1, 2, 4, 8, 15] {
                let (mut pieces, mut text, mut start) = (Pieces::NEW, String::new(), 0);
                for end in (1..=5).filter(|end| *end == 5 || cuts >> (end - 1) & 1 == 1) {
                    pieces.decode(&bytes[start..end], end == 5, |piece, _| text.push_str(piece));
                    start = end;
                }
                assert_eq!(text, want, "{bytes:x?} {cuts:b}");
                assert_eq!(pieces.growth, want.len() - bytes.len(), "{bytes:x?} {cuts:b}");
                assert_eq!(pieces.is_lossy, core::str::from_utf8(&bytes).is_err(), "{bytes:x?} {cuts:b}");
            }
        }
    }
}
