//! Text of many lines, line by line: what data and comments are framed from.

use super::{cursor::without_lf, target::Target};
use crate::decode::scan::{LineEnd, find_line_end, split_at};

/// How far a long line is searched for its end before what was searched is used: far enough that the search is cheap, near
/// enough that it is still in the first cache when it is copied. (Measured: 4 and 16 KiB differ by less than 5 %.)
pub(super) const BLOCK: usize = 8 * 1024;

/// So many bytes without the end of a line say that a text of some blocks is likely one line.
const FIRST: usize = 256;

/// Whether 16 bytes or more are all larger than those that end a line, so that none does; `false` for fewer. That costs less than half
/// of a search for the first that does. (Tabs are not larger; who has them, is searched.)
#[inline]
fn is_above_line_ends(bytes: &[u8]) -> bool {
    if bytes.len() < 64 { are_above_line_ends::<16>(bytes) } else { are_above_line_ends::<64>(bytes) }
}

/// The same by lanes of so many bytes.
#[inline]
fn are_above_line_ends<const LANE: usize>(bytes: &[u8]) -> bool {
    // The last lane, which overlaps the one before.
    let Some(mut least) = bytes.last_chunk::<LANE>().copied() else { return false };
    for lane in bytes.as_chunks::<LANE>().0 {
        for (least, byte) in least.iter_mut().zip(lane) {
            *least = (*least).min(*byte);
        }
    }
    least.iter().fold(true, |above, byte| above & (*byte > b'\r'))
}

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
pub(super) fn first_block(text: &[u8], among_lines: bool) -> Block<'_> {
    let block = text.get(..BLOCK).unwrap_or(text);
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

/// Frames each line of `text` with `name`, which has the LF of the line before it in front. The first name goes without that; if the text
/// `goes_on` in a line, it goes not at all. The last line is left open.
#[inline(always)]
pub(super) fn put_lines(mut text: &[u8], name: &[u8], goes_on: bool, out: &mut impl Target) {
    if !goes_on {
        out.put(without_lf(name));
    }
    if text.len() >= 2 * BLOCK && text.get(..FIRST).is_some_and(is_above_line_ends) {
        let mut rest = text;
        out.put_blocks(&mut rest);
        text = rest;
    }
    let mut among_lines = false;
    loop {
        let block = first_block(text, among_lines);
        out.put(block.bytes);
        if block.end.is_some() {
            among_lines = true;
            out.put(name);
        } else if block.rest.is_empty() {
            return;
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
                assert!(first_block(bytes, false).end.is_none(), "{other} {length} times");
                for place in (0..length).rev() {
                    for end in [b'\r', b'\n'] {
                        bytes[place] = end;
                        for among_lines in [false, true] {
                            let block = first_block(bytes, among_lines);
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
        let mut bytes = [b'x'; BLOCK + 100];
        let block = first_block(&bytes, false);
        assert_eq!((block.bytes.len(), block.end, block.rest.len()), (BLOCK, None, 100));
        bytes[BLOCK - 1] = b'\r';
        bytes[BLOCK] = b'\n';
        let block = first_block(&bytes, false);
        assert_eq!((block.bytes.len(), block.end, block.rest.len()), (BLOCK - 1, Some(LineEnd::CrLf), 99));
    }
}
