//! The grammar of the format, and the only place where it is written down
//! ([sections 9.2.5 and 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)).
//!
//! ```text
//!            BOM, once            name ≤ 5 bytes         one space
//!  StreamStart ────► LineStart ────► Name ──── ':' ────► Colon ────► Inside ──► value or comment text
//!                     ▲  ▲  │          └─ another byte ──────────────► Inside(Unknown) ──► the line
//!                     │  │  └── LF, CR: a blank line
//!                     │  └───── LF at the end of any line
//!                  AfterCr ◄─── CR at the end of any line that is the last byte of the chunk
//! ```
//!
//! No byte of a line is kept: a field name needs at most five bytes, and how many of which name have been seen is the state.
//! Line ends are in `scan`. The states are the whole grammar: `piecewise` and `resume` go through them. `line` reaches the same
//! result sooner for lines as most servers write them, and `plain` for a whole block.

use super::{
    scan::{LineEnd, split_at, split_line},
    token::Token,
};
use crate::field::Field;

const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Invariant: after a token, the state is `LineStart`, or `input` is empty, or the token was the start of an unknown line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the start of the stream, after `matched` bytes of a BOM.
    StreamStart {
        matched: u8,
    },
    LineStart,
    /// At the start of a line, behind a CR whose LF may still come.
    AfterCr,
    /// Behind the first `matched` bytes of the name of `field`.
    Name {
        field: Field,
        matched: u8,
    },
    /// Right behind the colon: one space belongs to it.
    Colon(Line),
    /// In what follows the colon and the space.
    Inside(Line),
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Field(Field),
    Comment,
    Unknown,
}

impl Line {
    #[inline]
    const fn token(self, value: &[u8], end: Option<LineEnd>) -> Token<'_> {
        match self {
            Self::Field(field) => Token::Field { field, value, end },
            Self::Comment => Token::Comment { text: value, end },
            Self::Unknown => Token::Unknown { line: value, end },
        }
    }
}

/// Where the bytes read so far leave off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Between two lines.
    BetweenLines,
    /// In a name that could still become that of a field.
    InName,
    /// In the value of a field, or behind its whole name.
    InField(Field),
    /// In a comment or an unknown field.
    InIgnored,
}

/// Reads a stream field by field, in pieces that borrow from the chunk, and stores nothing of it.
///
/// Use it where a [`Parser`](crate::Parser) does too much: for payloads too large to hold, for bytes that are not text, or
/// to see each line end. Blocks, UTF-8, limits and the last event ID are the caller's business.
///
/// ```
/// use ssewire::decode::{Field, Token, Tokenizer};
///
/// // The length of each event's data, however long, from chunks cut anywhere.
/// let (mut tokenizer, mut length, mut lengths) = (Tokenizer::new(), 0, vec![]);
/// for mut chunk in [&b"data: 12345"[..], b"67\nevent: x\n", b"\n"] {
///     for token in tokenizer.tokens(&mut chunk) {
///         match token {
///             Token::Field { field: Field::Data, value, end: _ } => length += value.len(),
///             Token::BlankLine(_) => lengths.push(core::mem::take(&mut length)),
///             _ => {}
///         }
///     }
/// }
/// assert_eq!(lengths, [7]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokenizer {
    state: State,
}

