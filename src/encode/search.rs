//! Whether a line ends in a text at all, which costs less to know than where.

/// Whether 16 bytes or more are all larger than those that end a line, so that none does; `false` for fewer. That costs less than half
/// of a search for the first that does. (Tabs are not larger; who has them, is searched.)
#[inline(always)]
pub(super) fn is_above_line_ends(bytes: &[u8]) -> bool {
    match bytes.len() {
        ..64 => are_above_line_ends::<16>(bytes),
        64..512 => are_some_above_line_ends(bytes),
        _ => are_many_above_line_ends(bytes),
    }
}

/// (On its own, since amid other code the compiler makes no vectors of it.)
#[inline(never)]
fn are_some_above_line_ends(bytes: &[u8]) -> bool {
    are_above_line_ends::<64>(bytes)
}

/// The same by lanes of so many bytes.
#[inline(always)]
fn are_above_line_ends<const LANE: usize>(bytes: &[u8]) -> bool {
    // The last lane, which overlaps the one before.
    let Some(mut least) = bytes.last_chunk::<LANE>().copied() else { return false };
    for lane in bytes.as_chunks().0 {
        keep_least(&mut least, lane);
    }
    let mut least_of_all = [u8::MAX; 16];
    for lane in least.as_chunks().0 {
        keep_least(&mut least_of_all, lane);
    }
    least_of_all.iter().fold(true, |above, byte| above & (*byte > b'\r'))
}

#[inline(always)]
fn keep_least<const LANE: usize>(least: &mut [u8; LANE], lane: &[u8; LANE]) {
    for (least, byte) in least.iter_mut().zip(lane) {
        *least = (*least).min(*byte);
    }
}

/// The same for 128 bytes or more. (Where vectors are chosen at run time, that takes as long as some hundred bytes.)
#[inline(never)]
fn are_many_above_line_ends(bytes: &[u8]) -> bool {
    let (lanes, rest) = bytes.as_chunks::<128>();
    let last = bytes.last_chunk::<128>().filter(|_| !rest.is_empty());
    vectorized(
        #[inline(always)]
        || {
            let least = |bytes: &[u8]| bytes.iter().fold(u8::MAX, |least, byte| least.min(*byte));
            least(lanes.as_flattened()) > b'\r' && last.is_none_or(|last| least(last) > b'\r')
        },
    )
}

/// Does what the compiler makes vectors of: with feature `simd` and std the widest that there are, else those of the target's baseline.
#[inline(always)]
pub(super) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(feature = "simd")]
    {
        use fearless_simd::{Level, Simd, dispatch};

        dispatch!(Level::try_detect().unwrap_or(Level::baseline()), simd => simd.vectorize(work))
    }
    #[cfg(not(feature = "simd"))]
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_but_those_up_to_a_cr_is_found_wherever_it_lies() {
        let mut bytes = [b'x'; 900];
        for length in (16..=130).chain([511, 512, 513, 639, 640, 641, 767, 768, 900]) {
            let bytes = &mut bytes[..length];
            assert!(is_above_line_ends(bytes), "{length}");
            for place in 0..length {
                for byte in [0, b'\t', b'\n', b'\r', 0x0E, 0x7F, 0x80, 0xFF] {
                    bytes[place] = byte;
                    assert_eq!(is_above_line_ends(bytes), byte > b'\r', "{byte} at {place} of {length}");
                }
                bytes[place] = b'x';
            }
        }
    }

    #[test]
    fn of_few_nothing_is_said() {
        assert!((0..16).all(|length| !is_above_line_ends(&[b'x'; 16][..length])));
    }
}
