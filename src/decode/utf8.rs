//! Whether bytes are text.

/// From how many bytes on a vectorized check is faster than that of the standard library, in every script.
#[cfg(feature = "std")]
const LONG: usize = 64;

/// The bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "std")]
    if bytes.len() >= LONG {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    core::str::from_utf8(bytes).ok()
}

/// Whether a look into the middle finds ASCII alone. There the check of the standard library is quick.
#[cfg(feature = "alloc")]
#[inline]
pub(super) fn seems_ascii(bytes: &[u8]) -> bool {
    let middle = bytes.get(bytes.len() / 2..).and_then(|rest| rest.first_chunk::<16>());
    middle.is_none_or(|some| some.is_ascii())
}

/// The same as [`check`], where it was found to be text before. An empty text stands for what cannot be.
#[inline]
pub(crate) fn checked_before(bytes: &[u8]) -> &str {
    let text = check(bytes);
    debug_assert!(text.is_some(), "it was checked before");
    text.unwrap_or_default()
}

/// Splits off the first bytes of a character at the end, of which the rest has not come.
#[cfg(feature = "alloc")]
pub(super) fn split_cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    let is_continuation = |byte: &&u8| (0x80..0xC0).contains(*byte);
    let behind = bytes.iter().rev().take(3).take_while(is_continuation).count();
    let start = bytes.len().checked_sub(behind.saturating_add(1));
    match start.and_then(|start| bytes.split_at_checked(start)) {
        Some((whole, cut @ [first, ..])) if character_length(*first) > cut.len() => (whole, cut),
        _ => (bytes, &[]),
    }
}

/// How many bytes a character has that starts with this byte; 1 if none of more does.
#[cfg(feature = "alloc")]
pub(super) const fn character_length(first: u8) -> usize {
    match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}
