//! Events and items that own their text.
//!
//! All text of an event lies in one `String`: the data in front, so that a `String` can become an event and an event's data a
//! `String` without a copy. Only an inherited last event ID may lie elsewhere: the events of one parser share a copy of it.

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
mod next;

pub use event::EventBuf;
pub use item::ItemBuf;
