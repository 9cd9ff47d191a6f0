//! What a line says, as tokens.

use core::fmt;

use super::scan::LineEnd;
use crate::field::Field;

/// One line of the stream, or a piece of one, borrowed from the chunk.
///
/// A line that lies whole in the chunk is one token. A line that is cut by the end of a chunk comes in several: all but the
/// last have `end: None` and at least one byte. The tokens of a stream say all of it but its BOM. (The start of a line that may still
/// become a field is not said until it is known what it is.)
///
/// ```
/// use ssewire::decode::{Field, LineEnd, Token, Tokenizer};
///
/// let mut tokenizer = Tokenizer::new();
/// let mut input = &b"data: whole\r\nid: cu"[..];
/// let tokens: Vec<_> = tokenizer.tokens(&mut input).collect();
/// assert_eq!(
///     tokens,
///     [
///         Token::Field { field: Field::Data, value: b"whole", end: Some(LineEnd::CrLf) },
///         Token::Field { field: Field::Id, value: b"cu", end: None },
///     ]
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token<'i> {
    /// The value of a field: what stands after the colon, less one leading space.
    Field {
        /// Which field.
        field: Field,
        /// The value, or the next piece of it. It need not be UTF-8, and a character may be cut in two.
        value: &'i [u8],
        /// What ended the line, or `None` if it goes on in the next chunk.
        end: Option<LineEnd>,
    },
    /// The text of a comment: what stands after the colon, less one leading space.
    Comment {
        /// The text, or the next piece of it.
        text: &'i [u8],
        /// What ended the line, or `None` if it goes on in the next chunk.
        end: Option<LineEnd>,
    },
    /// A line that has no meaning, since its name is not that of a field.
    Unknown {
        /// The line from its first byte on, or the next piece of it.
        line: &'i [u8],
        /// What ended the line, or `None` if it goes on.
        end: Option<LineEnd>,
    },
    /// A blank line: dispatch.
    BlankLine(LineEnd),
    /// The LF of a CRLF whose CR was the last byte of the chunk before. The line ended there, as [`LineEnd::Cr`]; readers
    /// that do not tell the two apart can ignore this.
    LateLf,
}

/// With the bytes as text.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { field, value, end } => {
                write!(f, "Field {{ field: {field:?}, value: \"{}\", end: {end:?} }}", value.escape_ascii())
            }
            Self::Comment { text, end } => write!(f, "Comment {{ text: \"{}\", end: {end:?} }}", text.escape_ascii()),
            Self::Unknown { line, end } => write!(f, "Unknown {{ line: \"{}\", end: {end:?} }}", line.escape_ascii()),
            Self::BlankLine(end) => write!(f, "BlankLine({end:?})"),
            Self::LateLf => f.write_str("LateLf"),
        }
    }
}
