//! Events and items, owned: for whoever keeps one or sends it elsewhere.
//!
//! All text of an event lies in one piece of memory, by ranges, so that an event costs one allocation at most, and a clone none
//! that is in proportion to it. With feature `bytes` that piece is shared: with the clones, and, if the event lay in a `Bytes` chunk whole,
//! with one line of data, with the chunk. Without it, it is a plain `String`, and there are no atomics.

mod event;
mod item;
#[cfg(feature = "bytes")]
mod shared;

pub use event::EventBuf;
pub use item::ItemBuf;
#[cfg(any(feature = "stream", feature = "codec"))]
pub(crate) use shared::slice;

#[cfg(feature = "bytes")]
pub(crate) type Text = bytestring::ByteString;
#[cfg(not(feature = "bytes"))]
type Text = alloc::string::String;
