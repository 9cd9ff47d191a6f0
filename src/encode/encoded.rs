//! The wire form of an item, as a value.

use core::fmt;

use super::{EncodedReader, wire::Wire};

/// The wire form of an [`Event`](crate::Event) or an [`Item`](crate::Item): its bytes, to be put wherever you need them.
///
/// It borrows from the item, and nothing is copied or allocated to make it. Each method gives all of it:
///
/// | into | method | feature |
/// |---|---|---|
/// | a new `Vec`, the end of a `Vec` | `to_vec`, `append_to` | `alloc` |
/// | new `Bytes`, any `BufMut` | `to_bytes`, `put_into` | `bytes` |
/// | any `io::Write` | `write_to` | `std` |
/// | text | `Display` | |
/// | a slice that has room for all of it | [`copy_to`](Self::copy_to) | |
/// | a send buffer of any size, bit by bit | [`reader`](Self::reader) | |
///
/// ```
/// use ssewire::Event;
///
/// let encoded = Event::new("a\nb").encode();
/// assert_eq!(encoded.to_string(), "data: a\ndata: b\n\n");
/// assert_eq!(encoded.len(), 17);
/// ```
#[derive(Clone, Copy)]
#[must_use = "encoding does nothing until it is put somewhere"]
pub struct Encoded<'a>(pub(super) Wire<'a>);

impl<'a> Encoded<'a> {
    /// How many bytes it has: a `Content-Length`, or the room to reserve. Looks through the text for its line ends.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no bytes: only the empty rest of a line that an [`EventWriter`](super::EventWriter) goes on with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads it bit by bit, for send buffers of any size.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut reader = Event::new("hello").encode().reader();
    /// let (mut buffer, mut sent) = ([0; 4], Vec::new());                  // a very small send buffer
    /// while reader.has_remaining() {
    ///     let length = reader.copy_to(&mut buffer);
    ///     sent.extend_from_slice(&buffer[..length]);
    /// }
    /// assert_eq!(sent, b"data: hello\n\n");
    /// ```
    #[inline]
    pub fn reader(&self) -> EncodedReader<'a> {
        EncodedReader::new(self.0)
    }

    /// Its bytes, in a `Vec` of their own.
    #[cfg(feature = "alloc")]
    #[must_use]
    #[inline]
    pub fn to_vec(&self) -> alloc::vec::Vec<u8> {
        let mut out = alloc::vec::Vec::with_capacity(self.0.least_len());
        self.0.for_each_block(|piece| out.extend_from_slice(piece));
        out
    }

    /// Appends its bytes.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn append_to(&self, out: &mut alloc::vec::Vec<u8>) {
        out.reserve(self.0.least_len());
        self.0.for_each_block(|piece| out.extend_from_slice(piece));
    }

    /// Copies its bytes to the start of `out`, and gives their number, or `None` if there is no room for all of them. What lies behind
    /// them is left as it was.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut buffer = [0; 16];
    /// assert_eq!(Event::new("hello").encode().copy_to(&mut buffer), Some(13));
    /// assert_eq!(&buffer[..13], b"data: hello\n\n");
    /// assert_eq!(Event::new("too long").encode().copy_to(&mut buffer[..15]), None);
    /// ```
    #[inline]
    #[must_use = "it says how many bytes of the buffer to send"]
    pub fn copy_to(&self, out: &mut [u8]) -> Option<usize> {
        let room = out.len();
        let mut rest = Some(out);
        self.0.for_each_block(|piece| {
            rest = rest.take().and_then(|rest| {
                let (now, later) = rest.split_at_mut_checked(piece.len())?;
                now.copy_from_slice(piece);
                Some(later)
            });
        });
        rest.map(|rest| room.wrapping_sub(rest.len()))
    }

    /// Puts its bytes into a buffer that grows or has room.
    ///
    /// # Panics
    ///
    /// If the buffer is too small, as `BufMut::put_slice` does.
    #[cfg(feature = "bytes")]
    pub fn put_into(&self, mut out: impl bytes::BufMut) {
        self.0.for_each_block(|piece| out.put_slice(piece));
    }

    /// Its bytes, to be shared: one allocation, exact where the text is one line.
    #[cfg(feature = "bytes")]
    #[must_use]
    #[inline]
    pub fn to_bytes(&self) -> bytes::Bytes {
        self.to_vec().into()
    }

    /// Writes its bytes: small pieces together, long lines as they are.
    ///
    /// # Errors
    ///
    /// If writing fails. How much was written is then not known; for writers that would block, there is [`reader`](Self::reader).
    #[cfg(feature = "std")]
    pub fn write_to(&self, out: impl std::io::Write) -> std::io::Result<()> {
        if self.0.least_len() <= 1024 { self.write_by::<1024>(out) } else { self.write_by::<8192>(out) }
    }

    /// Gathers pieces in a buffer of so many bytes.
    #[cfg(feature = "std")]
    fn write_by<const SIZE: usize>(&self, mut out: impl std::io::Write) -> std::io::Result<()> {
        let (mut buffer, mut filled, mut written) = ([0; SIZE], 0_usize, Ok(()));
        self.0.for_each(|piece| {
            if written.is_ok() && piece.len() > buffer.len().saturating_sub(filled) {
                written = out.write_all(buffer.get(..filled).unwrap_or_default());
                filled = 0;
            }
            match buffer.get_mut(filled..filled.saturating_add(piece.len())) {
                Some(place) => {
                    place.copy_from_slice(piece);
                    filled = filled.saturating_add(piece.len());
                }
                None if written.is_ok() => written = out.write_all(piece),
                None => {}
            }
        });
        written?;
        out.write_all(buffer.get(..filled).unwrap_or_default())
    }
}

/// The wire form, as text. (Data that an [`EventWriter`](super::EventWriter) was given need not be UTF-8; what is not is replaced.)
impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader().slices().flat_map(<[u8]>::utf8_chunks).try_for_each(|chunk| {
            f.write_str(chunk.valid())?;
            if chunk.invalid().is_empty() { Ok(()) } else { f.write_str("\u{FFFD}") }
        })
    }
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader().write_escaped("Encoded", f)
    }
}
