//! Events from an asynchronous stream of chunks.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::{Owned, session::Session};
use crate::{EventBuf, ItemBuf, OnTruncated, Parser, TooLarge, Truncated};

/// Why an [`EventStream`] gave no event. It is an `Error` if what the inner stream fails by is one, and that is then its source; of a
/// `Box<dyn Error>`, which is none itself, `map_err` makes one.
///
/// ```
/// use futures_util::{StreamExt, stream};
/// use ssewire::{EventStream, StreamError};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// // A body that fails for once, in the middle of an event, and goes on.
/// let body = stream::iter([Ok("data: Hel"), Err("timed out"), Ok("lo\n\n")]);
/// let mut events = EventStream::new(body);
/// assert_eq!(events.next().await, Some(Err(StreamError::Inner("timed out"))));
/// assert_eq!(events.next().await.unwrap()?.data(), "Hello");
/// # Ok::<_, StreamError<&str>>(()) }).unwrap();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError<E> {
    /// An event, or a comment among items, was too large. It was skipped; the stream goes on.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The stream ended in the middle of an event. Only with [`OnTruncated::Error`].
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// The inner stream failed. If it goes on, so does this one.
    #[error("the stream of chunks failed")]
    Inner(#[source] E),
}

pin_project! {
    /// The events of a stream of chunks, such as the body of an HTTP response: `Result<EventBuf, StreamError<E>>` from any
    /// `Stream<Item = Result<B, E>>` with `B: Into<Bytes>`.
    ///
    /// The chunks come as `Result`s (`.map(Ok::<_, Infallible>)` makes them so) of what is owned, or `'static`; an inner stream that is
    /// not `Unpin` goes in by `Box::pin`. All events of a chunk are given out before the inner stream is asked for the next. Dropping
    /// the future of a `next()` loses nothing, since nothing is kept but in here. After its end it stays at its end, until
    /// [`reconnect`](EventStream::reconnect).
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::{EventStream, StreamError};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = stream::iter([Ok::<_, std::io::Error>("data: Hel"), Ok("lo\n\nid: 7\ndata: [DONE]\n\n")]);
    /// let mut events = EventStream::new(body);
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         Ok(event) if event.data() == "[DONE]" => break,
    ///         Ok(event) => assert_eq!(event.data(), "Hello"),
    ///         Err(StreamError::TooLarge(error)) => eprintln!("{error}"),     // that event is skipped, the stream goes on
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// assert_eq!(events.parser().last_event_id(), "7");
    /// # Ok(()) }).unwrap();
    /// ```
    #[derive(Clone)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct EventStream<S, T = EventBuf> {
        #[pin]
        inner: S,
        session: Session<T>,
        rest: Bytes,
        ended: bool,
    }
}

impl<S> EventStream<S> {
    /// The events of `inner`, by a [`Parser::new`].
    ///
    /// ```
    /// use futures_util::{StreamExt, TryStreamExt, stream};
    /// use ssewire::{EventBuf, EventStream};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = stream::iter(["data: 1\n\n", "data: 2\n\n"]).map(Ok::<_, std::convert::Infallible>);
    /// let events: Vec<EventBuf> = EventStream::new(body).try_collect().await?;
    /// assert_eq!(events.len(), 2);
    /// # Ok::<_, ssewire::StreamError<std::convert::Infallible>>(()) }).unwrap();
    /// ```
    pub const fn new<B: Into<Bytes>, E>(inner: S) -> Self
    where
        S: Stream<Item = Result<B, E>>,
    {
        Self::with_parser(inner, Parser::new())
    }

    /// The events of `inner`, by this parser: with a limit of your own, or with the last event ID of the connection before.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::{EventStream, Parser};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut parser = Parser::with_limit(1 << 20);
    /// parser.set_last_event_id("41")?;
    /// let mut events = EventStream::with_parser(stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]), parser);
    /// assert_eq!(events.next().await.unwrap()?.last_event_id(), "41");
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub const fn with_parser<B: Into<Bytes>, E>(inner: S, parser: Parser) -> Self
    where
        S: Stream<Item = Result<B, E>>,
    {
        Self { inner, session: Session::new(parser), rest: Bytes::new(), ended: false }
    }

