//! A block, and what may become of it.

use alloc::vec::Vec;
use core::time::Duration;

#[cfg(doc)]
use super::Blocks;
use crate::{
    Event, Id, Item, Parser,
    decode::{Cut, Token, Tokenizer},
};

/// What goes on of a block that does not: its retry and its id. The first block of a stream leaves a line end, if it has neither: otherwise the next one
/// would begin the stream, and its first bytes could be a BOM, which is dropped there and nowhere else.
pub(super) fn residue(retry: Option<Duration>, id: Option<&str>, is_first: bool, out: &mut Vec<u8>) {
    let length = out.len();
    if let Some(time) = retry {
        Item::Retry(time).encode().append_to(out);
    }
    if let Some(id) = id {
        Item::LastEventId(Id::of_stream(id)).encode().append_to(out);
    }
    if is_first && out.len() == length {
        out.push(b'\n');
    }
}

/// An event as the end of a stream leaves it: without its blank line.
pub(super) fn write_cut(event: Event<'_>, out: &mut Vec<u8>) {
    event.encode().append_to(out);
    out.pop();
}

/// The event that the end of the stream cuts off, and whether it is too large.
pub(super) fn flush<'p>(parser: &'p mut Parser, too_large: &mut u64) -> (Option<Event<'p>>, bool) {
    let own_retry = parser.stand().own_retry.map(Duration::from_millis);
    let had_data = parser.truncated().is_some_and(|truncated| truncated.had_data);
    let event = parser.flush();
    // (What is not UTF-8 grows.)
    let is_too_large = event.is_none() && had_data;
    *too_large = too_large.saturating_add(is_too_large.into());
    // A retry that is cut off has not acted, and may be half a number.
    (event.map(|event| own_retry.map_or(event.without_retry(), |time| event.with_retry(time))), is_too_large)
}

/// Where the first field of an open block begins, or a line that may still become one; and whether it is a field. The block starts with these
/// bytes, or had no field so far.
pub(super) fn first_field(mut tokenizer: Tokenizer, bytes: &[u8]) -> (usize, bool) {
    // (Nearly always. The end of the line is not looked for.)
    if tokenizer.is_at_line_start()
        && (bytes.starts_with(b"data:") || bytes.starts_with(b"event:") || bytes.starts_with(b"id:"))
    {
        return (0, true);
    }
    let (mut rest, mut line) = (bytes, tokenizer.bom_length(bytes));
    while let Some(token) = tokenizer.next(&mut rest) {
        match token {
            Token::Field { .. } => return (line, true),
            Token::Comment { end: None, .. } | Token::Unknown { end: None, .. } => {}
            _ => line = bytes.len().saturating_sub(rest.len()),
        }
    }
    match tokenizer.cut() {
        // Of a whole name, too, another one may come.
        Cut::InField(_) | Cut::InName => (line, !tokenizer.is_in_name()),
        Cut::BetweenLines | Cut::InIgnored => (bytes.len(), false),
    }
}

/// Where the block of an event begins.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// So many bytes of the head are before it.
    Known(usize),
    /// Where this tokenizer finds it, at the start of the tail. Whether the head has a field, or else only what may become one.
    At(Tokenizer, bool),
}

/// A block with its event, or bytes that pass between blocks: see [`Blocks::next`].
///
/// It can be written in one of three ways, each behind what came before it.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// What was held or written anew.
    pub(super) head: &'a [u8],
    /// What lies in the chunk.
    pub(super) tail: &'a [u8],
    pub(super) event: Option<Event<'a>>,
    pub(super) start: Start,
    /// Nothing was before it in the stream.
    pub(super) is_first: bool,
    /// The end of the stream cuts it off.
    pub(super) is_cut: bool,
}

impl<'a> Block<'a> {
    /// What passes whatever is said.
    pub(super) const fn passing(head: &'a [u8], tail: &'a [u8]) -> Self {
        Self { head, tail, event: None, start: Start::Known(usize::MAX), is_first: false, is_cut: false }
    }

