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

use super::{
    lines::{LENT, first_block},
    parts::{EVENT, ID, Lines, PAIRS, Parts, RETRY, count_pairs, pair, without_lf},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    EventName,
    EventType,
    IdName,
    Id,
    RetryName,
    /// Two of the digits of a retry.
    Digits,
    LineName,
    /// A line of the text, behind which another is.
    Line,
    /// A block of a line that goes on behind it.
    Block,
    LastLine,
    Tail,
    End,
}

impl Step {
    /// What its piece is a part of.
    #[inline]
    fn source<'p>(self, parts: &Parts<'p>) -> &'p [u8] {
        match self {
            Self::EventName => EVENT,
            Self::EventType => parts.event_type.unwrap_or_default().as_bytes(),
            Self::IdName => ID,
            Self::Id => parts.id.unwrap_or_default().as_bytes(),
            Self::RetryName => RETRY,
            Self::Digits => PAIRS,
            Self::LineName => parts.lines.map_or(b"", |lines| lines.kind.name()),
            Self::Line | Self::Block | Self::LastLine => parts.lines.map_or(b"", |lines| lines.text),
            Self::Tail => parts.tail.as_bytes(),
            Self::End => b"",
        }
    }
}

/// A place in the wire form, without a byte of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    step: Step,
    /// Where the piece ends in the source of the step.
    end: usize,
    /// Where in the text the next block starts; before it, how many pairs of digits of the retry are still to come.
    next: usize,
}

impl Cursor {
    const END: Self = Self { step: Step::End, end: 0, next: 0 };

    /// The next piece that is not empty; else the end.
    #[inline(never)]
    fn next_piece<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        let piece = match self.step {
            Step::EventName => self.enter(Step::EventType, parts),
            Step::EventType => self.enter_id(parts),
            Step::IdName => self.enter(Step::Id, parts),
            Step::Id => self.enter_retry(parts),
            Step::Digits if self.next == 0 => self.enter_lines(parts),
            Step::RetryName | Step::Digits => self.next_pair(parts),
            Step::LineName | Step::Block => self.next_block(parts),
            Step::Line => self.enter(Step::LineName, parts),
            Step::LastLine => self.enter(Step::Tail, parts),
            Step::Tail | Step::End => self.enter(Step::End, parts),
        };
        self.pass_empty(piece, parts)
    }

    #[inline(always)]
    fn pass_empty<'p>(&mut self, piece: &'p [u8], parts: &Parts<'p>) -> &'p [u8] {
        if piece.is_empty() && self.step != Step::End { self.leave_empty(parts) } else { piece }
    }

    /// (Not inlined, since in a loop the compiler would load all of the parts before it needs one.)
    #[cold]
    #[inline(never)]
    fn leave_empty<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        self.next_piece(parts)
    }

    #[inline(always)]
    fn enter_fields<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        if parts.event_type.is_some() { self.enter(Step::EventName, parts) } else { self.enter_id(parts) }
    }

    #[inline(always)]
    fn enter_id<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        if parts.id.is_some() { self.enter(Step::IdName, parts) } else { self.enter_retry(parts) }
    }

    #[inline(always)]
    fn enter_retry<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        if parts.retry.is_some() { self.enter(Step::RetryName, parts) } else { self.enter_lines(parts) }
    }

    #[inline(always)]
    fn enter_lines<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        match parts.lines {
            Some(Lines { goes_on: false, .. }) => self.enter(Step::LineName, parts),
            Some(Lines { goes_on: true, .. }) => self.next_block(parts),
            None => self.enter(Step::Tail, parts),
        }
    }

    /// All of what the step is the source of.
    #[inline(always)]
    fn enter<'p>(&mut self, step: Step, parts: &Parts<'p>) -> &'p [u8] {
        let piece = step.source(parts);
        (self.step, self.end) = (step, piece.len());
        piece
    }

    /// The next two digits of the retry.
    #[cold]
    fn next_pair(&mut self, parts: &Parts<'_>) -> &'static [u8] {
        let retry = parts.retry.unwrap_or_default();
        let left = if self.step == Step::Digits { self.next } else { count_pairs(retry) };
        (self.step, self.next) = (Step::Digits, left.saturating_sub(1));
        let pair = pair(retry, self.next);
        self.end = pair.end;
        PAIRS.get(pair).unwrap_or_default()
    }

    /// The next line of the text, or block of it.
    #[inline]
    fn next_block<'p>(&mut self, parts: &Parts<'p>) -> &'p [u8] {
        let start = self.next;
        let text = Step::Line.source(parts).get(start..).unwrap_or_default();
        let block = first_block::<LENT>(text, start > 0);
        self.step = match block.end {
            Some(_) => Step::Line,
            None if block.rest.is_empty() => Step::LastLine,
            None => Step::Block,
        };
        self.end = start.saturating_add(block.bytes.len());
        self.next = start.saturating_add(text.len().saturating_sub(block.rest.len()));
        block.bytes
    }
}

