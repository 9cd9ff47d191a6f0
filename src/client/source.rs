//! The asynchronous source.

use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_core::{FusedStream, Stream};
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::{
    BoxError, Cause, Error, Handle, Notice, Output, Resume, State,
    error::Then,
    follow::{Answer, Follow, REFUSAL_TIME, Refusal},
};
use crate::{EventBuf, ItemBuf, OnTruncated, Parser, Reconnect};

/// Silence after which a connection counts as lost. Servers send heartbeats every 15 or 30 seconds.
const SILENCE: Duration = Duration::from_secs(45);

pin_project! {
    /// Follows an event stream over all connections: a stream of `Result<EventBuf, Error>`, as the browser's `EventSource`.
    ///
    /// The first closure connects: it sends a request with the headers of its argument, and its future gives whatever becomes an
    /// `http::Response` with an `http_body::Body` (those of reqwest and hyper do). It is called anew for each connection, so the request may be
    /// a `POST` with a body. The second closure sleeps. No runtime is assumed.
    ///
    /// ```no_run
    /// # use ssewire::client::{EventSource, Resume};
    /// # use futures_util::StreamExt;
    /// # async fn connect(resume: Resume) -> Result<http::Response<http_body_util::Empty<bytes::Bytes>>, std::io::Error> { todo!() }
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
        #[pin]
        phase: Phase<F, B, Z>,
        output: PhantomData<fn() -> T>,
    }
}

