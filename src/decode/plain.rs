//! The fast path: a plain block that lies whole in the chunk, read in one go.
//!
//! Nearly every block is plain: an event type, an id and one line of data, or some of these, as most servers write them (with one
//! space behind the colon), and a blank line. Such a block needs no token for each line and no state. Everything else is left to
//! the tokenizer, which gives the same results alone.

use super::scan::{find_line_end, split_line};

/// The values of a block, as slices of the chunk: at most one line of each field.
#[derive(Clone, Copy, Default)]
pub(super) struct Values<'i> {
    pub(super) data: Option<&'i [u8]>,
    pub(super) event_type: Option<&'i [u8]>,
    pub(super) id: Option<&'i [u8]>,
}

/// What follows the values that were read.
#[derive(Clone, Copy)]
pub(super) enum After<'i> {
    /// The blank line, which was read, too.
    BlankLine,
    /// Data that goes on in the next chunk. It starts here.
    OpenData(&'i [u8]),
    /// Another line of data. The first starts here.
    MoreData(&'i [u8]),
    /// Another line, or nothing.
    Line,
}

impl<'i> Values<'i> {
    /// Reads a block as far as it is plain. Only to be called at the start of a block.
    #[inline(always)]
    pub(super) fn read(input: &mut &'i [u8]) -> (Self, After<'i>) {
        let mut values = Self { event_type: take_line(input, b"event: "), ..Self::default() };
        values.id = take_line(input, b"id: ");
        if values.id.is_some() && values.event_type.is_none() {
            values.event_type = take_line(input, b"event: ");
        }
        let data = input.strip_prefix(b"data: ");
        if let Some(value) = data {
            let Some((line, _, rest)) = split_line(value) else { return (values, After::OpenData(value)) };
            (values.data, *input) = (Some(line), rest);
        }
        if let Some(rest) = after_blank_line(input) {
            *input = rest;
            return (values, After::BlankLine);
        }
        match data {
            Some(value) if input.starts_with(b"data: ") => (values, After::MoreData(value)),
            // (Behind a CR that ends the chunk, its LF may still come.)
            Some(value) if input.is_empty() => (values, After::OpenData(value)),
            _ => (values, After::Line),
        }
    }

    /// What they count under the limit: their bytes, and one for each line.
    #[inline(always)]
    pub(super) fn counted(&self) -> usize {
        let line = |value: Option<&[u8]>| value.map_or(0, |value| value.len().saturating_add(1));
        line(self.data).saturating_add(line(self.event_type)).saturating_add(line(self.id))
    }
}

/// Skips blocks of nothing but whole comments, and blank lines. Only to be called at the start of a block. How many comments it
/// skipped.
#[inline(never)]
pub(super) fn skip_heartbeats(input: &mut &[u8]) -> u64 {
    let (mut bytes, mut comments, mut skipped) = (*input, 0_u64, 0);
    loop {
        bytes = match bytes {
            [b':', ..] => match find_line_end(bytes).and_then(|end| bytes.get(end..)) {
                Some([b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] | [b'\r', rest @ ..]) => {
                    comments = comments.wrapping_add(1);
                    rest
                }
                _ => return skipped,
            },
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => {
                (*input, skipped) = (rest, comments);
                rest
            }
            _ => return skipped,
        }
    }
}

/// What follows the blank line at the start, if there is one and it is known what ended it.
#[inline(always)]
pub(super) fn after_blank_line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"\n").or_else(|| bytes.strip_prefix(b"\r\n"))
}

/// If `input` starts with a whole line of this field, reads it and returns its value.
#[inline(always)]
fn take_line<'i, const N: usize>(input: &mut &'i [u8], name: &[u8; N]) -> Option<&'i [u8]> {
    let (value, _, rest) = split_line(input.strip_prefix(name)?)?;
    *input = rest;
    Some(value)
}