/// A place in the wire form, and what is left there.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    cursor: Cursor,
    /// What is left of the piece: empty only at the end.
    pub(super) piece: &'p [u8],
}

impl<'p> Place<'p> {
    pub(super) const END: Self = Self { cursor: Cursor::END, piece: &[] };

    #[inline]
    pub(super) fn start(parts: &Parts<'p>) -> Self {
        let mut cursor = Cursor::END;
        let mut piece = cursor.enter_fields(parts);
        // Where no line is open, there is none to be ended.
        if !parts.lead && !matches!(cursor.step, Step::Line | Step::Block | Step::LastLine) {
            piece = without_lf(piece);
        }
        piece = cursor.pass_empty(piece, parts);
        Self { cursor, piece }
    }

    /// What [`pause`](Self::pause) gave.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(super) fn resume((cursor, left): (Cursor, usize), parts: &Parts<'p>) -> Self {
        let piece = cursor.step.source(parts).get(cursor.end.saturating_sub(left)..cursor.end);
        Self { cursor, piece: piece.unwrap_or_default() }
    }

    /// The place, and how many bytes are left of the piece: to be kept beside an item that is owned.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(super) const fn pause(self) -> (Cursor, usize) {
        (self.cursor, self.piece.len())
    }

    #[inline]
    pub(super) const fn is_at_end(&self) -> bool {
        self.piece.is_empty()
    }

    /// The piece, and then it goes on to the next one.
    #[inline]
    pub(super) fn take_piece(&mut self, parts: &Parts<'p>) -> Option<&'p [u8]> {
        let next = if self.is_at_end() { &[] } else { self.cursor.next_piece(parts) };
        Some(core::mem::replace(&mut self.piece, next)).filter(|piece| !piece.is_empty())
    }

    /// How many bytes are left.
    pub(super) fn remaining(mut self, parts: &Parts<'p>) -> usize {
        let mut count = 0_usize;
        while let Some(piece) = self.take_piece(parts) {
            count = count.saturating_add(piece.len());
        }
        count
    }

    /// Goes on by `count` bytes, or to the end.
    #[inline]
    pub(super) fn advance(&mut self, parts: &Parts<'p>, mut count: usize) {
        while count >= self.piece.len() && !self.is_at_end() {
            count = count.saturating_sub(self.piece.len());
            self.piece = self.cursor.next_piece(parts);
        }
        self.piece = self.piece.get(count..).unwrap_or_default();
    }

    /// Copies as much as `out` holds, and goes on by it.
    #[inline(never)]
    pub(super) fn copy_to(&mut self, parts: &Parts<'p>, out: &mut [u8]) -> usize {
        let mut copied = 0_usize;
        while let Some(room) = out.get_mut(copied..) {
            let count = self.piece.len().min(room.len());
            let (Some(room), Some(piece)) = (room.get_mut(..count), self.piece.get(..count)) else { break };
            if count == 0 {
                break;
            }
            room.copy_from_slice(piece);
            self.advance(parts, count);
            copied = copied.saturating_add(count);
        }
        copied
    }
}
