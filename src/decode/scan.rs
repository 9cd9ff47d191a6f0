//! Where lines end: at LF, at CR, or at CR and LF together
//! ([section 9.2.5](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream), `end-of-line`).
//!
//! Nothing else ends a line: not VT or FF, not NEL, not U+2028 or U+2029.
//!
//! Most lines of most streams are short, and a call into `memchr` costs about as much as such a line is worth. So the first
//! 32 bytes are searched here, eight at a time in plain integer arithmetic, or, with feature `simd`, the first 512, sixteen at a
//! time in a vector. What is still open then is long enough for `memchr` and its wider vectors.

/// How many bytes are looked at together.
const LANE: usize = if cfg!(feature = "simd") { 16 } else { 8 };

/// How many bytes are searched by lanes before `memchr2` takes over. Measured: by words, 16 and 64 are slower on most streams; by
/// vectors, 64 is slower on lines of about that length.
const NEAR: usize = if cfg!(feature = "simd") { 512 } else { 32 };

/// What ended a line.
///
/// ```
/// use ssewire::{LineEnd, Token, Tokenizer};
///
/// let ends: Vec<_> = Tokenizer::new()
///     .tokens(&mut &b"\n\r\n\r."[..])
///     .map_while(|token| if let Token::BlankLine(end) = token { Some(end) } else { None })
///     .collect();
/// assert_eq!(ends, [LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// `\n`.
    Lf,
    /// `\r`, with something else after it or nothing yet.
    Cr,
    /// `\r\n`.
    CrLf,
}

/// The position of the first LF or CR.
///
/// ```
/// use ssewire::decode::scan::find_line_end;
///
/// assert_eq!(find_line_end(b"data: 1\r\n"), Some(7));
/// assert_eq!(find_line_end("one\u{2028}line".as_bytes()), None);
/// ```
#[inline]
#[must_use]
pub fn find_line_end(bytes: &[u8]) -> Option<usize> {
    let mut before = 0_usize;
    for lane in bytes.as_chunks::<LANE>().0.iter().take(NEAR / LANE) {
        if let Some(place) = first_in_lane(lane) {
            return Some(before.wrapping_add(place));
        }
        before = before.wrapping_add(LANE);
    }
    if before == NEAR {
        return memchr::memchr2(b'\n', b'\r', bytes.get(NEAR..)?).map(|place| place.wrapping_add(NEAR));
    }
    // Less than a lane is left.
    match bytes.last_chunk::<LANE>() {
        // The last lane, of which the first bytes were searched already.
        Some(lane) => first_in_lane(lane).map(|place| place.wrapping_add(bytes.len().wrapping_sub(LANE))),
        None => find_in_few(bytes),
    }
}

/// The first line, what ended it, and what follows; `None` if no line ends here.
///
/// A CR that is the last byte is [`LineEnd::Cr`] with nothing after it: an LF that comes later belongs to it.
///
/// ```
/// use ssewire::decode::scan::{LineEnd, split_line};
///
/// assert_eq!(split_line(b"a\r\nb"), Some((&b"a"[..], LineEnd::CrLf, &b"b"[..])));
/// assert_eq!(split_line(b"b"), None);
/// ```
#[inline]
#[must_use]
pub fn split_line(bytes: &[u8]) -> Option<(&[u8], LineEnd, &[u8])> {
    split_at(bytes, find_line_end(bytes)?)
}

/// The same as [`split_line`], for what is likely long: the rest of a line that was too long for a chunk.
#[inline]
pub(super) fn split_long_line(bytes: &[u8]) -> Option<(&[u8], LineEnd, &[u8])> {
    let place = if bytes.len() < 2 * LANE { find_line_end(bytes) } else { memchr::memchr2(b'\n', b'\r', bytes) };
    split_at(bytes, place?)
}

/// At the place of a line end.
#[inline]
pub(crate) fn split_at(bytes: &[u8], place: usize) -> Option<(&[u8], LineEnd, &[u8])> {
    let (line, end) = bytes.split_at_checked(place)?;
    let (end, rest) = match end {
        [b'\n', rest @ ..] => (LineEnd::Lf, rest),
        [b'\r', b'\n', rest @ ..] => (LineEnd::CrLf, rest),
        [_, rest @ ..] => (LineEnd::Cr, rest),
        [] => return None,
    };
    Some((line, end, rest))
}