impl Tokenizer {
    /// A tokenizer at the start of a stream, where a BOM is dropped. To begin another stream, make another tokenizer.
    ///
    /// ```
    /// use ssewire::decode::{LineEnd, Token, Tokenizer};
    ///
    /// let mut tokenizer = Tokenizer::new();
    /// let with_bom = &mut &b"\xEF\xBB\xBF: hi\n"[..];
    /// assert_eq!(tokenizer.next(with_bom), Some(Token::Comment { text: b"hi", end: Some(LineEnd::Lf) }));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::StreamStart { matched: 0 } }
    }

    /// An iterator over the tokens of `input`, which it shortens as it goes: leave the loop at any token, and `input` is what
    /// has not been read. `None` means that `input` is empty.
    ///
    /// ```
    /// use ssewire::decode::{Token, Tokenizer};
    ///
    /// let (mut tokenizer, mut input) = (Tokenizer::new(), &b"data: x\n\nanother protocol"[..]);
    /// for token in tokenizer.tokens(&mut input) {
    ///     if matches!(token, Token::BlankLine(_)) {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(input, b"another protocol");
    /// ```
    #[inline]
    pub fn tokens<'i>(&mut self, input: &mut &'i [u8]) -> impl Iterator<Item = Token<'i>> {
        core::iter::from_fn(|| self.next(input))
    }

    /// The next token; `None` if `input` is empty, after this call.
    ///
    /// ```
    /// use ssewire::decode::{LineEnd, Token, Tokenizer};
    ///
    /// let mut tokenizer = Tokenizer::new();
    /// let mut input = &b": hi\r\n\n"[..];
    /// assert_eq!(tokenizer.next(&mut input), Some(Token::Comment { text: b"hi", end: Some(LineEnd::CrLf) }));
    /// assert_eq!(tokenizer.next(&mut input), Some(Token::BlankLine(LineEnd::Lf)));
    /// assert_eq!(tokenizer.next(&mut input), None);
    /// ```
    #[inline]
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        match self.state {
            State::LineStart => self.line(input),
            State::Inside(line) => self.rest_of_line(line, input, input),
            _ => self.resume(input),
        }
    }

    /// A tokenizer at the start of a line that does not begin the stream.
    #[cfg(feature = "alloc")]
    pub(crate) const fn at_line() -> Self {
        Self { state: State::LineStart }
    }

    /// How many bytes of a BOM are at the start of what follows, if it ends there.
    #[cfg(feature = "alloc")]
    pub(crate) fn bom_length(&self, bytes: &[u8]) -> usize {
        let State::StreamStart { matched } = self.state else { return 0 };
        let rest = BOM.get(usize::from(matched)..).unwrap_or_default();
        if bytes.starts_with(rest) { rest.len() } else { 0 }
    }

    /// Whether what was read of the line is a name or the start of one, and no colon.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_in_name(&self) -> bool {
        matches!(self.state, State::Name { .. })
    }

    /// Whether the next byte starts a line, whatever it is.
    #[inline]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.state == State::LineStart
    }

    /// Whether the next byte belongs to the value of a line of data.
    #[inline]
    pub(super) fn is_in_data(&self) -> bool {
        self.state == State::Inside(Line::Field(Field::Data))
    }

    /// Goes on as behind `data: `, at the start of a line.
    #[inline]
    pub(super) const fn begin_data(&mut self) {
        self.state = State::Inside(Line::Field(Field::Data));
    }

    /// Skips what is left of the line that was begun, if one was.
    pub(super) const fn skip_line(&mut self) {
        if !matches!(self.cut(), Cut::BetweenLines) {
            self.state = State::Inside(Line::Unknown);
        }
    }

    /// Where the bytes read so far leave off.
    pub(crate) const fn cut(&self) -> Cut {
        match self.state {
            State::StreamStart { matched: 0 } | State::LineStart | State::AfterCr => Cut::BetweenLines,
            State::Name { field, matched } if matched as usize == field.name().len() => Cut::InField(field),
            State::Name { .. } => Cut::InName,
            State::Colon(Line::Field(field)) | State::Inside(Line::Field(field)) => Cut::InField(field),
            State::StreamStart { .. } | State::Colon(_) | State::Inside(_) => Cut::InIgnored,
        }
    }

    /// At the start of a line. The prefixes that make up nearly all traffic are tested for at once.
    #[inline]
    fn line<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        let bytes = *input;
        let (line, value) = if let Some(value) = bytes.strip_prefix(b"data: ") {
            (Line::Field(Field::Data), value)
        } else if let [b'\n' | b'\r', ..] = bytes {
            let (_, end, rest) = split_at(bytes, 0)?;
            *input = rest;
            self.line_ended(end, rest);
            return Some(Token::BlankLine(end));
        } else if let Some(value) = bytes.strip_prefix(b"event: ") {
            (Line::Field(Field::Event), value)
        } else if let Some(value) = bytes.strip_prefix(b"id: ") {
            (Line::Field(Field::Id), value)
        } else {
            return self.piecewise(input);
        };
        self.rest_of_line(line, value, input)
    }

    /// Where the chunk before left off.
    #[inline(never)]
    fn resume<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        let (chunk, state) = (*input, self.state);
        while let State::StreamStart { matched } = self.state {
            let (&byte, rest) = input.split_first()?;
            if BOM.get(usize::from(matched)) == Some(&byte) {
                *input = rest;
                self.state = match matched {
                    0 | 1 => State::StreamStart { matched: matched.wrapping_add(1) },
                    _ => State::LineStart,
                };
            } else {
                // A part of a BOM is content: the start of a line that no field name starts.
                self.state = State::LineStart;
                let State::StreamStart { matched: before } = state else { break };
                if matched > 0 {
                    return self.unknown(BOM.get(..usize::from(before))?, chunk, input);
                }
            }
        }
        if self.state == State::AfterCr && !input.is_empty() {
            self.state = State::LineStart;
            if let Some(rest) = input.strip_prefix(b"\n") {
                *input = rest;
                return Some(Token::LateLf);
            }
        }
        if self.state == State::LineStart { self.line(input) } else { self.piecewise(input) }
    }

    /// Through a line, state by state. The value is then read in one go. Called at the start of a line only if it is not blank.
    #[inline(never)]
    fn piecewise<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        let (line, state) = (*input, self.state);
        loop {
            let bytes = *input;
            let (&byte, rest) = bytes.split_first()?;
            self.state = match self.state {
                State::Inside(line) => return self.rest_of_line(line, bytes, input),
                State::Colon(line) if byte == b' ' => State::Inside(line),
                State::Colon(line) => return self.rest_of_line(line, bytes, input),
                State::Name { field, matched } => match field.name().as_bytes().get(usize::from(matched)) {
                    Some(&next) if byte == next => State::Name { field, matched: matched.wrapping_add(1) },
                    None if byte == b':' => State::Colon(Line::Field(field)),
                    None if matches!(byte, b'\n' | b'\r') => {
                        return self.rest_of_line(Line::Field(field), bytes, input);
                    }
                    _ => {
                        let before = if let State::Name { matched, .. } = state { usize::from(matched) } else { 0 };
                        return self.unknown(field.name().as_bytes().get(..before)?, line, input);
                    }
                },
                State::StreamStart { .. } | State::LineStart | State::AfterCr => match byte {
                    b'd' => State::Name { field: Field::Data, matched: 1 },
                    b'e' => State::Name { field: Field::Event, matched: 1 },
                    b'i' => State::Name { field: Field::Id, matched: 1 },
                    b'r' => State::Name { field: Field::Retry, matched: 1 },
                    b':' => State::Colon(Line::Comment),
                    _ => return self.rest_of_line(Line::Unknown, line, input),
                },
            };
            *input = rest;
        }
    }

    /// A line that turns out to be unknown. `before` is what earlier chunks held of it, and `line` what this one holds.
    fn unknown<'i>(&mut self, before: &'static [u8], line: &'i [u8], input: &mut &'i [u8]) -> Option<Token<'i>> {
        if before.is_empty() {
            return self.rest_of_line(Line::Unknown, line, input);
        }
        *input = line;
        self.state = State::Inside(Line::Unknown);
        Some(Line::Unknown.token(before, None))
    }

    /// The rest of a line, of which nothing from `value` on has been read.
    #[inline]
    fn rest_of_line<'i>(&mut self, line: Line, value: &'i [u8], input: &mut &'i [u8]) -> Option<Token<'i>> {
        if let Some((value, end, rest)) = split_line(value) {
            *input = rest;
            self.line_ended(end, rest);
            Some(line.token(value, Some(end)))
        } else {
            *input = value.get(value.len()..)?;
            self.state = State::Inside(line);
            if value.is_empty() { None } else { Some(line.token(value, None)) }
        }
    }

    #[inline]
    pub(super) const fn line_ended(&mut self, end: LineEnd, rest: &[u8]) {
        self.state = if matches!(end, LineEnd::Cr) && rest.is_empty() { State::AfterCr } else { State::LineStart };
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}
