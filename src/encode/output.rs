//! What an [`EventSink`](super::EventSink) writes into.

#[cfg(feature = "alloc")]
use core::convert::Infallible;

use super::Encoded;

/// Where an [`EventSink`](super::EventSink) writes: `&mut Vec<u8>` (feature `alloc`), [`IoOutput`] over an `io::Write` (feature `std`),
/// `BufOutput` over a `bytes::BufMut` (feature `bytes`). Sealed.
///
/// An output that has failed may have written a part of a piece: close its connection. (Its methods are not for callers.) Without
/// `alloc` there is none: [`EventWriter::data`](super::EventWriter::data) and its siblings give what to
/// [copy](super::Encoded::copy_to) into a buffer.
///
/// ```
/// use ssewire::{EventWriter, Unfinished, encode::Output};
///
/// /// For whoever does not care where it goes.
/// fn progress<O: Output>(writer: &mut EventWriter, out: O, done: u32) -> Result<Result<(), O::Error>, Unfinished> {
///     let mut event = writer.begin(out)?;
///     Ok(event.data(format!("{done} %")).and_then(|()| event.end()))
/// }
/// let (mut writer, mut out) = (EventWriter::new(), Vec::new());
/// progress(&mut writer, &mut out, 50)?.unwrap();
/// assert_eq!(out, b"data: 50 %\n\n");
/// # Ok::<_, Unfinished>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "an event cannot be written into `{Self}`",
    note = "`&mut Vec<u8>` is an output (feature `alloc`); wrap an `io::Write` in `IoOutput` (feature `std`), a `bytes::BufMut` in \
            `BufOutput` (feature `bytes`)"
)]
pub trait Output: sealed::Sealed {
    /// How it fails.
    type Error;

    #[doc(hidden)]
    fn put(&mut self, encoded: Encoded<'_>) -> Result<(), Self::Error>;

    #[doc(hidden)]
    #[cfg(feature = "std")]
    fn io_error(error: Self::Error) -> std::io::Error;

    #[doc(hidden)]
    #[cfg(feature = "std")]
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// The output of an [`EventSink`](super::EventSink) that writes to an `io::Write`: `writer.begin(IoOutput(&mut socket))`. Each piece is written as it
/// comes: wrap what is dear to call in a `BufWriter`, and flush that after each event.
///
/// ```
/// use std::io::{BufWriter, Write};
/// use ssewire::{EventWriter, IoOutput};
///
/// let mut socket = BufWriter::new(Vec::new());                                // anything that is `io::Write`
/// let mut writer = EventWriter::new();
/// let mut event = writer.begin(IoOutput(&mut socket))?;
/// write!(event, "{} items", 3)?;
/// event.end()?;
/// socket.flush()?;
/// assert_eq!(socket.get_ref(), b"data: 3 items\n\n");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct IoOutput<W>(pub W);

#[cfg(feature = "std")]
impl<W> sealed::Sealed for IoOutput<W> {}

#[cfg(feature = "std")]
impl<W: std::io::Write> Output for IoOutput<W> {
    type Error = std::io::Error;

    fn put(&mut self, mut encoded: Encoded<'_>) -> std::io::Result<()> {
        encoded.write_to(&mut self.0)
    }

    fn io_error(error: Self::Error) -> std::io::Error {
        error
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// The output of an [`EventSink`](super::EventSink) that puts into a `bytes::BufMut`, which must have room or grow.
///
/// # Panics
///
/// What writes to it, if it is too small, as every method of `BufMut` that writes.
///
/// ```
/// use core::fmt::Write;
/// use bytes::BytesMut;
/// use ssewire::{BufOutput, EventWriter};
///
/// let (mut writer, mut out) = (EventWriter::new(), BytesMut::new());
/// let mut event = writer.begin(BufOutput(&mut out))?;
/// write!(event, "{} items", 3)?;
/// event.end()?;
/// assert_eq!(out, "data: 3 items\n\n");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "bytes")]
#[derive(Debug)]
pub struct BufOutput<B>(pub B);

#[cfg(feature = "bytes")]
impl<B> sealed::Sealed for BufOutput<B> {}

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Output for BufOutput<B> {
    type Error = Infallible;

    fn put(&mut self, encoded: Encoded<'_>) -> Result<(), Infallible> {
        encoded.put_into(&mut self.0);
        Ok(())
    }

    #[cfg(feature = "std")]
    fn io_error(error: Infallible) -> std::io::Error {
        match error {}
    }
}

#[cfg(feature = "alloc")]
impl sealed::Sealed for &mut alloc::vec::Vec<u8> {}

#[cfg(feature = "alloc")]
impl Output for &mut alloc::vec::Vec<u8> {
    type Error = Infallible;

    fn put(&mut self, encoded: Encoded<'_>) -> Result<(), Infallible> {
        encoded.append_to(self);
        Ok(())
    }

    #[cfg(feature = "std")]
    fn io_error(error: Infallible) -> std::io::Error {
        match error {}
    }
}
