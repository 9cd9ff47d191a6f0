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
        && bytes.get(middle..).is_some_and(|rest| !rest.iter().take(16).all(u8::is_ascii))
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