    /// The same, giving out everything in the stream as [`ItemBuf`]: comments too, which is what keeps a connection alive that
    /// has nothing to say. So this is what a timeout on silence goes around: the next *event* may be far off, and heartbeats do
    /// not wake who waits for it.
    ///
    /// ```
    /// use core::time::Duration;
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::{EventStream, Item};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let body = stream::iter([Ok::<_, std::io::Error>(": alive\n"), Ok("data: 1\n\n")]);
    /// let mut items = EventStream::new(body).items();
    /// let mut data = Vec::new();
    /// while let Some(item) = tokio::time::timeout(Duration::from_secs(60), items.next()).await? {
    ///     if let Item::Event(event) = item?.as_item() {
    ///         data.push(event.data().to_owned());
    ///     }
    /// }
    /// assert_eq!(data, ["1"]);
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn items(self) -> EventStream<S, ItemBuf> {
        let Self { inner, session, rest, ended } = self;
        EventStream { inner, session: session.items(), rest, ended }
    }
}

impl<S, T> EventStream<S, T> {
    /// What happens to an event that the end of the stream cuts off.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::{EventStream, OnTruncated};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = stream::iter([Ok::<_, std::io::Error>("data: [DONE]")]);
    /// let mut events = EventStream::new(body).on_truncated(OnTruncated::Deliver);
    /// assert_eq!(events.next().await.unwrap()?.data(), "[DONE]");
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
        self.session.on_truncated = on_truncated;
        self
    }

    /// The parser, with the last event ID and the reconnection time. (After the end it has [finished](Parser::finish).)
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::EventStream;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("id: 7\nretry: 50\n\n")]));
    /// assert!(events.next().await.is_none());
    /// assert_eq!(events.parser().last_event_id(), "7");
    /// assert_eq!(events.parser().retry().unwrap().as_millis(), 50);
    /// # });
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

    /// The inner stream.
    ///
    /// ```
    /// use futures_util::{Stream, stream};
    /// use ssewire::EventStream;
    ///
    /// let events = EventStream::new(stream::iter([Ok::<_, ()>("data: x\n\n")]));
    /// assert_eq!(events.get_ref().size_hint(), (1, Some(1)));
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Goes on with the next connection: the last event ID and the reconnection time stay, half an event does not.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use ssewire::EventStream;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let connection = |chunk| stream::iter([Ok::<_, std::io::Error>(chunk)]);
    /// let mut events = EventStream::new(connection("id: 7\ndata: a\n\ndata: cut o"));
    /// assert_eq!(events.next().await.unwrap()?.data(), "a");
    /// events.reconnect(connection("data: b\n\n"));
    /// let event = events.next().await.unwrap()?;
    /// assert_eq!((event.data(), event.last_event_id()), ("b", "7"));
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn reconnect(&mut self, inner: S) {
        self.session.finish();
        self.inner = inner;
        (self.rest, self.ended) = (Bytes::new(), false);
    }

    /// The inner stream, and the parser, which has [finished](Parser::finish) this stream. What was not read of the last chunk is lost.
    #[must_use]
    pub fn into_parts(self) -> (S, Parser) {
        (self.inner, self.session.into_parser())
    }
}

impl<S: Stream<Item = Result<B, E>>, T: Owned, B: Into<Bytes>, E> Stream for EventStream<S, T> {
    type Item = Result<T, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if !this.rest.is_empty() {
            let mut input = &this.rest[..];
            let next = this.session.next(&mut input);
            let read = this.rest.len().saturating_sub(input.len());
            // With its last byte, the chunk is let go.
            match input.len() {
                0 => *this.rest = Bytes::new(),
                _ => this.rest.advance(read),
            }
            if let Some(next) = next {
                return Poll::Ready(Some(next.map_err(StreamError::TooLarge)));
            }
        }
        while !*this.ended {
            match ready!(this.inner.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => {
                    // Read before it is kept, and kept only if there is more in it: to move what was just made makes the processor wait.
                    let mut chunk: Bytes = chunk.into();
                    let mut input = &chunk[..];
                    let next = this.session.next(&mut input);
                    if !input.is_empty() {
                        let read = chunk.len().saturating_sub(input.len());
                        chunk.advance(read);
                        *this.rest = chunk;
                    }
                    if let Some(next) = next {
                        return Poll::Ready(Some(next.map_err(StreamError::TooLarge)));
                    }
                }
                Some(Err(error)) => {
                    this.session.fail();
                    return Poll::Ready(Some(Err(StreamError::Inner(error))));
                }
                None => {
                    *this.ended = true;
                    return Poll::Ready(this.session.end().map(|last| last.map_err(StreamError::Truncated)));
                }
            }
        }
        Poll::Ready(None)
    }
}

impl<S: Stream<Item = Result<B, E>>, T: Owned, B: Into<Bytes>, E> FusedStream for EventStream<S, T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<S: fmt::Debug, T: fmt::Debug> fmt::Debug for EventStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("inner", &self.inner)
            .field("session", &self.session)
            .field("unread", &self.rest.len())
            .finish_non_exhaustive()
    }
}
