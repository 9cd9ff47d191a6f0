//! What a parser keeps when a chunk ends before an event does, and where.
//!
//! A block needs room for its data, which grows line by line, and for short texts: event types and ids. The short texts of a
//! block are never overwritten by later ones, only superseded; the parser's counter has all of them in it, so they fit. That
//! way nothing is ever moved to make room, and a hostile order of lines costs no more than a friendly one.

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

impl<B: Buffers> Storage for B {}

/// The texts that a storage keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The data lines so far, each followed by LF.
    Data,
    /// The event type of the block.
    EventType,
    /// The id of the block, which becomes the last event ID at the blank line.
    Id,
    /// The value of another line that is being read: a type, an id, a comment.
    Value,
}

/// The operations behind [`Storage`]. The parser has checked its limits before it calls any that store: there is room.
pub trait Buffers {
    /// Where a short block is held, and short pieces of data are collected before they are stored, if they are.
    #[cfg(feature = "alloc")]
    fn deferred(&mut self) -> Option<&mut alloc::vec::Vec<u8>> {
        None
    }

    /// The most that the counter of a block may reach.
    fn limit(&self) -> usize;

    /// The most bytes that an id may have.
    fn id_limit(&self) -> usize;

    /// The most bytes that a comment may have in a block whose counter stands at `used`.
    fn comment_limit(&self, used: usize) -> usize;

    /// Appends to the data, each line of which is followed by LF, or else to the value that is being read.
    fn push(&mut self, slot: Slot, text: &str);

    /// The value that was being read becomes the text in `slot`.
    fn end_value(&mut self, slot: Slot);

    /// Forgets the value that is being read.
    fn forget_value(&mut self);

    /// The text in `slot`, if there is one.
    fn text(&self, slot: Slot) -> Option<&str>;

    /// Drops the last LF of the data.
    fn seal(&mut self);

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

    /// The same, and gives back at once what a small block does not need. The id in [`Slot::Id`] is kept, if that is asked for.
    fn give_back(&mut self, keep_id: bool);
}
