//! Where the wire form is put together, all of it at once.

use super::{lines::COPIED, search::vectorized};

/// Takes the wire form piece by piece. (By value, so that what is left of a slice stays in registers.)
pub(super) trait Target: Sized {
    /// `None` if there is no room for it.
    fn put(self, piece: &[u8]) -> Option<Self>;

    /// The same for two of them.
    #[inline(always)]
    fn put_both(self, first: &[u8], second: &[u8]) -> Option<Self> {
        self.put(first)?.put(second)
    }

    /// Takes of a long text the blocks in which no line ends, from the start, and gives the rest of it. A block is searched while it is
    /// copied, which costs little more than to copy it. The first with a byte up to a CR is copied in vain, and none is taken from there on.
    ///
    /// (The text is a slice in memory, of which the compiler does not know that it lies apart from the target. If it knew, it would make
    /// two loops, one that copies and one that searches, and the search would cost a third of the copy on top.)
    #[inline(always)]
    fn put_blocks(self, _text: &mut &[u8]) -> Option<Self> {
        Some(self)
    }
}

#[cfg(feature = "alloc")]
impl Target for &mut alloc::vec::Vec<u8> {
    #[inline(always)]
    fn put(self, piece: &[u8]) -> Option<Self> {
        self.extend_from_slice(piece);
        Some(self)
    }

    #[inline(never)]
    fn put_blocks(self, text: &mut &[u8]) -> Option<Self> {
        vectorized(
            #[inline(always)]
            || {
                while let Some((block, rest)) = text.split_at_checked(COPIED) {
                    let (before, mut least) = (self.len(), u8::MAX);
                    self.extend(block.iter().map(|byte| {
                        least = least.min(*byte);
                        *byte
                    }));
                    if least <= b'\r' {
                        self.truncate(before);
                        break;
                    }
                    *text = rest;
                }
            },
        );
        Some(self)
    }
}

/// What is left of a slice.
pub(super) struct Room<'o>(pub(super) &'o mut [u8]);

impl Target for Room<'_> {
    #[inline(always)]
    fn put(self, piece: &[u8]) -> Option<Self> {
        let (now, later) = self.0.split_at_mut_checked(piece.len())?;
        now.copy_from_slice(piece);
        Some(Self(later))
    }

    /// (What there is to know is known before the first is copied.)
    #[inline(always)]
    fn put_both(self, first: &[u8], second: &[u8]) -> Option<Self> {
        let (now, later) = self.0.split_at_mut_checked(first.len().wrapping_add(second.len()))?;
        let (here, there) = now.split_at_mut_checked(first.len())?;
        here.copy_from_slice(first);
        there.copy_from_slice(second);
        Some(Self(later))
    }

    #[inline(never)]
    fn put_blocks(self, text: &mut &[u8]) -> Option<Self> {
        let mut room = self.0;
        vectorized(
            #[inline(always)]
            || {
                while let Some((block, rest)) = text.split_at_checked(COPIED) {
                    let mut least = u8::MAX;
                    for (to, from) in room.get_mut(..COPIED)?.iter_mut().zip(block) {
                        least = least.min(*from);
                        *to = *from;
                    }
                    if least <= b'\r' {
                        break;
                    }
                    room = core::mem::take(&mut room).get_mut(COPIED..)?;
                    *text = rest;
                }
                Some(())
            },
        )?;
        Some(Self(room))
    }
}

/// What takes pieces by a closure.
#[cfg(feature = "bytes")]
pub(super) struct Each<'f, F>(pub(super) &'f mut F);

#[cfg(feature = "bytes")]
impl<F: FnMut(&[u8])> Target for Each<'_, F> {
    #[inline(always)]
    fn put(self, piece: &[u8]) -> Option<Self> {
        (self.0)(piece);
        Some(self)
    }
}
