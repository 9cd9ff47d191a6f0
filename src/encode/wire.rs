//! The wire form, written once: which pieces it is made of, and in which order.
//!
//! ```text
//! "event: " type "\n"   "id: " id "\n"   "retry: " digits "\n"   "data: " line ("\ndata: " line)* "\n\n"
//! └───────────────────────────── head ────────────────────────┘ └────────── lines ──────────────┘└ tail ┘
//! ```
//!
//! What an item does not have is an empty piece. [`Wire::for_each`] takes all pieces in one go; a reader takes them one by one.

use crate::{
    Event, Item,
    decode::scan::{find_line_end, split_line},
    event::millis,
};

/// How far a first line is looked for, in longer text, before the text is taken to be one line.
const NEAR: usize = if cfg!(fuzzing) { 32 } else { 256 };

/// In how long pieces a long line is searched and put, where it is copied.
const BLOCK: usize = if cfg!(fuzzing) { 16 } else { 2048 };

const EVENT: &[u8] = b"event: ";
const ID: &[u8] = b"id: ";
const RETRY: &[u8] = b"retry: ";
const DATA: &[u8; 7] = b"\ndata: ";
const COMMENT: &[u8; 3] = b"\n: ";

/// What there is of an item on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a> {
    /// A line is open on the wire, and must be ended first.
    pub(super) lead: bool,
    pub(super) event_type: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) retry: Option<Digits>,
    pub(super) lines: Option<Lines<'a>>,
    pub(super) tail: &'static str,
}

/// Text that is framed line by line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    pub(super) text: &'a [u8],
    /// Or else data.
    pub(super) is_comment: bool,
    /// The first line was begun before.
    pub(super) goes_on: bool,
}

impl<'a> Lines<'a> {
    pub(super) const fn data(text: &'a [u8]) -> Self {
        Self { text, is_comment: false, goes_on: false }
    }

    pub(super) const fn comment(text: &'a str) -> Self {
        Self { text: text.as_bytes(), is_comment: true, goes_on: false }
    }

    /// What each line starts with, and in front of it the LF of the line before.
    #[inline(always)]
    pub(super) const fn name(&self) -> &'static [u8] {
        if self.is_comment { COMMENT } else { DATA }
    }

    /// What the first line starts with.
    #[inline(always)]
    pub(super) fn first_name(&self) -> &'static [u8] {
        if self.goes_on { &[] } else { self.name().get(1..).unwrap_or_default() }
    }

    /// All lines, each with its name, which is given as a constant so that it becomes a move.
    #[inline(always)]
    fn for_each<const N: usize>(&self, name: &[u8; N], in_blocks: bool, put: &mut impl FnMut(&[u8])) {
        if !self.goes_on {
            put(name.get(1..).unwrap_or_default());
        }
        let mut rest = self.text;
        if in_blocks {
            while let Some((block, after)) = rest.split_at_checked(BLOCK) {
                if memchr::memchr2(b'\n', b'\r', block).is_some() {
                    break;
                }
                put(block);
                rest = after;
            }
        }
        // (Where the first line is short, there are mostly more.)
        let has_short_line = rest.get(..NEAR).is_some_and(|near| find_line_end(near).is_some());
        if has_short_line || !is_one_line(rest) {
            while let Some((line, _, after)) = split_line(rest) {
                put(line);
                put(name);
                rest = after;
            }
        }
        put(rest);
    }
}

/// The decimal digits of a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    digits: [u8; 20],
    start: usize,
}

impl Digits {
    #[cold]
    pub(super) fn new(mut number: u64) -> Self {
        let (mut digits, mut start) = ([b'0'; 20], 20);
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            if number == 0 && start < 20 {
                break;
            }
            *digit = b'0'.wrapping_add((number % 10) as u8);
            (number, start) = (number / 10, place);
        }
        Self { digits, start }
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

impl<'a> Wire<'a> {
    pub(super) const EMPTY: Self = Self { lead: false, event_type: None, id: None, retry: None, lines: None, tail: "" };

    /// How many pieces the head has.
    pub(super) const HEAD: u8 = 10;

    #[inline]
    pub(super) fn event(event: &Event<'a>) -> Self {
        Self {
            event_type: event.explicit_type(),
            id: event.id(),
            retry: event.retry.map(Digits::new),
            lines: Some(Lines::data(event.data.as_bytes())),
            tail: "\n\n",
            ..Self::EMPTY
        }
    }

    #[inline]
    pub(super) fn item(item: &Item<'a>) -> Self {
        match item {
            Item::Event(event) => Self::event(event),
            Item::Comment(text) => Self { lines: Some(Lines::comment(text)), tail: "\n", ..Self::EMPTY },
            Item::Retry(time) => Self { retry: Some(Digits::new(millis(*time))), tail: "\n", ..Self::EMPTY },
            Item::LastEventId(id) => Self { id: Some(id.as_str()), tail: "\n", ..Self::EMPTY },
            Item::NoData(event) => Self { lines: None, tail: "\n", ..Self::event(event) },
            // At the start of a stream a BOM would be dropped, and the line might then be that of a field: it is sent as a comment.
            Item::Unknown(line) => {
                let goes_on = !line.as_str().starts_with('\u{FEFF}');
                Self { lines: Some(Lines { goes_on, ..Lines::comment(line.as_str()) }), tail: "\n", ..Self::EMPTY }
            }
        }
    }

