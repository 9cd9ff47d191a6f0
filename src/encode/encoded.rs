//! The wire form of an item, to be read like any buffer: in slices, into slices, into what grows, into what writes.

use core::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[cfg(feature = "alloc")]
use super::target::Target;
use super::{cursor::Place, parts::Parts};

/// The wire form of an [`Event`](crate::Event) or an [`Item`](crate::Item), with a cursor in it.
///
/// Nothing is copied to make it: [`slices`](Self::slices) are the frame (`data: `, a line end) and slices of the item, line by
/// line. What takes `&mut self` reads on from where the last reading stopped, at any byte: [`copy_to`](Self::copy_to) for send
/// buffers of any size, `write_to` (feature `std`), and `bytes::Buf` (feature `bytes`). What takes `&self` gives all that is left
/// and leaves the cursor where it is: `append_to` and `to_vec` (feature `alloc`), `put_into` and `to_bytes` (feature `bytes`).
///
/// It is no `Iterator`: `take` and `chain` would clash with those of `Buf`.
///
/// ```
/// use ssewire::Event;
///
/// let mut encoded = Event::new("a\nb").encode();
/// assert_eq!(encoded.remaining(), 17);
///
/// let mut sent = Vec::new();
/// let mut buffer = [0; 4];                             // a very small send buffer
/// while encoded.has_remaining() {
///     let length = encoded.copy_to(&mut buffer);
///     sent.extend_from_slice(&buffer[..length]);
/// }
/// assert_eq!(sent, b"data: a\ndata: b\n\n");
/// ```
#[must_use = "encoding does nothing until it is read"]
pub struct Encoded<'a> {
    parts: Parts<'a>,
    /// `None` as long as nothing was read: then it is the start, which only some need.
    place: Option<Place<'a>>,
    /// What remains, once it was counted, and `UNCOUNTED` before. (Atomic, so that it can be shared; nothing depends on the order.)
    counted: AtomicUsize,
}

const UNCOUNTED: usize = usize::MAX;

impl<'a> Encoded<'a> {
    #[inline]
    pub(super) fn new(parts: Parts<'a>) -> Self {
        debug_assert!(parts.lines.is_some() || !parts.tail.is_empty(), "a line that is left open has a text");
        Self { parts, place: None, counted: AtomicUsize::new(UNCOUNTED) }
    }

    /// How many bytes are still to be read. Exact: the first call reads the payload for its line ends, the later ones know.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut encoded = Event::new("hello").encode();
    /// assert_eq!(encoded.remaining(), "data: hello\n\n".len());        // a `Content-Length`, or the room to reserve
    /// encoded.advance(6);
    /// assert_eq!(encoded.remaining(), "hello\n\n".len());
    /// ```
    #[must_use]
    pub fn remaining(&self) -> usize {
        match self.counted.load(Relaxed) {
            UNCOUNTED => {
                let count = self.place().remaining(&self.parts);
                self.counted.store(count, Relaxed);
                count
            }
            count => count,
        }
    }

    /// Whether anything is still to be read, without counting it.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut encoded = Event::new("x").encode();
    /// assert!(encoded.has_remaining());
    /// encoded.advance(9);
    /// assert!(!encoded.has_remaining());
    /// ```
    #[must_use]
    #[inline]
    pub fn has_remaining(&self) -> bool {
        self.place.map_or_else(|| !self.parts.are_empty(), |place| !place.is_at_end())
    }

