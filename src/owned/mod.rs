//! Events and items, owned: for whoever keeps one or sends it elsewhere.
//!
//! All text of an event lies in one piece of memory, by ranges, so that an event costs one allocation at most, and a clone none
//! that is in proportion to it. With feature `bytes` that piece is shared: with the clones, and, if the event lay in a `Bytes` chunk whole,
//! with one line of data, with the chunk. Without it, it is a plain `String`, and there are no atomics.

/// An owned one compares, hashes and shows itself as what it borrows as.
macro_rules! as_borrowed {
    ($owned:ident, $borrowed:ident, $as_borrowed:ident) => {
        impl<'a> From<&'a $owned> for $borrowed<'a> {
            fn from(owned: &'a $owned) -> Self {
                owned.$as_borrowed()
            }
        }

        impl PartialEq for $owned {
            fn eq(&self, other: &Self) -> bool {
                self.$as_borrowed() == other.$as_borrowed()
            }
        }

        impl Eq for $owned {}

        impl PartialEq<$borrowed<'_>> for $owned {
            fn eq(&self, other: &$borrowed<'_>) -> bool {
                self.$as_borrowed() == *other
            }
        }

        impl PartialEq<$owned> for $borrowed<'_> {
            fn eq(&self, other: &$owned) -> bool {
                *self == other.$as_borrowed()
            }
        }

        impl core::hash::Hash for $owned {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.$as_borrowed().hash(state);
            }
        }

        impl core::fmt::Debug for $owned {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.$as_borrowed().fmt(f)
            }
        }
    };
}

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
