//! The wire form as a sequence of pieces, and a place in it. It holds no text, so the same cursor serves a borrowed and an
//! owned item.
//!
//! ```text
//! "\nevent: " ► type ► "\nid: " ► id ► "\nretry: " ► digits ► "\ndata: " ► block ─┬─► tail ► end
//!                                                                  ▲    ▲          │
//!                                                                  │    └─ line goes on
//!                                                                  └── line ended ─┘
//! ```
//!
//! What the item does not have is passed over. A name has the LF of the line before it in front, so a line is two pieces; where
//! no line is open before it, the first piece goes without that LF.

use core::ops::Range;

use super::{
    lines::{first_block, put_lines},
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
    const fn name(self) -> &'static [u8] {
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

    /// The fields in front of the text, by their numbers in their order: the name and the value, if the item has it. The value of the
    /// retry stands for its digits, which come from there two by two.
    #[inline(always)]
    fn field(&self, number: usize) -> Option<(&'static [u8], &'a [u8])> {
        match number {
            0 => Some((b"\nevent: ", self.event_type?.as_bytes())),
            1 => Some((b"\nid: ", self.id?.as_bytes())),
            _ => self.retry.map(|_| (RETRY_NAME, PAIRS)),
        }
    }

    /// Copies all of it, if it fits: the number of bytes.
    #[inline]
    pub(super) fn copy_whole(&self, out: &mut [u8]) -> Option<usize> {
        if self.lines.is_some_and(|lines| lines.text.len() > out.len()) {
            return None;
        }
        let size = out.len();
        let mut out = Room(Some(out));
        self.put_into(&mut out);
        out.0.map(|left| size.saturating_sub(left.len()))
    }

    /// All of it, from the start, piece by piece: what a [`Cursor`] gives, without the cost of one.
    #[inline(always)]
    pub(super) fn put_into(&self, out: &mut impl Target) {
        if self.lead {
            out.put(b"\n");
        }
        // (Not in a loop, in which the compiler would not know the names.)
        put_field(self.field(0), out);
        put_field(self.field(1), out);
        if let Some(retry) = self.retry {
            out.put(without_lf(RETRY_NAME));
            for behind in (0..count_pairs(retry)).rev() {
                out.put(PAIRS.get(pair(retry, behind)).unwrap_or_default());
            }
            out.put(b"\n");
        }
        match self.lines {
            Some(Lines { text, kind: Kind::Data, goes_on }) => put_lines(text, DATA, goes_on, out),
            Some(Lines { text, kind: Kind::Comment, goes_on }) => put_lines(text, COMMENT, goes_on, out),
            // The last line is ended already.
            None => return out.put(without_lf(self.tail.as_bytes())),
        }
        out.put(self.tail.as_bytes());
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
        let field = |(name, value): (&[u8], &[u8])| name.len().saturating_add(value.len());
        let fields = [0, 1].map(|number| self.field(number).map_or(0, field));
        let digits = |number: u64| number.checked_ilog10().unwrap_or_default().saturating_add(1) as usize;
        let retry = self.retry.map_or(0, |retry| RETRY_NAME.len().saturating_add(digits(retry)));
        let (name, text, goes_on) = match self.lines {
            Some(Lines { text, kind, goes_on }) => (if goes_on { 0 } else { kind.name().len() }, text.len(), goes_on),
            None => (0, 0, false),
        };
        // (The LF of the first name.)
        let all = fields.into_iter().chain([retry, name, text, self.tail.len()]).fold(0, usize::saturating_add);
        all.saturating_sub(usize::from(!self.lead && !goes_on))
    }
}

const FIELDS: usize = 3;
const RETRY: usize = 2;

const RETRY_NAME: &[u8] = b"\nretry: ";
/// All numbers of two digits.
const PAIRS: &[u8] =
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
fn put_field(field: Option<(&[u8], &[u8])>, out: &mut impl Target) {
    if let Some((name, value)) = field {
        out.put(without_lf(name));
        out.put(value);
        out.put(b"\n");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Before all of it.
    Unread,
    /// The name of a [`field`](Parts::field).
    Name(usize),
    Value(usize),
    LineName,
    /// A line of the text, or a block of it.
    Line,
    Tail,
    End,
}

impl Step {
    /// At this field, or at the next that the item has.
    #[inline]
    fn at_field(number: usize, parts: &Parts<'_>) -> Self {
        let number = (number..FIELDS).find(|&number| parts.field(number).is_some());
        match (number, parts.lines) {
            (Some(number), _) => Self::Name(number),
            (None, Some(Lines { goes_on: false, .. })) => Self::LineName,
            (None, Some(Lines { goes_on: true, .. })) => Self::Line,
            (None, None) => Self::Tail,
        }
    }

    /// What its piece is a part of.
    #[inline]
    fn source<'p>(self, parts: &Parts<'p>) -> &'p [u8] {
        match self {
            Self::Unread | Self::End => b"",
            Self::Name(number) => parts.field(number).unwrap_or_default().0,
            Self::Value(number) => parts.field(number).unwrap_or_default().1,
            Self::LineName => parts.lines.map_or(b"", |lines| lines.kind.name()),
            Self::Line => parts.lines.map_or(b"", |lines| lines.text),
            Self::Tail => parts.tail.as_bytes(),
        }
    }
}