    /// The slices that are still to be read, in order, of the item and of constants; none of them is empty. A line of the payload is a
    /// slice of its own, or several of some KiB if it is long; the digits of a `retry` come two by two.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let event = Event::new("a\nb").with_id("7")?;
    /// let slices: Vec<_> = event.encode().slices().collect();
    /// assert_eq!(slices, [&b"id: "[..], b"7", b"\ndata: ", b"a", b"\ndata: ", b"b", b"\n\n"]);
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[inline]
    pub fn slices(&self) -> Slices<'a> {
        Slices { parts: self.parts, place: self.place() }
    }

    /// The first of the slices that are still to be read; empty at the end.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut encoded = Event::new("hello").encode();
    /// assert_eq!(encoded.slice(), b"data: ");
    /// encoded.advance(encoded.slice().len());
    /// assert_eq!(encoded.slice(), b"hello");
    /// ```
    #[must_use]
    #[inline]
    pub fn slice(&self) -> &'a [u8] {
        self.place().piece
    }

    /// Copies as much as `out` holds, and goes on by it: the number of bytes copied, which is less than `out` has room for
    /// only at the end. What lies behind them in `out` is left as it was.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// // A send buffer of four bytes.
    /// let (mut encoded, mut buffer, mut sent) = (Event::new("hello").encode(), [0; 4], Vec::new());
    /// while encoded.has_remaining() {
    ///     let length = encoded.copy_to(&mut buffer);
    ///     sent.extend_from_slice(&buffer[..length]);
    /// }
    /// assert_eq!(sent, b"data: hello\n\n");
    /// ```
    #[must_use = "it says how many bytes of the buffer to send"]
    #[inline(always)] // so that an event that is encoded where it is copied needs no `Encoded` in memory
    pub fn copy_to(&mut self, out: &mut [u8]) -> usize {
        let copied = if let Some(place) = &mut self.place {
            place.copy_to(&self.parts, out)
        } else {
            let (copied, place) = self.parts.copy_to(out);
            self.place = Some(place);
            copied
        };
        self.count_off(copied);
        copied
    }

    /// Goes on by `count` bytes without reading them; by what remains, if that is less.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut encoded = Event::new("hello").encode();
    /// encoded.advance(8);                                                         // as much as the socket took
    /// assert_eq!(encoded.to_vec(), b"llo\n\n");
    /// ```
    #[inline]
    pub fn advance(&mut self, count: usize) {
        // (In place: to load one whole waits for the stores to its parts.)
        let place = self.place.get_or_insert_with(|| Place::start(&self.parts));
        place.advance(&self.parts, count);
        self.count_off(count);
    }

    #[inline]
    fn count_off(&mut self, count: usize) {
        let counted = self.counted.get_mut();
        if *counted != UNCOUNTED {
            *counted = counted.saturating_sub(count);
        }
    }

    /// The rest of it, as a `Vec`.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// assert_eq!(Event::new("a\nb").encode().to_vec(), b"data: a\ndata: b\n\n");
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(&self) -> alloc::vec::Vec<u8> {
        let mut out = alloc::vec::Vec::new();
        self.append_to(&mut out);
        out
    }

    /// Appends the rest of it to `out`.
    ///
    /// ```
    /// use ssewire::{Event, KEEP_ALIVE};
    ///
    /// let mut out = Vec::from(KEEP_ALIVE);
    /// Event::new("hello").encode().append_to(&mut out);
    /// assert_eq!(out, b":\ndata: hello\n\n");
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn append_to(&self, out: &mut alloc::vec::Vec<u8>) {
        if self.place.is_some() {
            self.put_rest(out);
            return;
        }
        // (To see that there is plenty costs less than to count what is needed.)
        let plenty = self.parts.lines.map_or(0, |lines| lines.text.len()).saturating_add(256);
        if out.capacity().saturating_sub(out.len()) < plenty {
            out.reserve(self.parts.least_length());
        }
        self.parts.put_into(out);
    }

    #[cfg(feature = "bytes")]
    #[inline]
    pub(super) fn has_long_text(&self) -> bool {
        self.parts.lines.is_some_and(|lines| lines.text.len() > 512)
    }

    #[cfg(feature = "bytes")]
    #[inline(always)]
    pub(super) fn put_all<T: Target>(&self, out: T) -> Option<T> {
        if self.place.is_some() { self.put_rest(out) } else { self.parts.put_into(out) }
    }

    /// From its place on.
    #[cfg(feature = "alloc")]
    #[cold]
    fn put_rest<T: Target>(&self, out: T) -> Option<T> {
        self.slices().try_fold(out, Target::put)
    }

    #[inline]
    fn place(&self) -> Place<'a> {
        self.place.unwrap_or_else(|| Place::start(&self.parts))
    }

    /// Writes the rest of it, in as few calls as it pays: what is small in one piece, what is large as it lies, by vectored
    /// writes.
    ///
    /// # Errors
    ///
    /// What `out` returns, except [`Interrupted`](std::io::ErrorKind::Interrupted), after which it is tried again. What was
    /// written until then is a prefix of the wire form, and the cursor stands behind it.
    ///
    /// ```
    /// use ssewire::Event;
    ///
    /// let mut socket = Vec::new();                                        // anything that is `io::Write`
    /// Event::new("hello").encode().write_to(&mut socket)?;
    /// assert_eq!(socket, b"data: hello\n\n");
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn write_to(&mut self, mut out: impl std::io::Write) -> std::io::Result<()> {
        // What is small, in one plain call: cheaper than a vectored one, and writers without vectored writes see no crumbs.
        let mut small = [0; 1024];
        if self.place.is_none()
            && let Some(length) = self.parts.copy_whole(&mut small)
        {
            return self.write_copied(small.get(..length).unwrap_or_default(), &mut out);
        }
        while self.has_remaining() {
            let mut slices = [std::io::IoSlice::new(&[]); 16];
            let count = fill(&mut slices, self.slices());
            let length = slices.iter().map(|slice| slice.len()).fold(0, usize::saturating_add);
            if count == slices.len() && length < 4096 {
                self.write_gathered(&mut out)?;
            } else if length <= small.len() {
                let length = self.clone().copy_to(&mut small);
                self.write_copied(small.get(..length).unwrap_or_default(), &mut out)?;
            } else {
                let written = taken(out.write_vectored(slices.get(..count).unwrap_or_default()))?;
                self.advance(written);
            }
        }
        Ok(())
    }

    /// Many short lines: to copy more of them costs less than a call for so few.
    #[cfg(feature = "std")]
    #[inline(never)]
    fn write_gathered(&mut self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let mut gathered = [0; 8192];
        let length = self.clone().copy_to(&mut gathered);
        self.write_copied(gathered.get(..length).unwrap_or_default(), out)
    }

    /// Writes a copy of what comes next, however little of it a call takes.
    #[cfg(feature = "std")]
    fn write_copied(&mut self, mut copy: &[u8], out: &mut impl std::io::Write) -> std::io::Result<()> {
        while !copy.is_empty() {
            let written = taken(out.write(copy))?;
            self.advance(written);
            copy = copy.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

/// What a writer has taken: nothing, if it was interrupted.
#[cfg(feature = "std")]
fn taken(result: std::io::Result<usize>) -> std::io::Result<usize> {
    match result {
        Ok(0) => Err(std::io::ErrorKind::WriteZero.into()),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(0),
        result => result,
    }
}

/// As many slices as there is room for.
#[cfg(feature = "std")]
pub(super) fn fill<'s>(out: &mut [std::io::IoSlice<'s>], slices: impl Iterator<Item = &'s [u8]>) -> usize {
    let filled = out.iter_mut().zip(slices).map(|(place, slice)| *place = std::io::IoSlice::new(slice));
    filled.count()
}

