//! The asynchronous source.

use alloc::boxed::Box;
use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::Response;
use http_body::Body;

use super::{
    BoxError, Cause, Error, Handle, Notice, Output, Resume, State,
    error::Then,
    follow::{Answer, Follow, REFUSAL_TIME, Refusal},
};
use crate::{EventBuf, ItemBuf, OnTruncated, Parser, Reconnect};

/// Silence after which a connection counts as lost. Servers send heartbeats every 15 or 30 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// Follows an event stream over all connections: a stream of `Result<EventBuf, Error>`, as the browser's `EventSource`.
///
/// The first closure connects: it sends a request with the headers of its argument, and its future gives whatever becomes an
/// `http::Response` with an `http_body::Body` (those of reqwest and hyper do). It is called anew for each connection, so the request may be
/// a `POST` with a body. The second closure sleeps. No runtime is assumed.
///
/// The first gives every answer, whatever its status: no `error_for_status()`. The source looks at it, and says why it is refused. An `Err` means that there was no
/// answer, and is tried again. If it must wait for something first, such as a new token, it is `|resume| async move { … }`, around clones of what it needs.
///
/// ```no_run
/// # use ssewire::client::{EventSource, Resume};
/// # use futures_util::StreamExt;
/// # async fn connect(_: Resume) -> std::io::Result<http::Response<http_body_util::Empty<bytes::Bytes>>> { Ok(Default::default()) }
/// # async fn follow() -> Result<(), ssewire::client::Error> {
/// // With reqwest: move |resume| client.get(URL).headers(resume.headers()).send()
/// let mut events = EventSource::new(connect, tokio::time::sleep);
/// while let Some(event) = events.next().await {
///     match event {
///         Ok(event) => println!("{}", event.data()),
///         Err(error) if error.is_final() => return Err(error),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok(()) }
/// ```
///
/// It comes back as [`Reconnect`] says, by default also after a [temporary](crate::reconnect::is_temporary) status;
/// `with_reconnect(Reconnect::new())` follows the browser's rules alone. Dropping it drops the connection. Dropping the future of a
/// `next()` loses nothing.
///
/// Its type names both closures. In a field of a struct, box it: `futures_util::stream::BoxStream<'static, Result<EventBuf, Error>>`, by `.boxed()`.
#[must_use = "streams do nothing unless they are polled"]
pub struct EventSource<C, F, B, S, Z, T = EventBuf>
where
    T: Output,
{
    connect: C,
    sleep: S,
    silence: Option<Duration>,
    follow: Follow<T::Owned>,
    handle: Option<Handle>,
    phase: Phase<F, B, Z>,
    output: PhantomData<fn() -> T>,
}

/// Nothing in it is pinned but what is boxed.
impl<C, F, B, S, Z, T: Output> Unpin for EventSource<C, F, B, S, Z, T> {}

enum Phase<F, B, Z> {
    /// Before a connection.
    Start,
    Connecting {
        answer: Pin<Box<F>>,
        silence: Timer<Z>,
    },
    Open {
        body: Option<Pin<Box<B>>>,
        rest: Bytes,
        silence: Timer<Z>,
        life: Timer<Z>,
        lasted: Duration,
    },
    /// Reads why.
    Refused {
        body: Pin<Box<B>>,
        why: Refusal,
        deadline: Timer<Z>,
    },
    Waiting {
        delay: Timer<Z>,
        length: Duration,
    },
    Closed,
}

/// A timer that starts when it is first polled. Its memory is used again.
struct Timer<Z> {
    sleep: Option<Pin<Box<Z>>>,
    is_running: bool,
}

impl<Z: Future> Timer<Z> {
    const fn new() -> Self {
        Self { sleep: None, is_running: false }
    }

    fn poll(&mut self, time: Duration, sleep: &mut impl FnMut(Duration) -> Z, context: &mut Context<'_>) -> Poll<()> {
        if !core::mem::replace(&mut self.is_running, true) {
            match &mut self.sleep {
                Some(running) => running.as_mut().set(sleep(time)),
                None => self.sleep = Some(Box::pin(sleep(time))),
            }
        }
        self.sleep.as_mut().map_or(Poll::Pending, |running| running.as_mut().poll(context).map(drop))
    }
}

impl<C, F, R, E, B, S, Z> EventSource<C, F, B, S, Z>
where
    C: FnMut(Resume) -> F,
    F: Future<Output = Result<R, E>>,
    R: Into<Response<B>>,
    E: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
    S: FnMut(Duration) -> Z,
    Z: Future,
{
    /// A source that connects by `connect` and waits by `sleep`, such as `tokio::time::sleep`. It connects when it is first polled.
    pub fn new(connect: C, sleep: S) -> Self {
        Self {
            connect,
            sleep,
            silence: Some(SILENCE),
            follow: Follow::new(),
            handle: None,
            phase: Phase::Start,
            output: PhantomData,
        }
    }
}

impl<C, F, B, S, Z, T: Output> EventSource<C, F, B, S, Z, T> {
    shared_methods!();

    /// With another time after which silence counts as a loss, or none. It is 45 seconds in [`new`](Self::new). Each byte starts it over,
    /// whatever it means. It bounds the time to the answer, too: a model that thinks for long needs more.
    pub const fn with_silence(mut self, silence: Option<Duration>) -> Self {
        self.silence = silence;
        self
    }

    /// The same, giving out everything in the stream as [`ItemBuf`], comments included.
    pub fn items(self) -> EventSource<C, F, B, S, Z, ItemBuf> {
        let Self { connect, sleep, silence, follow, handle, phase, .. } = self;
        EventSource { connect, sleep, silence, follow: follow.items(), handle, phase, output: PhantomData }
    }

