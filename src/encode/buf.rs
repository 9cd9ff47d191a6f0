//! The wire form and the buffers of the crate `bytes`: into one, as one, and owned.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{
    cursor::{Cursor, Place},
    encoded::{Encoded, Slices, write_text},
    parts::Parts,
    target::Each,
};
use crate::ItemBuf;

impl Encoded<'_> {
    /// Puts the rest of it into `out`.
    ///
    /// # Panics
    ///
    /// If `out` is too small for it, as every method of `BufMut` that writes.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use ssewire::Event;
    ///
    /// let mut out = BytesMut::new();
    /// Event::new("a").encode().put_into(&mut out);
    /// Event::new("b").encode().put_into(&mut out);
    /// assert_eq!(out, "data: a\n\ndata: b\n\n");
    /// ```
    #[inline]
    pub fn put_into(&self, out: impl BufMut) {
        // (A few lines are no reason to set up much room for pieces.)
        if self.has_long_text() { self.put_gathered::<512>(out) } else { self.put_gathered::<128>(out) }
    }

    /// A `BufMut` checks and does more for each slice than a `Vec`, so small pieces are gathered first.
    #[inline]
    fn put_gathered<const SIZE: usize>(&self, mut out: impl BufMut) {
        let (mut gathered, mut length) = ([0; SIZE], 0_usize);
        let mut put = |piece: &[u8]| {
            if let Some(place) = gathered.get_mut(length..).and_then(|room| room.get_mut(..piece.len())) {
                place.copy_from_slice(piece);
                length = length.saturating_add(piece.len());
                return;
            }
            if length > 0 {
                out.put_slice(gathered.get(..length).unwrap_or_default());
                length = 0;
            }
            match gathered.get_mut(..piece.len()) {
                Some(place) if piece.len() < 64 => {
                    place.copy_from_slice(piece);
                    length = piece.len();
                }
                _ => out.put_slice(piece),
            }
        };
        self.put_all(Each(&mut put));
        out.put_slice(gathered.get(..length).unwrap_or_default());
    }

    /// The rest of it, as shared bytes: encode once, clone to every subscriber.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let encoded = Event::new("for all of you").encode().to_bytes();
    /// let subscribers = [encoded.clone(), encoded.clone(), encoded];
    /// assert!(subscribers.iter().all(|bytes| bytes == "data: for all of you\n\n"));
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.remaining());
        self.put_into(&mut out);
        out.freeze()
    }
}

/// Whoever sends buffers can send this one as it is.
impl Buf for Encoded<'_> {
    fn remaining(&self) -> usize {
        self.remaining()
    }

    #[inline]
    fn has_remaining(&self) -> bool {
        self.has_remaining()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.slice()
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.advance(count);
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'s>(&'s self, out: &mut [std::io::IoSlice<'s>]) -> usize {
        super::encoded::fill(out, self.slices())
    }
}

/// The wire form of an event or an item that it owns: an [`Encoded`] that is `'static`, for bodies and channels. No byte of the
/// payload is copied for it.
///
/// ```
/// use bytes::Buf;
/// use ssewire::{Event, EventBuf};
///
/// let mut body = EventBuf::from(Event::new("a\nb")).into_encoded();
/// assert_eq!(body.copy_to_bytes(body.remaining()), "data: a\ndata: b\n\n");
/// ```
#[derive(Clone)]
#[must_use = "encoding does nothing until it is read"]
pub struct EncodedBuf {
    item: ItemBuf,
    /// Where it is, and how much is left of the piece there.
    place: (Cursor, usize),
    remaining: usize,
}

impl EncodedBuf {
    #[inline]
    fn parts(&self) -> Parts<'_> {
        Parts::item(&self.item.as_item())
    }

    fn slices(&self) -> Slices<'_> {
        let parts = self.parts();
        Slices { parts, place: Place::resume(self.place, &parts) }
    }
}

impl From<ItemBuf> for EncodedBuf {
    fn from(item: ItemBuf) -> Self {
        let parts = Parts::item(&item.as_item());
        let place = Place::start(&parts);
        Self { place: place.pause(), remaining: place.remaining(&parts), item }
    }
}

impl From<crate::EventBuf> for EncodedBuf {
    fn from(event: crate::EventBuf) -> Self {
        ItemBuf::from(event).into()
    }
}

impl core::fmt::Debug for EncodedBuf {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write_text(f, "EncodedBuf", self.slices())
    }
}

impl Buf for EncodedBuf {
    fn remaining(&self) -> usize {
        self.remaining
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        Place::resume(self.place, &self.parts()).piece
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        let parts = self.parts();
        let mut place = Place::resume(self.place, &parts);
        place.advance(&parts, count);
        self.place = place.pause();
        self.remaining = self.remaining.saturating_sub(count);
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'s>(&'s self, out: &mut [std::io::IoSlice<'s>]) -> usize {
        super::encoded::fill(out, self.slices())
    }
}
