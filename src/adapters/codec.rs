//! Events through tokio's framed sockets.

use std::io;

use bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::{Owned, session::Session};
use crate::{EventBuf, Item, ItemBuf, OnTruncated, Parser, TooLarge, Truncated, encode::ItemEncoder};

/// Events through `tokio_util::codec`: with `FramedRead` a stream of `Result<EventBuf, TooLarge>`, with `FramedWrite` a sink of
/// events and items, also owned ones, by value or by reference.
///
/// What is sent through one codec is one stream, as [`ItemEncoder`] writes it: a `retry` that a parser gave as an item and again with its
/// event is said once. (Since it sends several types, `SinkExt::close` must be told one: `SinkExt::<Event<'_>>::close(&mut framed)`.)
///
/// What is too large is an item of the stream, not its error: `FramedRead` ends after an error, and an event that is too large is
/// no reason to end. Its error is I/O alone. With [`OnTruncated::Error`] a stream that ends in the middle of an event ends with
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), around the [`Truncated`](crate::Truncated).
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use ssewire::{Event, EventCodec};
/// use tokio_util::codec::{FramedRead, FramedWrite};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (here, there) = tokio::io::duplex(16);
/// let send = async move {
///     let mut events = FramedWrite::new(here, EventCodec::new());
///     events.send(Event::new("one\ntwo")).await
/// };
/// let receive = async move {
///     let mut events = FramedRead::new(there, EventCodec::new());
///     while let Some(Ok(event)) = events.next().await {
///         match event {
///             Ok(event) => assert_eq!(event.data(), "one\ntwo"),
///             Err(too_large) => eprintln!("{too_large}"),         // that event is skipped, the stream goes on
///         }
///     }
/// };
/// let (sent, ()) = tokio::join!(send, receive);
/// sent.unwrap();
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct EventCodec<T = EventBuf> {
    session: Session<T>,
    encoder: ItemEncoder,
}

impl EventCodec {
    /// A codec with a [`Parser::new`].
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use ssewire::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let (mut codec, mut buffer) = (EventCodec::new(), BytesMut::from("data: 1\n\nda"));
    /// assert_eq!(codec.decode(&mut buffer)?.unwrap()?.data(), "1");
    /// assert!(codec.decode(&mut buffer)?.is_none());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_parser(Parser::new())
    }

    /// A codec with this parser: with a limit of your own, or with the last event ID of the connection before.
    ///
    /// ```
    /// use ssewire::{EventCodec, Parser};
    ///
    /// let mut parser = Parser::with_limit(1 << 20);
    /// parser.set_last_event_id("41")?;
    /// assert_eq!(EventCodec::with_parser(parser).parser().last_event_id(), "41");
    /// # Ok::<_, ssewire::SetLastEventIdError>(())
    /// ```
    #[must_use]
    pub const fn with_parser(parser: Parser) -> Self {
        Self { session: Session::new(parser), encoder: ItemEncoder::new() }
    }

    /// The same, giving out everything in the stream as [`ItemBuf`].
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use ssewire::{EventCodec, Item};
    /// use tokio_util::codec::Decoder;
    ///
    /// let item = EventCodec::new().items().decode(&mut BytesMut::from(": alive\n"))?.unwrap()?;
    /// assert_eq!(item, Item::Comment("alive"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn items(self) -> EventCodec<ItemBuf> {
        EventCodec { session: self.session.items(), encoder: self.encoder }
    }
}

impl Default for EventCodec {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> EventCodec<T> {
    /// What happens to an event that the end of the stream cuts off.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use ssewire::{EventCodec, OnTruncated};
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().on_truncated(OnTruncated::Deliver);
    /// assert_eq!(codec.decode_eof(&mut BytesMut::from("data: [DONE]"))?.unwrap()?.data(), "[DONE]");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
        self.session.on_truncated = on_truncated;
        self
    }

    /// The parser, with the last event ID and the reconnection time.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use ssewire::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new();
    /// codec.decode(&mut BytesMut::from("id: 7\nretry: 50\ndata: x\n\n"))?;
    /// assert_eq!(codec.parser().last_event_id(), "7");
    /// assert_eq!(codec.parser().retry().unwrap().as_millis(), 50);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub const fn parser(&self) -> &Parser {
        &self.session.parser
    }

    /// What the end of the stream has cut off, if it did and that was not given out. It stands until the next end.
    #[must_use]
    pub const fn truncated(&self) -> Option<Truncated> {
        self.session.truncated
    }

    /// The parser, which has [finished](Parser::finish) this stream and is ready for the next connection. What was not read is in the
    /// buffer of the `FramedRead`.
    #[must_use]
    pub fn into_parser(self) -> Parser {
        self.session.into_parser()
    }
}

impl<T: Owned> Decoder for EventCodec<T> {
    type Item = Result<T, TooLarge>;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        let mut input = &source[..];
        let next = self.session.next(&mut input);
        let read = source.len().saturating_sub(input.len());
        source.advance(read);
        Ok(next)
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        if let Some(next) = self.decode(source)? {
            return Ok(Some(next));
        }
        let last = self.session.end().transpose().map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error))?;
        Ok(last.map(Ok))
    }
}

/// Items and events, and owned ones by reference.
impl<'a, T, I: Into<Item<'a>>> Encoder<I> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, item: I, out: &mut BytesMut) -> io::Result<()> {
        self.encoder.encode(item).put_into(out);
        Ok(())
    }
}

impl<T> Encoder<EventBuf> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, event: EventBuf, out: &mut BytesMut) -> io::Result<()> {
        self.encode(&event, out)
    }
}

impl<T> Encoder<ItemBuf> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, item: ItemBuf, out: &mut BytesMut) -> io::Result<()> {
        self.encode(&item, out)
    }
}
