//! Whether bytes are text.

/// From how many bytes on vector instructions are faster than what the standard library does, whatever the script.
#[cfg(feature = "simd")]
const LONG: usize = 128;

/// Whether two checks cost less than one by the standard library, which alone makes a `String` of a `Vec`.
#[cfg(feature = "alloc")]
#[inline]
pub(super) const fn is_quick(length: usize) -> bool {
    cfg!(feature = "simd") && length >= 128
}

/// The bytes as text, if they are UTF-8.
#[inline]
pub(super) fn check(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "simd")]
    if bytes.len() >= LONG {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    core::str::from_utf8(bytes).ok()
}
