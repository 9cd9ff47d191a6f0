//! Where a slice lies.

use core::ops::Range;

/// Where `part`, a slice of `whole`, lies in it. (If it is not one: where `whole` has nothing.)
#[inline(always)]
pub(crate) fn place_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    start..start.wrapping_add(part.len())
}
