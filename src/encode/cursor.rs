//! The wire form as a sequence of pieces, and a place in it. It holds no text, so the same cursor serves a borrowed and an
//! owned item.
//!
//! ```text
//! [lead] ► "event: " ► type ► "\nid: " ► id ► "\nretry: " ► digits ► "\ndata: " ► block ─┬─► tail ► end
//!                                                                        ▲    ▲          │
//!                                                                        │    └─ line goes on
//!                                                                        └── line ended ─┘
//! ```
//!
//! What the item does not have is passed over. A name has the LF of the line before it in front, so a line is two pieces.

use super::lines::{first_block, for_each_piece};
use crate::{Event, Item, event::millis};

/// What an item is on the wire, borrowed from it. Making this is all that `encode` does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// A blank line before it, which closes a block that holds a `retry` of another item.
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
        if self.lines.is_some_and(|lines| lines.text.len() > out.len()) {
            return None;
        }
        let (mut room, mut fits) = (&mut *out, true);
        self.for_each_piece(|piece| match core::mem::take(&mut room).split_at_mut_checked(piece.len()) {
            Some((now, later)) => {
                now.copy_from_slice(piece);
                room = later;
            }
            None => fits = false,
        });
        let left = room.len();
        if fits { Some(out.len().saturating_sub(left)) } else { None }
    }

    /// All of it, from the start, piece by piece: what a [`Cursor`] gives, without the cost of one.
    #[inline(always)]
    pub(super) fn for_each_piece(&self, mut put: impl FnMut(&[u8])) {
        if self.lead {
            put(b"\n");
        }
        if let Some(event_type) = self.event_type {
            put(b"event: ");
            put(event_type.as_bytes());
            put(b"\n");
        }
        if let Some(id) = self.id {
            put(b"id: ");
            put(id.as_bytes());
            put(b"\n");
        }
        if let Some(retry) = self.retry {
            put(b"retry: ");
            put(Digits::of(Some(retry)).as_str().as_bytes());
            put(b"\n");
        }
        match self.lines {
            Some(Lines { text, kind: Kind::Data, goes_on }) => for_each_piece(text, b"data: ", goes_on, &mut put),
            Some(Lines { text, kind: Kind::Comment, goes_on }) => for_each_piece(text, b": ", goes_on, &mut put),
            None => {
                // The LF of the tail ends the last line, and there it is ended.
                return put(self.tail.strip_prefix('\n').unwrap_or(self.tail).as_bytes());
            }
        }
        put(self.tail.as_bytes());
    }

    /// Nothing goes onto the wire for this: an empty piece of a line of data.
    #[inline]
    pub(super) fn are_empty(&self) -> bool {
        self.tail.is_empty() && !self.lead && self.lines.is_none_or(|lines| lines.goes_on && lines.text.is_empty())
    }

    /// The bytes that this has on the wire, if its text has one line; else it has more.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn least_length(&self) -> usize {
        // The name, its colon and space, and the LF that ends the line or that the tail begins with.
        let line = |name: &str, value: usize| name.len().saturating_add(2).saturating_add(value);
        let event_type = self.event_type.map_or(0, |value| line("\nevent", value.len()));
        let id = self.id.map_or(0, |value| line("\nid", value.len()));
        let retry = self.retry.map_or(0, |value| line("\nretry", Digits::of(Some(value)).as_str().len()));
        let lines = match self.lines {
            Some(Lines { text, goes_on: true, .. }) => text.len().saturating_add(1),
            Some(Lines { text, kind: Kind::Data, .. }) => line("\ndata", text.len()),
            Some(Lines { text, kind: Kind::Comment, .. }) => line("\n", text.len()),
            None => 0,
        };
        // The first LF of the tail has been counted, with the line before it.
        let tail = usize::from(self.tail.len() > 1);
        [event_type, id, retry, lines, tail].into_iter().fold(usize::from(self.lead), usize::saturating_add)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Lead,
    TypeName,
    Type,
    IdName,
    Id,
    RetryName,
    Retry,
    LineName,
    /// A line of the text, or a block of it.
    Line,
    Tail,
    End,
}

impl Step {
    /// The first step of what follows a field, or the start.
    #[inline]
    fn after_field(self, parts: &Parts<'_>) -> Self {
        if self == Self::Lead && parts.event_type.is_some() {
            Self::TypeName
        } else if matches!(self, Self::Lead | Self::Type) && parts.id.is_some() {
            Self::IdName
        } else if self != Self::Retry && parts.retry.is_some() {
            Self::RetryName
        } else {
            match parts.lines {
                Some(Lines { goes_on: false, .. }) => Self::LineName,
                Some(Lines { goes_on: true, .. }) => Self::Line,
                None => Self::Tail,
            }
        }
    }
}

/// A place in the wire form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    step: Step,
    /// How much of the piece has been read.
    read: usize,
    /// A name was read: the next one needs the LF before it.
    begun: bool,
    block: Block,
}

/// A line of the text, or a block of it, by its place.
#[derive(Clone, Copy, Debug)]
struct Block {
    start: usize,
    end: usize,
    /// Where the next one starts, and the step that leads to it.
    next: usize,
    then: Step,
}

impl Block {
    #[inline]
    fn at(text: &[u8], start: usize) -> Self {
        let text = text.get(start..).unwrap_or_default();
        let block = first_block(text, start > 0);
        let then = match block.end {
            Some(_) => Step::LineName,
            None if block.rest.is_empty() => Step::Tail,
            None => Step::Line,
        };
        let end = start.saturating_add(block.bytes.len());
        let next = start.saturating_add(text.len().saturating_sub(block.rest.len()));
        Self { start, end, next, then }
    }
}