pin_project! {
    #[project = PhaseNow]
    enum Phase<F, B, Z> {
        /// Before a connection.
        Start,
        Connecting { #[pin] answer: F, #[pin] silence: Option<Z> },
        Open { #[pin] body: Option<B>, rest: Bytes, #[pin] silence: Option<Z>, #[pin] life: Option<Z>, lasted: Duration },
        /// Reads why.
        Refused { #[pin] body: B, why: Refusal, #[pin] deadline: Z },
        Waiting { #[pin] delay: Z, length: Duration },
        Closed,
    }
}

/// Polls the timer of silence, which starts where there is none.
fn poll_silence<Z: Future>(
    mut timer: Pin<&mut Option<Z>>,
    silence: Option<Duration>,
    sleep: &mut impl FnMut(Duration) -> Z,
    context: &mut Context<'_>,
) -> Poll<Duration> {
    let Some(time) = silence else { return Poll::Pending };
    if timer.is_none() {
        timer.set(Some(sleep(time)));
    }
    match timer.as_mut().as_pin_mut() {
        Some(timer) => timer.poll(context).map(|_| time),
        None => Poll::Pending,
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
    /// With this parser: with a limit, or with the last event ID of an earlier run. (The default one has the limit
    /// [`Parser::DEFAULT_LIMIT`], and is made [`with_skipped_ids`](Parser::with_skipped_ids), so that it gets past an event that is too large.)
    pub fn with_parser(mut self, parser: Parser) -> Self {
        self.follow.set_parser(parser);
        self
    }

    /// With other delays, other statuses, or a most of attempts.
    pub const fn with_reconnect(mut self, reconnect: Reconnect) -> Self {
        self.follow.reconnect = reconnect;
        self
    }

    /// With another time after which silence counts as a loss, or none. It is 45 seconds in [`new`](Self::new). Each byte starts it over,
    /// whatever it means. It bounds the time to the answer, too.
    pub const fn with_silence(mut self, silence: Option<Duration>) -> Self {
        self.silence = silence;
        self
    }

    /// What happens to an event that the end of a body cuts off. By default it is discarded, since it comes again.
    pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
        self.follow.session.on_truncated = on_truncated;
        self
    }

    /// With another source of randomness for the jitter. `|| 0` is none.
    pub const fn with_entropy(mut self, entropy: fn() -> u64) -> Self {
        self.follow.entropy = entropy;
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

    /// The last event ID: what the next request will ask for.
    pub fn last_event_id(&self) -> &str {
        self.parser().last_event_id()
    }

    /// The parser, with the reconnection time and the counts.
    pub const fn parser(&self) -> &Parser {
        self.follow.parser()
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
        let mut this = self.project();
        loop {
            if let Some(handle) = this.handle {
                handle.register(context.waker());
                if handle.is_closed() {
                    this.phase.set(Phase::Closed);
                } else if handle.takes_reconnect() && !matches!(this.phase.as_mut().project(), PhaseNow::Closed) {
                    this.follow.start_over();
                    this.phase.set(Phase::Start);
                }
            }
            let error = match this.phase.as_mut().project() {
                PhaseNow::Start => {
                    let answer = (this.connect)(this.follow.resume());
                    this.phase.set(Phase::Connecting { answer, silence: None });
                    continue;
                }
                PhaseNow::Connecting { answer, silence } => match answer.poll(context) {
                    Poll::Ready(Ok(response)) => {
                        let (head, body) = response.into().into_parts();
                        match this.follow.answered(&head) {
                            Answer::Read => {
                                let (body, life) = (Some(body), Some((this.sleep)(Reconnect::LIFE)));
                                this.phase.set(Phase::Open {
                                    body,
                                    rest: Bytes::new(),
                                    silence: None,
                                    life,
                                    lasted: Duration::ZERO,
                                });
                                match T::open(head) {
                                    Some(open) => return Poll::Ready(Some(Ok(open))),
                                    None => continue,
                                }
                            }
                            Answer::Stop => {
                                this.phase.set(Phase::Closed);
                                continue;
                            }
                            Answer::Refused(then) => {
                                let deadline = (this.sleep)(REFUSAL_TIME);
                                this.phase.set(Phase::Refused { body, why: Refusal::new(&head, then), deadline });
                                continue;
                            }
                        }
                    }
                    Poll::Ready(Err(error)) => this.follow.no_connection(error.into()),
                    Poll::Pending => {
                        let time = ready!(poll_silence(silence, *this.silence, this.sleep, context));
                        this.follow.lost(Cause::Silent(time), Duration::ZERO)
                    }
                },
                PhaseNow::Open { mut body, rest, mut silence, mut life, lasted } => {
                    if !rest.is_empty() {
                        let mut input = &rest[..];
                        let next = this.follow.next(&mut input);
                        let read = rest.len().saturating_sub(input.len());
                        rest.advance(read);
                        if let Some(next) = next {
                            return Poll::Ready(Some(next.map(T::event)));
                        }
                        *rest = Bytes::new();
                        if let Some(error) = this.follow.read() {
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                    match body.as_mut().as_pin_mut().map_or(Poll::Ready(None), |body| body.poll_frame(context)) {
                        Poll::Ready(Some(Ok(frame))) => {
                            if let Ok(mut data) = frame.into_data()
                                && data.has_remaining()
                            {
                                silence.set(None);
                                *rest = data.copy_to_bytes(data.remaining());
                            }
                            match this.follow.received(rest) {
                                Some(error) => error,
                                None => continue,
                            }
                        }
                        Poll::Ready(Some(Err(error))) => this.follow.lost(Cause::Lost(error.into()), *lasted),
                        Poll::Ready(None) => {
                            body.set(None);
                            match this.follow.last() {
                                Some(last) => return Poll::Ready(Some(Ok(T::event(last)))),
                                None => this.follow.ended(*lasted),
                            }
                        }
                        Poll::Pending => {
                            if let Some(timer) = life.as_mut().as_pin_mut()
                                && timer.poll(context).is_ready()
                            {
                                *lasted = Reconnect::LIFE;
                                life.set(None);
                            }
                            let time = ready!(poll_silence(silence, *this.silence, this.sleep, context));
                            this.follow.lost(Cause::Silent(time), *lasted)
                        }
                    }
                }
                PhaseNow::Refused { mut body, why, deadline } => {
                    let mut is_over = deadline.poll(context).is_ready();
                    while !is_over {
                        is_over = match ready!(body.as_mut().poll_frame(context)) {
                            Some(Ok(frame)) => frame.into_data().is_ok_and(|data| why.add(data)),
                            Some(Err(_)) | None => true,
                        };
                    }
                    why.error()
                }
                PhaseNow::Waiting { delay, .. } => {
                    ready!(delay.poll(context));
                    this.phase.set(Phase::Start);
                    continue;
                }
                PhaseNow::Closed => return Poll::Ready(None),
            };
            this.phase.set(match error.then() {
                Then::Retry(length) => Phase::Waiting { delay: (this.sleep)(length), length },
                Then::Close | Then::GoOn => Phase::Closed,
            });
            return Poll::Ready(Some(Err(error)));
        }
    }
}

impl<C, F, R, E, B, S, Z, T> FusedStream for EventSource<C, F, B, S, Z, T>
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
    fn is_terminated(&self) -> bool {
        matches!(self.phase, Phase::Closed)
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