    /// A piece of the head.
    #[inline(always)]
    pub(super) fn head(&self, index: u8) -> &[u8] {
        match (index, self.event_type, self.id, &self.retry) {
            (0, ..) if self.lead => b"\n",
            (1, Some(_), ..) => EVENT,
            (2, Some(event_type), ..) => event_type.as_bytes(),
            (4, _, Some(_), _) => ID,
            (5, _, Some(id), _) => id.as_bytes(),
            (7, _, _, Some(_)) => RETRY,
            (8, _, _, Some(digits)) => digits.as_bytes(),
            (3, Some(_), ..) | (6, _, Some(_), _) | (9, _, _, Some(_)) => b"\n",
            _ => b"",
        }
    }

    /// A line of the head: three pieces. (No loop, so that the compiler knows each.)
    #[inline(always)]
    fn put_line(&self, first: u8, put: &mut impl FnMut(&[u8])) {
        put(self.head(first));
        put(self.head(first.wrapping_add(1)));
        put(self.head(first.wrapping_add(2)));
    }

    /// All pieces in their order. (Inlined, so that the pieces that are constants become moves.)
    #[inline(always)]
    pub(super) fn for_each(&self, put: impl FnMut(&[u8])) {
        self.pieces(false, put);
    }

    /// The same, but long lines in pieces of [`BLOCK`] bytes, which are still in the nearest cache when they are copied.
    #[inline(always)]
    pub(super) fn for_each_block(&self, put: impl FnMut(&[u8])) {
        self.pieces(true, put);
    }

    #[inline(always)]
    fn pieces(&self, in_blocks: bool, mut put: impl FnMut(&[u8])) {
        put(self.head(0));
        if self.event_type.is_some() {
            self.put_line(1, &mut put);
        }
        if self.id.is_some() {
            self.put_line(4, &mut put);
        }
        if self.retry.is_some() {
            self.put_line(7, &mut put);
        }
        match self.lines {
            Some(lines @ Lines { is_comment: false, .. }) => lines.for_each(DATA, in_blocks, &mut put),
            Some(lines) => lines.for_each(COMMENT, in_blocks, &mut put),
            None => {}
        }
        put(self.tail.as_bytes());
    }

    /// How many bytes it is long, if its text is one line. Otherwise less.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(super) fn least_len(&self) -> usize {
        let mut length = self.lines.map_or(0, |lines| lines.first_name().len().wrapping_add(lines.text.len()));
        Self { lines: None, ..*self }.for_each(|piece| length = length.wrapping_add(piece.len()));
        length
    }

    /// How many bytes it is long.
    pub(super) fn len(&self) -> usize {
        let mut length = 0_usize;
        self.for_each(|piece| length = length.saturating_add(piece.len()));
        length
    }
}

/// Whether a text has no line end, at less cost than a search: whether its least byte is above those that end a line. Text with
/// tabs takes the search, and so does what is shorter than 16 bytes.
#[inline]
fn is_one_line(text: &[u8]) -> bool {
    if text.len() < 64 { is_above_line_ends::<16>(text) } else { are_many_above_line_ends(text) }
}

/// (On its own, since amid other code the compiler makes no vectors of it.)
#[inline(never)]
fn are_many_above_line_ends(text: &[u8]) -> bool {
    is_above_line_ends::<64>(text)
}

/// By lanes of so many bytes, which the compiler makes vectors of.
#[inline(always)]
fn is_above_line_ends<const LANE: usize>(text: &[u8]) -> bool {
    // The last lane overlaps the one before.
    let Some(mut least) = text.last_chunk::<LANE>().copied() else { return false };
    for lane in text.as_chunks::<LANE>().0 {
        for (least, byte) in least.iter_mut().zip(lane) {
            *least = (*least).min(*byte);
        }
    }
    least.iter().fold(u8::MAX, |least, byte| least.min(*byte)) > b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_if_no_byte_of_it_is_at_or_below_a_cr() {
        let mut bytes = [b'x'; 900];
        for length in (16..=130).chain([511, 512, 513, 900]) {
            let bytes = &mut bytes[..length];
            assert!(is_one_line(bytes), "{length}");
            for place in 0..length {
                for byte in [0, b'\t', b'\n', b'\r', 0x0E, 0x7F, 0x80, 0xFF] {
                    bytes[place] = byte;
                    assert_eq!(is_one_line(bytes), byte > b'\r', "{byte} at {place} of {length}");
                }
                bytes[place] = b'x';
            }
        }
        assert!((0..16).all(|length| !is_one_line(&[b'x'; 16][..length])));
    }

    #[test]
    fn digits_are_those_of_the_standard_library() {
        extern crate std;
        let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
        for number in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            assert_eq!(Digits::new(number).as_bytes(), std::format!("{number}").as_bytes());
        }
    }
}
