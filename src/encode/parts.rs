//! What there is of an item on the wire, all of it at once.

use core::ops::Range;

use super::{
    cursor::Place,
    lines::put_lines,
    target::{Room, Target},
};
use crate::{Event, Item, event::millis};

/// What an item is on the wire, borrowed from it. Making this is all that `encode` does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// A line is open before it, or a block that holds a `retry` of another item: the LF in front of the first name closes it.
    pub(super) lead: bool,
    pub(super) event_type: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    /// In milliseconds.
    pub(super) retry: Option<u64>,
    pub(super) lines: Option<Lines<'a>>,
    /// What comes last: the end of the last line and, for most, the blank line. Empty to leave the line open.
    pub(super) tail: &'static str,
}

/// Data, or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    pub(super) text: &'a [u8],
    pub(super) kind: Kind,
    /// The name of the first line and the start of the line are on the wire already.
    pub(super) goes_on: bool,
}

/// What each of the lines is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Data,
    Comment,
}

impl Kind {
    /// With the LF of the line before it in front.
    #[inline]
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Data => DATA,
            Self::Comment => COMMENT,
        }
    }
}

impl<'a> Lines<'a> {
    pub(super) const fn data(text: &'a [u8]) -> Self {
        Self { text, kind: Kind::Data, goes_on: false }
    }

    pub(super) const fn comment(text: &'a str) -> Self {
        Self { text: text.as_bytes(), kind: Kind::Comment, goes_on: false }
    }
}

impl<'a> Parts<'a> {
    pub(super) const EMPTY: Self = Self { lead: false, event_type: None, id: None, retry: None, lines: None, tail: "\n\n" };

    #[inline]
    pub(super) const fn event(event: &Event<'a>) -> Self {
        Self {
            event_type: if event.event_type.is_empty() { None } else { Some(event.event_type) },
            id: event.id(),
            retry: event.retry,
            lines: Some(Lines::data(event.data.as_bytes())),
            ..Self::EMPTY
        }
    }

    #[inline]
    pub(super) const fn item(item: &Item<'a>) -> Self {
        match item {
            Item::Event(event) => Self::event(event),
            Item::Comment(text) => Self { lines: Some(Lines::comment(text)), tail: "\n", ..Self::EMPTY },
            Item::Retry(time) => Self { retry: Some(millis(*time)), ..Self::EMPTY },
            Item::LastEventId(id) => Self { id: Some(id.as_str()), ..Self::EMPTY },
        }
    }

    /// Copies all of it, if it fits: the number of bytes.
    #[inline]
    pub(super) fn copy_whole(&self, out: &mut [u8]) -> Option<usize> {
        let size = out.len();
        if self.lines.is_some_and(|lines| lines.text.len() > size) {
            return None;
        }
        let left = self.put_into(Room(out))?.0;
        Some(size.wrapping_sub(left.len()))
    }

    /// Copies as much as `out` holds, from the start: the number of bytes, and the place behind them.
    #[inline(always)]
    pub(super) fn copy_to(&self, out: &mut [u8]) -> (usize, Place<'a>) {
        match self.copy_whole(out) {
            Some(length) => (length, Place::END),
            None => self.copy_some(out),
        }
    }

    /// (By value: what is lent to a function has to lie in memory, also for those who do not come here.)
    #[inline(never)]
    fn copy_some(self, out: &mut [u8]) -> (usize, Place<'a>) {
        let mut place = Place::start(&self);
        (place.copy_to(&self, out), place)
    }

    /// All of it, from the start, piece by piece: what a [`Place`] gives, without the cost of one. `None` if there is no room for it.
    #[inline(always)]
    pub(super) fn put_into<T: Target>(&self, mut out: T) -> Option<T> {
        if self.lead {
            out = out.put(b"\n")?;
        }
        out = put_field(EVENT, self.event_type, out)?;
        out = put_field(ID, self.id, out)?;
        if let Some(retry) = self.retry {
            out = out.put(without_lf(RETRY))?;
            for behind in (0..count_pairs(retry)).rev() {
                out = out.put(PAIRS.get(pair(retry, behind)).unwrap_or_default())?;
            }
            out = out.put(b"\n")?;
        }
        let tail = self.tail.as_bytes();
        match self.lines {
            Some(Lines { text, kind: Kind::Data, goes_on }) => put_lines(text, DATA, goes_on, tail, out),
            Some(Lines { text, kind: Kind::Comment, goes_on }) => put_lines(text, COMMENT, goes_on, tail, out),
            // The last line is ended already.
            None => out.put(without_lf(tail)),
        }
    }

    /// Nothing goes onto the wire for this: an empty piece of a line of data.
    #[inline]
    pub(super) fn are_empty(&self) -> bool {
        self.tail.is_empty() && self.lines.is_none_or(|lines| lines.goes_on && lines.text.is_empty())
    }

    /// The bytes that this has on the wire, if its text has one line; else it has more.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn least_length(&self) -> usize {
        let field = |name: &[u8], value: Option<&str>| value.map_or(0, |value| name.len().saturating_add(value.len()));
        let digits = |number: u64| number.checked_ilog10().unwrap_or_default().saturating_add(1) as usize;
        let retry = self.retry.map_or(0, |retry| RETRY.len().saturating_add(digits(retry)));
        let (name, text, goes_on) = match self.lines {
            Some(Lines { text, kind, goes_on }) => (if goes_on { 0 } else { kind.name().len() }, text.len(), goes_on),
            None => (0, 0, false),
        };
        // (The LF of the first name.)
        let all = [field(EVENT, self.event_type), field(ID, self.id), retry, name, text, self.tail.len()];
        all.into_iter().fold(0, usize::saturating_add).saturating_sub(usize::from(!self.lead && !goes_on))
    }
}

pub(super) const EVENT: &[u8] = b"\nevent: ";
pub(super) const ID: &[u8] = b"\nid: ";
pub(super) const RETRY: &[u8] = b"\nretry: ";
/// All numbers of two digits.
pub(super) const PAIRS: &[u8] =
    b"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051\
    525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

const DATA: &[u8; 7] = b"\ndata: ";
const COMMENT: &[u8; 3] = b"\n: ";

/// Without the LF of the line before, which is on the wire already.
#[inline(always)]
pub(super) fn without_lf(piece: &[u8]) -> &[u8] {
    piece.get(1..).unwrap_or_default()
}

#[inline(always)]
fn put_field<T: Target>(name: &[u8], value: Option<&str>, out: T) -> Option<T> {
    match value {
        Some(value) => out.put(without_lf(name))?.put(value.as_bytes())?.put(b"\n"),
        None => Some(out),
    }
}

/// How many pairs of digits a number has; the first may be one digit.
#[cold]
pub(super) fn count_pairs(number: u64) -> usize {
    (number.checked_ilog10().unwrap_or_default() / 2).saturating_add(1) as usize
}

/// Where among [`PAIRS`] the digits of a number are that have so many pairs behind them.
#[cold]
pub(super) fn pair(number: u64, behind: usize) -> Range<usize> {
    let from_there = (0..behind).fold(number, |number, _| number / 100);
    let start = ((from_there % 100) as usize).saturating_mul(2);
    start.saturating_add(usize::from(from_there < 10))..start.saturating_add(2)
}
