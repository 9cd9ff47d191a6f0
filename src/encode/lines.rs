//! Text of many lines, line by line: what data and comments are framed from.

use super::{parts::without_lf, search::is_above_line_ends, target::Target};
use crate::decode::scan::{LineEnd, find_line_end, split_at};

/// How far a long line is searched for its end before what was searched is lent: far enough that the search is cheap, near
/// enough that it is still in the first cache when it is copied.
pub(super) const LENT: usize = 8 * 1024;

/// The same, before or while it is copied: larger copies cost more for a byte. (Measured: 8 KiB take a seventh more time for a long line.)
pub(super) const COPIED: usize = 2 * 1024;

/// So many bytes without the end of a line say that a long text is likely one line.
const FIRST: usize = 256;

/// The first line of `text`, or a block of it, and what follows it.
pub(super) struct Block<'t> {
    pub(super) bytes: &'t [u8],
    /// What ended the line behind `bytes`. If nothing did, `rest` goes on in the same line, or is empty.
    pub(super) end: Option<LineEnd>,
    pub(super) rest: &'t [u8],
}

/// The first block of `text`. A payload is one line as a rule. Where it is not, which `among_lines` says of all but the first, its
/// lines are short as a rule, which [`find_line_end`] is for.
#[inline(always)]
pub(super) fn first_block<const SIZE: usize>(text: &[u8], among_lines: bool) -> Block<'_> {
    let block = text.get(..SIZE).unwrap_or(text);
    let at = if block.len() < 16 || (cfg!(feature = "simd") && among_lines) {
        find_line_end(block)
    } else if !among_lines && is_above_line_ends(block) {
        None
    } else {
        memchr::memchr2(b'\n', b'\r', block)
    };
    // In all of the text: the LF of a CRLF may lie behind the block.
    match at.and_then(|at| split_at(text, at)) {
        Some((bytes, end, rest)) => Block { bytes, end: Some(end), rest },
        None => Block { bytes: block, end: None, rest: text.get(block.len()..).unwrap_or_default() },
    }
}

/// Whether a text is short and has one line: most are. It may say no though a short one has.
#[inline(always)]
fn is_short_line(text: &[u8]) -> bool {
    match text.len() {
        0..16 => find_line_end(text).is_none(),
        16..=COPIED => is_above_line_ends(text),
        _ => false,
    }
}

/// Frames each line of `text` with `name`, which has the LF of the line before it in front. The first name goes without that; if the text
/// `goes_on` in a line, it goes not at all. The last line goes on with `tail`, which ends it or is empty.
#[inline(always)]
pub(super) fn put_lines<const N: usize, T: Target>(
    text: &[u8],
    name: &[u8; N],
    goes_on: bool,
    tail: &[u8],
    mut out: T,
) -> Option<T> {
    if !goes_on {
        out = out.put(without_lf(name))?;
    }
    if is_short_line(text) { out.put_both(text, tail) } else { put_all_lines(text, name, out)?.put(tail) }
}

/// The same, whatever the text, between the first name and the tail.
#[inline(never)]
fn put_all_lines<const N: usize, T: Target>(mut text: &[u8], name: &[u8; N], mut out: T) -> Option<T> {
    let mut among_lines = text.len() <= COPIED;
    if !among_lines && text.get(..FIRST).is_some_and(is_above_line_ends) {
        // (Not given the text itself, which would no longer be kept in registers.)
        let mut rest = text;
        out = out.put_blocks(&mut rest)?;
        text = rest;
    }
    loop {
        let block = first_block::<COPIED>(text, among_lines);
        out = out.put(block.bytes)?;
        if block.end.is_some() {
            among_lines = true;
            out = out.put(name)?;
        } else if block.rest.is_empty() {
            return Some(out);
        }
        text = block.rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_where_its_first_line_does_whatever_else_is_in_it() {
        for length in [1, 8, 31, 32, 33, 64, 65, 95, 250, 512] {
            for other in [0, b'\t', 0x0B, 0x0C, 0x0E, b'x', 0x7F, 0x80, 0xFF] {
                let mut bytes = [other; 512];
                let bytes = &mut bytes[..length];
                assert!(first_block::<LENT>(bytes, false).end.is_none(), "{other} {length} times");
                for place in (0..length).rev() {
                    for end in [b'\r', b'\n'] {
                        bytes[place] = end;
                        for among_lines in [false, true] {
                            let block = first_block::<LENT>(bytes, among_lines);
                            let want = if end == b'\n' { Some(LineEnd::Lf) } else { block.end };
                            assert_eq!(
                                (block.bytes.len(), block.end),
                                (place, want),
                                "{end} at {place} of {length} among {other}"
                            );
                            assert!(block.end.is_some());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_longer_than_a_block_goes_on() {
        let mut bytes = [b'x'; LENT + 100];
        let block = first_block::<LENT>(&bytes, false);
        assert_eq!((block.bytes.len(), block.end, block.rest.len()), (LENT, None, 100));
        bytes[LENT - 1] = b'\r';
        bytes[LENT] = b'\n';
        let block = first_block::<LENT>(&bytes, false);
        assert_eq!((block.bytes.len(), block.end, block.rest.len()), (LENT - 1, Some(LineEnd::CrLf), 99));
    }
}