    /// The same, which also tells of each connection that is open: [`Notice`].
    pub fn notices(self) -> EventSource<C, F, B, S, Z, Notice<T::Owned>> {
        let Self { connect, sleep, silence, follow, handle, phase, .. } = self;
        EventSource { connect, sleep, silence, follow, handle, phase, output: PhantomData }
    }

    /// What ends it, or makes it connect anew, from elsewhere.
    pub fn handle(&mut self) -> Handle {
        self.handle.get_or_insert_default().clone()
    }

    /// What it is doing.
    pub const fn state(&self) -> State {
        match &self.phase {
            Phase::Start | Phase::Connecting { .. } | Phase::Refused { .. } => State::Connecting,
            Phase::Open { .. } => State::Open,
            Phase::Waiting { length, .. } => State::Waiting(*length),
            Phase::Closed => State::Closed,
        }
    }
}

impl<C, F, R, E, B, S, Z, T> Stream for EventSource<C, F, B, S, Z, T>
where
    C: FnMut(Resume) -> F,
    F: Future<Output = Result<R, E>>,
    R: Into<Response<B>>,
    E: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
    S: FnMut(Duration) -> Z,
    Z: Future,
    T: Output,
{
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { connect, sleep, silence: most, follow, handle, phase, .. } = self.get_mut();
        loop {
            if let Some(handle) = handle {
                handle.register(context.waker());
                if handle.is_closed() {
                    *phase = Phase::Closed;
                } else if handle.takes_reconnect() && !matches!(phase, Phase::Closed) {
                    follow.start_over();
                    *phase = Phase::Start;
                }
            }
            let error = match phase {
                Phase::Start => {
                    *phase = Phase::Connecting { answer: Box::pin(connect(follow.resume())), silence: Timer::new() };
                    continue;
                }
                Phase::Connecting { answer, silence } => match answer.as_mut().poll(context) {
                    Poll::Ready(Ok(response)) => {
                        let (head, body) = response.into().into_parts();
                        let body = Box::pin(body);
                        *phase = match follow.answered(&head) {
                            Answer::Read => {
                                let (silence, life) = (Timer::new(), Timer::new());
                                Phase::Open { body: Some(body), rest: Bytes::new(), silence, life, lasted: Duration::ZERO }
                            }
                            Answer::Stop => Phase::Closed,
                            Answer::Refused(then) => {
                                Phase::Refused { body, why: Refusal::new(&head, then), deadline: Timer::new() }
                            }
                        };
                        match T::open(head).filter(|_| matches!(phase, Phase::Open { .. })) {
                            Some(open) => return Poll::Ready(Some(Ok(open))),
                            None => continue,
                        }
                    }
                    Poll::Ready(Err(error)) => follow.no_connection(error.into()),
                    Poll::Pending => {
                        let Some(time) = *most else { return Poll::Pending };
                        ready!(silence.poll(time, sleep, context));
                        follow.lost(Cause::Silent(time), Duration::ZERO)
                    }
                },
                Phase::Open { body, rest, silence, life, lasted } => {
                    if !rest.is_empty() {
                        let mut input = &rest[..];
                        let next = follow.next(&mut input);
                        let read = rest.len().saturating_sub(input.len());
                        rest.advance(read);
                        if let Some(next) = next {
                            return Poll::Ready(Some(next.map(T::from)));
                        }
                        *rest = Bytes::new();
                        if let Some(error) = follow.read() {
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                    match body.as_mut().map_or(Poll::Ready(None), |body| body.as_mut().poll_frame(context)) {
                        Poll::Ready(Some(Ok(frame))) => {
                            if let Ok(mut data) = frame.into_data()
                                && data.has_remaining()
                            {
                                silence.is_running = false;
                                *rest = data.copy_to_bytes(data.remaining());
                            }
                            match follow.received(rest) {
                                Some(error) => error,
                                None => continue,
                            }
                        }
                        Poll::Ready(Some(Err(error))) => follow.lost(Cause::Lost(error.into()), *lasted),
                        Poll::Ready(None) => {
                            *body = None;
                            match follow.last() {
                                Some(last) => return Poll::Ready(Some(Ok(T::from(last)))),
                                None => follow.ended(*lasted),
                            }
                        }
                        Poll::Pending => {
                            if lasted.is_zero() && life.poll(Reconnect::LIFE, sleep, context).is_ready() {
                                *lasted = Reconnect::LIFE;
                            }
                            let Some(time) = *most else { return Poll::Pending };
                            ready!(silence.poll(time, sleep, context));
                            follow.lost(Cause::Silent(time), *lasted)
                        }
                    }
                }
                Phase::Refused { body, why, deadline } => {
                    let mut is_over = false;
                    while !is_over {
                        is_over = match body.as_mut().poll_frame(context) {
                            Poll::Ready(Some(Ok(frame))) => frame.into_data().is_ok_and(|data| why.add(data)),
                            Poll::Ready(Some(Err(_)) | None) => true,
                            Poll::Pending => {
                                ready!(deadline.poll(REFUSAL_TIME, sleep, context));
                                true
                            }
                        };
                    }
                    why.error()
                }
                Phase::Waiting { delay, length } => {
                    ready!(delay.poll(*length, sleep, context));
                    *phase = Phase::Start;
                    continue;
                }
                Phase::Closed => return Poll::Ready(None),
            };
            *phase = match error.then() {
                Then::Retry(length) => Phase::Waiting { delay: Timer::new(), length },
                Then::Close | Then::GoOn => Phase::Closed,
            };
            return Poll::Ready(Some(Err(error)));
        }
    }
}

impl<C, F, B, S, Z, T: Output> fmt::Debug for EventSource<C, F, B, S, Z, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("state", &self.state())
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
