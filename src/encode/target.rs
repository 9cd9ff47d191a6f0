//! Where the wire form is put together, all of it at once.

use super::lines::BLOCK;

/// Takes the wire form piece by piece.
pub(super) trait Target {
    fn put(&mut self, piece: &[u8]);

    /// Takes of a long text the blocks in which no line ends, from the start. A block is searched while it is copied, which costs little
    /// more than to copy it; only the one in which a line does end is copied in vain.
    ///
    /// (The text is a slice in memory, of which the compiler does not know that it lies apart from the target. If it knew, it would make
    /// two loops, one that copies and one that searches, and the search would cost a third of the copy on top.)
    #[inline(always)]
    fn put_blocks(&mut self, _text: &mut &[u8]) {}
}

#[cfg(feature = "alloc")]
impl Target for alloc::vec::Vec<u8> {
    #[inline(always)]
    fn put(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }

    #[inline(never)]
    fn put_blocks(&mut self, text: &mut &[u8]) {
        while let Some((block, rest)) = text.split_at_checked(BLOCK) {
            let (before, mut least) = (self.len(), u8::MAX);
            self.extend(block.iter().map(|byte| {
                least = least.min(*byte);
                *byte
            }));
            if least <= b'\r' {
                return self.truncate(before);
            }
            *text = rest;
        }
    }
}

/// What is left of a slice; `None` once something had no room. (What `put_blocks` has no room for it leaves, to be put.)
pub(super) struct Room<'o>(pub(super) Option<&'o mut [u8]>);

impl Target for Room<'_> {
    #[inline(always)]
    fn put(&mut self, piece: &[u8]) {
        let place = self.0.take().and_then(|room| room.split_at_mut_checked(piece.len()));
        self.0 = place.map(|(now, later)| {
            now.copy_from_slice(piece);
            later
        });
    }

    #[inline(always)]
    fn put_blocks(&mut self, text: &mut &[u8]) {
        // (Not given the room itself, which would no longer be kept in registers.)
        let mut room = self.0.take();
        if let Some(room) = &mut room {
            copy_blocks(room, text);
        }
        self.0 = room;
    }
}

#[inline(never)]
fn copy_blocks(room: &mut &mut [u8], text: &mut &[u8]) {
    while let (Some(out), Some((block, rest))) = (room.get_mut(..BLOCK), text.split_at_checked(BLOCK)) {
        let mut least = u8::MAX;
        for (to, from) in out.iter_mut().zip(block) {
            least = least.min(*from);
            *to = *from;
        }
        if least <= b'\r' {
            return;
        }
        *room = core::mem::take(room).get_mut(BLOCK..).unwrap_or_default();
        *text = rest;
    }
}

/// What takes pieces by a closure.
#[cfg(feature = "bytes")]
pub(super) struct Each<F>(pub(super) F);

#[cfg(feature = "bytes")]
impl<F: FnMut(&[u8])> Target for Each<F> {
    #[inline(always)]
    fn put(&mut self, piece: &[u8]) {
        self.0(piece);
    }
}