/// A place in the wire form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    step: Step,
    /// Behind the block of text that the cursor is in or came from.
    then: Step,
    /// What is left of the piece, by its place in the source of the step: empty only at the end.
    start: usize,
    end: usize,
    /// Where in the text the next block starts; before it, how many pairs of digits of the retry are still to come.
    next: usize,
}

impl Cursor {
    const UNREAD: Self = Self { step: Step::Unread, then: Step::Tail, start: 0, end: 0, next: 0 };
    pub(super) const END: Self = Self { step: Step::End, ..Self::UNREAD };

    #[inline]
    pub(super) fn start(parts: &Parts<'_>) -> Self {
        let mut cursor = Self::UNREAD;
        cursor.next_piece(parts);
        cursor
    }

    #[inline]
    pub(super) const fn is_at_end(&self) -> bool {
        matches!(self.step, Step::End)
    }

    /// What is left of the piece that the cursor is in: empty only at the end.
    #[inline]
    pub(super) fn piece<'p>(&self, parts: &Parts<'p>) -> &'p [u8] {
        self.step.source(parts).get(self.start..self.end).unwrap_or_default()
    }

    /// The piece, and then the cursor goes on to the next one.
    #[inline]
    pub(super) fn take_piece<'p>(&mut self, parts: &Parts<'p>) -> Option<&'p [u8]> {
        let piece = self.piece(parts);
        self.next_piece(parts);
        (!piece.is_empty()).then_some(piece)
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self, parts: &Parts<'_>) -> usize {
        let (mut cursor, mut count) = (*self, 0_usize);
        while !cursor.is_at_end() {
            count = count.saturating_add(cursor.left());
            cursor.next_piece(parts);
        }
        count
    }

    /// How many bytes are left of the piece.
    #[inline]
    const fn left(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Goes on by `count` bytes, or to the end.
    #[inline]
    pub(super) fn advance(&mut self, parts: &Parts<'_>, mut count: usize) {
        while count >= self.left() && !self.is_at_end() {
            count = count.saturating_sub(self.left());
            self.next_piece(parts);
        }
        self.start = self.start.saturating_add(count);
    }

    /// Copies as much as `out` holds, and goes on by it.
    #[inline]
    pub(super) fn copy_to(&mut self, parts: &Parts<'_>, out: &mut [u8]) -> usize {
        let mut copied = 0_usize;
        while let Some(room) = out.get_mut(copied..) {
            let piece = self.piece(parts);
            let count = piece.len().min(room.len());
            let (Some(room), Some(piece)) = (room.get_mut(..count), piece.get(..count)) else { break };
            if count == 0 {
                break;
            }
            room.copy_from_slice(piece);
            self.advance(parts, count);
            copied = copied.saturating_add(count);
        }
        copied
    }

    /// Goes on to the next piece that is not empty.
    #[inline]
    fn next_piece(&mut self, parts: &Parts<'_>) {
        loop {
            self.next_step(parts);
            if self.left() > 0 || self.is_at_end() {
                return;
            }
        }
    }

    #[inline]
    fn next_step(&mut self, parts: &Parts<'_>) {
        // Where no line is open, there is none to be ended.
        let lf = usize::from(self.step == Step::Unread && !parts.lead);
        self.step = match self.step {
            Step::Unread => Step::at_field(0, parts),
            Step::Name(field) => Step::Value(field),
            Step::Value(RETRY) if self.next > 0 => self.step,
            Step::Value(field) => Step::at_field(field.saturating_add(1), parts),
            Step::LineName => Step::Line,
            Step::Line => self.then,
            Step::Tail | Step::End => Step::End,
        };
        let source = self.step.source(parts);
        match (self.step, parts.retry) {
            (Step::Line, _) => self.next_block(source),
            (Step::Value(RETRY), Some(retry)) => self.next_pair(retry),
            _ => (self.start, self.end) = (lf, source.len()),
        }
    }

    #[cold]
    fn next_pair(&mut self, retry: u64) {
        let left = if self.next > 0 { self.next } else { count_pairs(retry) };
        self.next = left.saturating_sub(1);
        Range { start: self.start, end: self.end } = pair(retry, self.next);
    }

    /// The next line of the text, or block of it.
    #[inline]
    fn next_block(&mut self, text: &[u8]) {
        let start = self.next;
        let text = text.get(start..).unwrap_or_default();
        let block = first_block(text, start > 0);
        self.then = match block.end {
            Some(_) => Step::LineName,
            None if block.rest.is_empty() => Step::Tail,
            None => Step::Line,
        };
        self.start = start;
        self.end = start.saturating_add(block.bytes.len());
        self.next = start.saturating_add(text.len().saturating_sub(block.rest.len()));
    }
}

/// How many pairs of digits a number has; the first may be one digit.
#[cold]
fn count_pairs(number: u64) -> usize {
    (number.checked_ilog10().unwrap_or_default() / 2).saturating_add(1) as usize
}

/// Where among [`PAIRS`] the digits of a number are that have so many pairs behind them.
#[cold]
fn pair(number: u64, behind: usize) -> Range<usize> {
    let from_there = (0..behind).fold(number, |number, _| number / 100);
    let start = ((from_there % 100) as usize).saturating_mul(2);
    start.saturating_add(usize::from(from_there < 10))..start.saturating_add(2)
}