impl Clone for Encoded<'_> {
    fn clone(&self) -> Self {
        let Self { parts, place, counted } = self;
        Self { parts: *parts, place: *place, counted: AtomicUsize::new(counted.load(Relaxed)) }
    }
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, "Encoded", self.slices())
    }
}

/// What is left to read, as text.
pub(super) fn write_text<'e>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    mut slices: impl Iterator<Item = &'e [u8]>,
) -> fmt::Result {
    write!(f, "{name}(\"")?;
    slices.try_for_each(|slice| write!(f, "{}", slice.escape_ascii()))?;
    f.write_str("\")")
}

/// The iterator of [`Encoded::slices`].
///
/// ```
/// use ssewire::Event;
///
/// let encoded = Event::new("x").encode();
/// assert_eq!(encoded.slices().collect::<Vec<_>>(), [&b"data: "[..], b"x", b"\n\n"]);
/// ```
#[derive(Clone)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct Slices<'e> {
    pub(super) parts: Parts<'e>,
    pub(super) place: Place<'e>,
}

impl<'e> Iterator for Slices<'e> {
    type Item = &'e [u8];

    #[inline]
    fn next(&mut self) -> Option<&'e [u8]> {
        self.place.take_piece(&self.parts)
    }
}

impl core::iter::FusedIterator for Slices<'_> {}

impl fmt::Debug for Slices<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, "Slices", self.clone())
    }
}
