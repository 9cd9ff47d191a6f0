//! Where lines end: at LF, at CR, or at CR and LF together
//! ([section 9.2.5](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream), `end-of-line`).
//!
//! Nothing else ends a line: not VT or FF, not NEL, not U+2028 or U+2029.
//!
//! Most lines are short, and a call of `memchr2` costs about as much as such a line. So the first [`NEAR`] bytes are searched
//! by a searcher that is inlined here, with the vectors that every processor of the target has. `memchr2` searches the rest: it
//! chooses the widest vectors at run time, if the crate has std.

#[cfg(target_arch = "aarch64")]
use memchr::arch::aarch64::neon::memchr::Two;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use memchr::arch::x86_64::sse2::memchr::Two;

/// How many bytes are searched here.
const NEAR: usize = 256;

/// What ended a line.
///
/// ```
/// use ssewire::decode::{LineEnd, Token, Tokenizer};
///
/// let mut input = &b"\n\r\n\r:"[..];
/// let ends: Vec<_> = Tokenizer::new()
///     .tokens(&mut input)
///     .map(|token| if let Token::BlankLine(end) = token { end } else { unreachable!() })
///     .collect();
/// assert_eq!(ends, [LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// `\n`
    Lf,
    /// `\r`, with something else behind it, or nothing yet. If the chunk ends here, an LF that belongs to it may still come.
    Cr,
    /// `\r\n`
    CrLf,
}

/// Where the first line ends: the place of the first LF or CR.
#[inline]
pub(crate) fn find_line_end(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < 16 {
        return find_in_few(bytes);
    }
    match find_near(bytes.get(..NEAR).unwrap_or(bytes)) {
        None if bytes.len() > NEAR => {
            let place = memchr::memchr2(b'\n', b'\r', bytes.get(NEAR..).unwrap_or_default())?;
            Some(place.wrapping_add(NEAR))
        }
        near => near,
    }
}

/// The same in fewer bytes than a vector has: in two words, which overlap.
#[inline]
fn find_in_few(bytes: &[u8]) -> Option<usize> {
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    };
    find_in_word(first).or_else(|| find_in_word(last).map(|place| place.wrapping_add(bytes.len()).wrapping_sub(8)))
}

/// In plain arithmetic. A byte above the first that is marked may be marked without being one.
#[inline]
const fn find_in_word(word: &[u8; 8]) -> Option<usize> {
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(u64::from_ne_bytes([1; 8])) & !word
    }
    let word = u64::from_le_bytes(*word);
    let marks = (zeros(word ^ u64::from_ne_bytes([b'\n'; 8])) | zeros(word ^ u64::from_ne_bytes([b'\r'; 8])))
        & u64::from_ne_bytes([0x80; 8]);
    if marks == 0 { None } else { Some((marks.trailing_zeros() / 8) as usize) }
}

/// Cuts off the first line: what stands before its end, the end, and what follows. `None` if no line ends here.
#[inline]
pub(crate) fn split_line(bytes: &[u8]) -> Option<(&[u8], LineEnd, &[u8])> {
    split_at(bytes, find_line_end(bytes)?)
}

/// Splits around the line end whose first byte is at `place`. The LF behind a CR is part of it.
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

/// The searcher is there wherever its target is, and the compiler knows. Other targets have `memchr2` alone.
#[inline(always)]
fn find_near(bytes: &[u8]) -> Option<usize> {
    #[cfg(any(target_arch = "aarch64", all(target_arch = "x86_64", target_feature = "sse2")))]
    if let Some(searcher) = Two::new(b'\n', b'\r') {
        return searcher.find(bytes);
    }
    memchr::memchr2(b'\n', b'\r', bytes)
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
        for length in NEAR - 20..NEAR + 80 {
            let mut bytes = [b'x'; NEAR + 80];
            assert_eq!(find_line_end(&bytes[..length]), None);
            for place in (length - 40..length).rev() {
                bytes[place] = b'\r';
                assert_eq!(find_line_end(&bytes[..length]), Some(place), "of {length}");
            }
        }
    }

    #[test]
    fn nothing_else_ends_a_line() {
        for byte in (0..=255_u8).filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            assert_eq!(find_line_end(&[byte; 200]), None, "{byte}");
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
