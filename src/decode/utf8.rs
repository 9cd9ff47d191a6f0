//! Whether bytes are text.

/// From how many bytes on vector instructions are faster than what the standard library does, whatever the script.
#[cfg(any(feature = "alloc", feature = "simd"))]
const LONG: usize = 128;

/// Whether two checks are likely to cost less than one by the standard library, which alone makes a `String` of a `Vec`: it is
/// quick only where text is ASCII, as a look into the middle tells.
#[cfg(feature = "alloc")]
#[inline]
pub(super) fn is_quick_twice(bytes: &[u8]) -> bool {
    let middle = bytes.len() / 2;
    cfg!(feature = "simd")
        && bytes.len() >= LONG
        && bytes.get(middle..).and_then(|rest| rest.first_chunk::<16>()).is_some_and(|some| !some.is_ascii())
}

/// The bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "simd")]
    if bytes.len() >= LONG {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    core::str::from_utf8(bytes).ok()
}

/// Splits off the first bytes of a character at the end, of which the rest has not come.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn split_cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    let back = bytes.iter().rev().take(3).position(|&byte| character_length(byte) > 1);
    let start = back.map(|back| bytes.len().saturating_sub(back.saturating_add(1)));
    match start.and_then(|start| bytes.split_at_checked(start)) {
        Some((whole, [first, rest @ ..])) if character_length(*first) > rest.len().saturating_add(1) => {
            (whole, bytes.get(whole.len()..).unwrap_or_default())
        }
        _ => (bytes, &[]),
    }
}

/// How many bytes a character has that starts with this byte; 1 if none of more does.
#[cfg(feature = "alloc")]
#[inline]
pub(super) const fn character_length(first: u8) -> usize {
    match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}