impl Cursor {
    pub(super) const END: Self =
        Self { step: Step::End, read: 0, begun: true, block: Block { start: 0, end: 0, next: 0, then: Step::End } };

    #[inline]
    pub(super) fn start(parts: &Parts<'_>) -> Self {
        let block = Block { start: 0, end: 0, next: 0, then: Step::Tail };
        let mut cursor = Self { step: Step::Lead, read: 0, begun: false, block };
        if !parts.lead {
            cursor.enter(Step::Lead.after_field(parts), parts);
            if matches!(cursor.step, Step::Line | Step::Tail) {
                // Everything else is a name, and not empty.
                cursor.skip_empty(parts);
            }
        }
        cursor
    }

    #[inline]
    pub(super) const fn is_at_end(&self) -> bool {
        matches!(self.step, Step::End)
    }

    /// What is left of the piece that the cursor is in: empty only at the end. The digits are those of the retry.
    #[inline]
    pub(super) fn piece<'p>(&self, parts: &Parts<'p>, digits: &'p Digits) -> &'p [u8] {
        // An LF stands before a name that is not the first.
        let name = |name: &'static str| if self.begun { name } else { name.strip_prefix('\n').unwrap_or(name) };
        let piece = match self.step {
            Step::Lead => "\n",
            Step::TypeName => "event: ",
            Step::Type => parts.event_type.unwrap_or_default(),
            Step::IdName => name("\nid: "),
            Step::Id => parts.id.unwrap_or_default(),
            Step::RetryName => name("\nretry: "),
            Step::Retry => digits.as_str(),
            Step::LineName => match parts.lines {
                Some(Lines { kind: Kind::Comment, .. }) => name("\n: "),
                _ => name("\ndata: "),
            },
            Step::Line => {
                let text = parts.lines.and_then(|lines| lines.text.get(self.block.start..self.block.end));
                return text.and_then(|block| block.get(self.read..)).unwrap_or_default();
            }
            Step::Tail => parts.tail,
            Step::End => "",
        };
        piece.as_bytes().get(self.read..).unwrap_or_default()
    }

    /// The piece, and then the cursor goes on to the next one.
    #[inline]
    pub(super) fn take_piece<'p>(&mut self, parts: &Parts<'p>, digits: &'p Digits) -> Option<&'p [u8]> {
        let piece = self.piece(parts, digits);
        self.next_piece(parts);
        if piece.is_empty() { None } else { Some(piece) }
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self, parts: &Parts<'_>, digits: &Digits) -> usize {
        let mut cursor = *self;
        core::iter::from_fn(|| cursor.take_piece(parts, digits)).map(<[u8]>::len).fold(0, usize::saturating_add)
    }

    /// Goes on by `count` bytes, or to the end.
    #[inline]
    pub(super) fn advance(&mut self, parts: &Parts<'_>, digits: &Digits, mut count: usize) {
        loop {
            let left = self.piece(parts, digits).len();
            if count < left || left == 0 {
                self.read = self.read.saturating_add(count);
                return;
            }
            count = count.saturating_sub(left);
            self.next_piece(parts);
        }
    }

    /// Goes on to the next piece that is not empty.
    #[inline]
    fn next_piece(&mut self, parts: &Parts<'_>) {
        self.step(parts);
        self.skip_empty(parts);
    }

    #[inline]
    fn skip_empty(&mut self, parts: &Parts<'_>) {
        // Digits are never empty.
        while !matches!(self.step, Step::Retry | Step::End) && self.piece(parts, &Digits::NONE).is_empty() {
            self.step(parts);
        }
    }

    #[inline]
    fn step(&mut self, parts: &Parts<'_>) {
        self.read = 0;
        self.begun |= self.step != Step::Lead;
        let next = match self.step {
            Step::Lead | Step::Type | Step::Id | Step::Retry => self.step.after_field(parts),
            Step::TypeName => Step::Type,
            Step::IdName => Step::Id,
            Step::RetryName => Step::Retry,
            Step::LineName => Step::Line,
            Step::Line => self.block.then,
            Step::Tail | Step::End => Step::End,
        };
        self.enter(next, parts);
    }

    #[inline]
    fn enter(&mut self, step: Step, parts: &Parts<'_>) {
        self.step = step;
        if step == Step::Line {
            self.block = Block::at(parts.lines.map_or(&[], |lines| lines.text), self.block.next);
        }
    }
}

/// A number in decimal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    /// Right-aligned.
    bytes: [u8; 20],
    start: u8,
}

impl Digits {
    const NONE: Self = Self { bytes: [b'0'; 20], start: 20 };

    /// Of a retry; of none, nothing.
    #[inline]
    pub(super) fn of(retry: Option<u64>) -> Self {
        retry.map_or(Self::NONE, Self::of_number)
    }

    #[cold]
    fn of_number(mut number: u64) -> Self {
        let mut digits = Self::NONE;
        for (place, byte) in digits.bytes.iter_mut().enumerate().rev() {
            *byte = b'0' | (number % 10) as u8;
            number /= 10;
            if number == 0 {
                digits.start = place as u8;
                break;
            }
        }
        digits
    }

    fn as_str(&self) -> &str {
        self.bytes.get(usize::from(self.start)..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or_default()
    }
}
