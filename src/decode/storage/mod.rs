//! What a parser keeps when a chunk ends before an event does, and where.
//!
//! A block needs room for its data, which grows line by line, and for short texts: event types and ids. The short texts of a
//! block are never overwritten by later ones, only superseded; the parser's counter has all of them in it, so they fit. That
//! way nothing is ever moved to make room, and a hostile order of lines costs no more than a friendly one.

#[cfg(feature = "alloc")]
mod data;
#[cfg(feature = "alloc")]
mod heap;

mod fixed;

#[cfg(feature = "alloc")]
pub use heap::Heap;
#[cfg(feature = "alloc")]
pub(crate) use heap::SharedId;

pub use fixed::Fixed;

use crate::Id;

/// Where a [`Parser`](crate::Parser) keeps what it must: [`Heap`], which grows as needed up to a limit, or [`Fixed`], a
/// buffer that the caller provides. Sealed.
///
/// ```
/// use ssewire::{Fixed, Heap, Parser, TooLarge, decode::Storage};
///
/// /// For whoever does not care where it is kept.
/// fn count<S: Storage>(mut parser: Parser<S>, mut stream: &[u8]) -> Result<usize, TooLarge> {
///     let mut count = 0;
///     while parser.next(&mut stream)?.is_some() {
///         count += 1;
///     }
///     Ok(count)
/// }
/// let stream = b"data: 1\n\ndata: 2\n\n";
/// assert_eq!(count(Parser::with_storage(Heap::with_limit(64)), stream), Ok(2));
/// assert_eq!(count(Parser::with_storage(Fixed::new([0; 64])), stream), Ok(2));
/// ```
pub trait Storage: Buffers {}

#[cfg(feature = "alloc")]
impl Storage for Heap {}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Storage for Fixed<B> {}

/// The texts that a storage keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The data lines so far, each followed by LF.
    Data,
    /// The event type of the block.
    EventType,
    /// The id of the block, which becomes the last event ID at the blank line.
    Id,
    /// The value that is being read, or a comment.
    Value,
}

/// The operations behind [`Storage`]. The parser has checked its limits before it calls any that store: there is room.
pub trait Buffers {
    /// The most that the counter of a block may reach.
    fn limit(&self) -> usize;

    /// The most bytes that an id may have.
    fn id_limit(&self) -> usize;

    /// The most bytes that a comment may have in a block whose counter stands at `used`.
    fn comment_limit(&self, used: usize) -> usize;

    /// Appends to the data. Each line is followed by LF.
    fn push_data(&mut self, bytes: &[u8]);

    /// The data, of which there is none yet, becomes these lines, joined with LF and sealed. Each may have its LF, or none. They have
    /// `most` bytes at most.
    fn join_data<'t>(&mut self, lines: impl Iterator<Item = &'t str>, most: usize);

    /// Appends to the value that is being read.
    fn push_value(&mut self, bytes: &[u8]);

    /// The value that was being read becomes the text in `slot`.
    fn end_value(&mut self, slot: Slot);

    /// Forgets a text. What it holds is free again with [`clear`](Self::clear), and in [`Slot::Value`] at once.
    fn forget(&mut self, slot: Slot);

    /// The text in `slot`, if there is one, as it came.
    fn bytes(&self, slot: Slot) -> Option<&[u8]>;

    /// Drops the last LF of the data, and says whether all texts of the block are UTF-8.
    fn seal(&mut self) -> bool;

    /// Replaces what is not UTF-8, by which the text grows by `growth` bytes.
    fn repair(&mut self, slot: Slot, growth: usize);

    /// The text in `slot`; empty if there is none. Only after [`seal`](Self::seal) or [`repair`](Self::repair).
    fn text(&self, slot: Slot) -> &str;

    /// Makes this the last event ID: `id`, or else the text in [`Slot::Id`]. (An [`Id`], so that whoever names a storage by its trait
    /// cannot make it any text.)
    fn commit_id(&mut self, id: Option<Id<'_>>);

    /// The last event ID.
    fn last_event_id(&self) -> &str;

    /// Whether it holds memory that [`clear`](Self::clear) gives back behind a small block.
    fn is_large(&self) -> bool {
        false
    }

    /// Forgets the block, which has counted `used` bytes or what is stored of it. The last event ID stays.
    fn clear(&mut self, used: usize);

    /// The same, and gives back at once what a small block does not need.
    fn give_back(&mut self) {
        self.clear(0);
    }
}