    /// The event that it is. `None` if there is nothing to judge: comments, blank lines, unknown lines, a block without data, one that passes unread.
    #[inline]
    #[must_use]
    pub const fn event(&self) -> Option<Event<'a>> {
        self.event
    }

    /// Its bytes as they came: a part that was held from chunks before, and a part of the chunk. Together with those of all others they are the stream.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> [&'a [u8]; 2] {
        [self.head, self.tail]
    }

    /// Writes it as it came.
    #[inline]
    pub fn pass(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head);
        out.extend_from_slice(self.tail);
    }

    /// Leaves it out: writes what came before it, and its [residue](Self::residue). What is no event passes.
    pub fn leave_out(&self, out: &mut Vec<u8>) {
        if self.event.is_none() {
            return self.pass(out);
        }
        self.write_between(out);
        self.write_residue(out);
    }

    /// Writes this event in its place, behind what came before it. What the event does not have of the id and the retry of the block, it gets. What is no
    /// event passes.
    pub fn replace(&self, by: Event<'_>, out: &mut Vec<u8>) {
        if self.event.is_none() {
            return self.pass(out);
        }
        self.write_between(out);
        self.write_instead(by, out);
    }

    /// This event, with the id and the retry of the block if it has none of its own.
    pub(crate) fn write_instead(&self, by: Event<'_>, out: &mut Vec<u8>) {
        let Some(event) = self.event else { return };
        let by = match event.id() {
            Some(id) if by.id().is_none() => Event { last_event_id: id, has_id: true, ..by },
            _ => by,
        };
        let by = Event { retry: by.retry.or(event.retry), ..by };
        if self.is_cut { write_cut(by, out) } else { by.encode().append_to(out) }
    }

    /// What must be sent in its place if it is left out: its retry and its id, each as a block of its own. Empty if it has neither (but a line end
    /// at the start of the stream, so that the bytes behind it do not become its start), and if there is no event.
    #[must_use]
    pub fn residue(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_residue(&mut out);
        out
    }

    pub(crate) fn write_residue(&self, out: &mut Vec<u8>) {
        if let Some(event) = self.event {
            // (An id that the end of the stream cuts off was never committed.)
            let id = event.id().filter(|_| !self.is_cut);
            residue(event.retry(), id, self.is_first && self.between() == (0, 0), out);
        }
    }

    /// What came before the block: passes as it came.
    pub(super) fn write_between(&self, out: &mut Vec<u8>) {
        let (head, tail) = self.between();
        out.extend_from_slice(self.head.get(..head).unwrap_or_default());
        out.extend_from_slice(self.tail.get(..tail).unwrap_or_default());
    }

    /// How many bytes of the head and of the tail came before the block.
    pub(crate) fn between(&self) -> (usize, usize) {
        let (tokenizer, has_field) = match &self.start {
            Start::Known(length) => return ((*length).min(self.head.len()), self.tail.len().min(*length)),
            Start::At(tokenizer, has_field) => (tokenizer.clone(), *has_field),
        };
        let at = self.find(tokenizer, has_field).0;
        (at.min(self.head.len()), at.saturating_sub(self.head.len()))
    }

    /// Where the first field of the last block begins, in head and tail together; and where its last line ends, before its blank line.
    fn find(&self, mut tokenizer: Tokenizer, has_field: bool) -> (usize, usize) {
        let at = |rest: &[u8]| self.head.len().saturating_add(self.tail.len()).saturating_sub(rest.len());
        let mut rest = self.tail;
        // The head is the start of a line, or of a block.
        let (mut line, mut first) = (tokenizer.bom_length(rest), has_field.then_some(0));
        while let Some(token) = tokenizer.next(&mut rest) {
            match token {
                Token::BlankLine(_) if rest.is_empty() && !self.is_cut => break,
                Token::BlankLine(_) => (line, first) = (at(rest), None),
                Token::Field { end, .. } => {
                    first = first.or(Some(line));
                    if end.is_some() {
                        line = at(rest);
                    }
                }
                Token::Comment { end: None, .. } | Token::Unknown { end: None, .. } => {}
                Token::Comment { .. } | Token::Unknown { .. } | Token::LateLf => line = at(rest),
            }
        }
        (first.unwrap_or(line), line)
    }

    /// Whether the lines of its block are within the limit.
    pub(super) fn fits(&self, limit: usize) -> bool {
        let (Start::At(tokenizer, has_field), length) = (&self.start, self.head.len().saturating_add(self.tail.len())) else {
            return true;
        };
        if length <= limit {
            return true;
        }
        let (first, last) = self.find(tokenizer.clone(), *has_field);
        last.saturating_sub(first) <= limit
    }
}
