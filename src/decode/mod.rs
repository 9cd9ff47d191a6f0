//! From bytes to events, in two layers that can be used one by one.
//!
//! | layer | in | out | keeps |
//! |---|---|---|---|
//! | [`Tokenizer`] | the caller's cursor | fields and comments, in pieces that borrow from the chunk | a few bytes of state |
//! | [`Parser`] | the caller's cursor | events and items | what a cut chunk makes necessary, in a [`Storage`] |
//!
//! # The cursor
//!
//! The tokenizer and the parser take `&mut &[u8]`: the caller's own slice, which they shorten from the front by what they
//! have read. So the caller's variable is all there is to resume from: break out of the loop, look at what is left, go on
//! later or not at all. Make the cursor once for each chunk, in a variable: a loop over `parser.next(&mut &chunk[..])` makes a new one for
//! each call, reads the first event again and again, and never ends. After each call it is a suffix of what was passed in, so the bytes between two positions of it are
//! what was read in between. That is the wire form of what came out, and all else that was passed over on the way: unknown
//! fields, with [`Parser::next`] comments, `retry` and blocks without data, after a [`TooLarge`](crate::TooLarge) the rest of the block
//! that was refused, an LF whose CR ended the chunk before. A gateway that passes blocks on as they came takes [`Blocks`](crate::blocks::Blocks), which does
//! the rest.
//!
//! # Why nothing came out
//!
//! No sequence of bytes is an error, so what is amiss is passed over in silence, as in browsers. `sse why` (examples/sse) says of each line
//! of a stream that has no effect why it has none. Where to look:
//!
//! | what was sent | what becomes of it | how to see it |
//! |---|---|---|
//! | an event without its blank line | it waits; the end of the stream discards it | [`Parser::truncated`], [`Parser::finish`]; [`Parser::flush`] gives it out |
//! | more than the limit | the event is skipped | [`TooLarge`](crate::TooLarge), once, with the offset |
//! | a block without data: only an id, a `retry`, comments | no event; id and `retry` act | [`Parser::next_item`], [`Parser::last_event_id`], [`Parser::retry`] |
//! | a block with a type and without data | nothing at all | [`Item::NoData`](crate::Item::NoData), by [`Parser::with_all_items`] |
//! | `Data:`, ` data:`, `data :`, any other name | the line is ignored | [`Token::Unknown`]; [`Item::Unknown`](crate::Item::Unknown); [`Parser::counts`] |
//! | a BOM that is not at the start of the stream, or a second one | it is part of the name: the line is ignored | the same |
//! | a line of spaces instead of a blank one | the line is ignored, the event goes on: the next one's data is joined to it | the same |
//! | a lone CR in data, as in JSON that was not encoded | it ends the line; the rest of it is another, ignored as a rule | the same |
//! | a backslash and an `n` where a line end was meant | one line, which perhaps never ends | its data, or [`Parser::truncated`] |
//! | an id with a NUL | the line is ignored, the id before it stays | [`Token::Field`]; [`Parser::counts`] |
//! | `retry: 5s`, `retry: +5` | the line is ignored | [`Token::Field`]; [`Parser::counts`] |
//! | bytes that are not UTF-8 | they are replaced by U+FFFD | [`Event::is_lossy`](crate::Event::is_lossy) |
//! | an error page, or JSON | its lines are unknown: nothing at all, nor at the end | [`is_event_stream`](crate::is_event_stream) of the content type, before reading; [`Parser::counts`] |
//!
//! # What counts, and when
//!
//! A parser has one counter for each block, which only grows. Each byte of the value of a `data`, `event` or `id` line adds
//! one as it is read (the name, the colon and the one space after it do not count), and so does the end of such a line, also
//! where a later line replaces the value or it is ignored in the end. At the blank line the growth from replacing bytes that
//! are not UTF-8 is added, of all values but ids that are ignored. When the counter passes the limit, the call that reads that byte returns
//! [`TooLarge`](crate::TooLarge), and the rest of the block is skipped: its data is not given out and its id not committed,
//! while comments and `retry` in it still act. So a limit of `n` admits a `data` line with a value of `n - 1` bytes; a limit
//! of 0 admits no event at all.
//!
//! Comments, `retry` and unknown fields do not count and are not kept; only [`Parser::next_item`] keeps the text of a comment,
//! under the same limit (in [`Fixed`], under what the block has left of it). Beside the block stands the committed last event
//! ID, which was once part of a block and so is under the limit too.

mod parser;
mod plain;
pub(crate) mod scan;
mod storage;
mod token;
mod tokenizer;
pub(crate) mod utf8;

pub use crate::field::Field;
pub use parser::{Counts, Parser};
pub use scan::LineEnd;
#[cfg(feature = "alloc")]
pub use storage::Heap;
pub use storage::{Fixed, Storage};
pub use token::Token;
pub use tokenizer::Tokenizer;
#[cfg(feature = "alloc")]
pub(crate) use {
    parser::{Found, Look, Texts},
    storage::SharedId,
    tokenizer::Cut,
};