/// Fewer bytes than a lane has.
#[inline]
fn find_in_few(bytes: &[u8]) -> Option<usize> {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return first_in_word(first)
            .or_else(|| first_in_word(last).map(|place| place.wrapping_add(bytes.len().wrapping_sub(8))));
    }
    if let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk()) {
        // The two halves of a word may overlap.
        let place = first_in_word(&[a, b, c, d, e, f, g, h])?;
        return Some(if place < 4 { place } else { place.wrapping_add(bytes.len()).wrapping_sub(8) });
    }
    bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'))
}

#[cfg(not(feature = "simd"))]
use first_in_word as first_in_lane;

/// The place of the first LF or CR in a lane.
#[cfg(feature = "simd")]
#[inline]
fn first_in_lane(lane: &[u8; LANE]) -> Option<usize> {
    use fearless_simd::{Level, dispatch, prelude::*, u8x16};

    #[inline(always)]
    fn marks<S: Simd>(simd: S, lane: &[u8; LANE]) -> u64 {
        let lane = u8x16::from_slice(simd, lane);
        (lane.simd_eq(u8x16::splat(simd, b'\n')) | lane.simd_eq(u8x16::splat(simd, b'\r'))).to_bitmask()
    }
    let marks = dispatch!(Level::baseline(), simd => marks(simd, lane));
    if marks == 0 { None } else { Some(marks.trailing_zeros() as usize) }
}

/// The place of the first LF or CR among eight bytes.
///
/// The arithmetic sets the top bit of the lowest byte that is one. Bits above that one may be set for no reason, since a
/// subtraction borrows from the byte above, but never from the one below.
#[inline]
const fn first_in_word(word: &[u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    const LF: u64 = u64::from_ne_bytes([b'\n'; 8]);
    const CR: u64 = u64::from_ne_bytes([b'\r'; 8]);
    let word = u64::from_le_bytes(*word);
    let (lf, cr) = (word ^ LF, word ^ CR);
    let marks = ((lf.wrapping_sub(ONES) & !lf) | (cr.wrapping_sub(ONES) & !cr)) & TOPS;
    if marks == 0 { None } else { Some((marks.trailing_zeros() / 8) as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_line_end_at_every_place_beside_every_byte() {
        for length in 0..80 {
            for place in 0..length {
                for end in [b'\n', b'\r'] {
                    for other in 0..=255_u8 {
                        let mut bytes = [0; 80];
                        let bytes = &mut bytes[..length];
                        bytes.fill(other);
                        bytes[place] = end;
                        let want = if matches!(other, b'\n' | b'\r') { 0 } else { place };
                        assert_eq!(find_line_end(bytes), Some(want), "{end} at {place} of {length} among {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn finds_the_first_line_end_in_a_long_line() {
        for length in NEAR - LANE - 2..NEAR + 3 * LANE {
            let mut bytes = [b'x'; NEAR + 3 * LANE];
            assert_eq!(find_line_end(&bytes[..length]), None);
            for place in (length - 2 * LANE..length).rev() {
                bytes[place] = b'\r';
                assert_eq!(find_line_end(&bytes[..length]), Some(place), "of {length}");
            }
        }
    }

    #[test]
    fn nothing_else_ends_a_line() {
        for byte in (0..=255_u8).filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            assert_eq!(find_line_end(&[byte; 80]), None, "{byte}");
        }
    }

    #[test]
    fn splits_a_line_by_each_line_end() {
        let split = |input| split_line(input).map(|(line, end, rest)| (line.len(), end, rest.len()));
        for (input, want) in [
            (&b""[..], None),
            (b"a", None),
            (b"\n", Some((0, LineEnd::Lf, 0))),
            (b"a\nb", Some((1, LineEnd::Lf, 1))),
            (b"a\r\nb", Some((1, LineEnd::CrLf, 1))),
            (b"a\rb", Some((1, LineEnd::Cr, 1))),
            (b"a\r", Some((1, LineEnd::Cr, 0))),
            (b"a\r\r\n", Some((1, LineEnd::Cr, 2))),
        ] {
            assert_eq!(split(input), want, "{input:?}");
        }
    }
}
