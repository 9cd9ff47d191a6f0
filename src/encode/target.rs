//! Where the wire form is put together, all of it at once.

use super::lines::BLOCK;

/// Takes the wire form piece by piece.
pub(super) trait Target {
    fn put(&mut self, piece: &[u8]);

    /// Takes of a long text the blocks in which no line ends, from the start, and gives what follows them. A block is searched while
    /// it is copied, which costs little more than to copy it; only the one in which a line does end is copied in vain.
    #[inline(always)]
    fn put_blocks<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        text
    }
}

#[cfg(feature = "alloc")]
impl Target for alloc::vec::Vec<u8> {
    #[inline(always)]
    fn put(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }

    #[inline(never)]
    fn put_blocks<'t>(&mut self, mut text: &'t [u8]) -> &'t [u8] {
        let nothing = nothing();
        while let Some((block, rest)) = text.split_at_checked(BLOCK) {
            let (before, mut least) = (self.len(), u8::MAX);
            self.extend(block.iter().map(|byte| {
                least = least.min(*byte);
                *byte | nothing
            }));
            if least <= b'\r' {
                self.truncate(before);
                break;
            }
            text = rest;
        }
        text
    }
}

/// A slice, as far as it has room.
pub(super) struct Room<'o> {
    pub(super) room: &'o mut [u8],
    /// All that was put had room. (What `put_blocks` has no room for it leaves, to be put.)
    pub(super) fits: bool,
}

impl Target for Room<'_> {
    #[inline(always)]
    fn put(&mut self, piece: &[u8]) {
        match core::mem::take(&mut self.room).split_at_mut_checked(piece.len()) {
            Some((now, later)) => {
                now.copy_from_slice(piece);
                self.room = later;
            }
            None => self.fits = false,
        }
    }

    #[inline(always)]
    fn put_blocks<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let rest = copy_blocks(self.room, text);
        let copied = text.len().saturating_sub(rest.len());
        self.room = core::mem::take(&mut self.room).get_mut(copied..).unwrap_or_default();
        rest
    }
}

/// (Not inlined, and not given the room itself, which would no longer be kept in registers.)
#[inline(never)]
fn copy_blocks<'t>(out: &mut [u8], mut text: &'t [u8]) -> &'t [u8] {
    let nothing = nothing();
    for out in out.chunks_exact_mut(BLOCK) {
        let Some((block, rest)) = text.split_at_checked(BLOCK) else { break };
        let mut least = u8::MAX;
        for (to, from) in out.iter_mut().zip(block) {
            least = least.min(*from);
            *to = *from | nothing;
        }
        if least <= b'\r' {
            break;
        }
        text = rest;
    }
    text
}

/// No bits, which the compiler must not know: else it makes two loops, one that copies and one that searches, and the search costs
/// a third of the copy on top.
#[inline(always)]
const fn nothing() -> u8 {
    core::hint::black_box(0)
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
