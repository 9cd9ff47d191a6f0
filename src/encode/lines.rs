//! Text of many lines, line by line: what data and comments are framed from.

use crate::decode::scan::{LineEnd, find_line_end};

/// How far a long line is searched for its end before what was searched is used: far enough that the search is cheap, near
/// enough that it is still in the first cache when it is copied. Measured.
const BLOCK: usize = 8 * 1024;

/// Up to which length a text is searched by plain arithmetic.
const SHORT: usize = 32;

/// The first line of `text`, or a block of it, and what follows it.
pub(super) struct Block<'t> {
    pub(super) bytes: &'t [u8],
    /// What ended the line behind `bytes`. If nothing did, `rest` goes on in the same line, or is empty.
    pub(super) end: Option<LineEnd>,
    pub(super) rest: &'t [u8],
}

#[inline(always)]
pub(super) fn first_block(text: &[u8]) -> Block<'_> {
    let block = text.get(..BLOCK).unwrap_or(text);
    // Payloads of one line are the rule: what is not very short is searched to its end, so `memchr2` at once.
    let at = if block.len() > SHORT { memchr::memchr2(b'\n', b'\r', block) } else { find_line_end(block) };
    match at.and_then(|at| text.split_at_checked(at)) {
        // (The LF of a CRLF may lie behind the block.)
        Some((bytes, [b'\r', b'\n', rest @ ..])) => Block { bytes, end: Some(LineEnd::CrLf), rest },
        Some((bytes, [b'\n', rest @ ..])) => Block { bytes, end: Some(LineEnd::Lf), rest },
        Some((bytes, [_, rest @ ..])) => Block { bytes, end: Some(LineEnd::Cr), rest },
        _ => Block { bytes: block, end: None, rest: text.get(block.len()..).unwrap_or_default() },
    }
}

/// Frames each line of `text` with `name` in front and LF behind, but for the last line, which is left open. If `goes_on`, the
/// first name is on the wire already.
#[inline(always)]
pub(super) fn for_each_piece<const N: usize>(text: &[u8], name: &[u8; N], goes_on: bool, mut put: impl FnMut(&[u8])) {
    if !goes_on {
        put(name);
    }
    let mut text = text;
    loop {
        let block = first_block(text);
        match block.end {
            // The LF is there to be copied with the line.
            Some(LineEnd::Lf) => put(text.get(..=block.bytes.len()).unwrap_or_default()),
            Some(LineEnd::Cr | LineEnd::CrLf) => {
                put(block.bytes);
                put(b"\n");
            }
            None => put(block.bytes),
        }
        if block.end.is_some() {
            put(name);
        } else if block.rest.is_empty() {
            return;
        }
        text = block.rest;
    }
}
