//! The same over a closure that blocks: [`EventSource`] is an iterator.

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData, time::Duration};
use std::{
    io::{ErrorKind, Read},
    time::Instant,
};

use http::Response;

use super::{
    BoxError, Cause, Error, Handle, Notice, Output, Resume, State,
    error::Then,
    follow::{Answer, Follow, REFUSAL_TIME, Refusal},
};
use crate::{EventBuf, ItemBuf, OnTruncated, Parser, Reconnect};

/// How often a wait looks at the handle.
const STEP: Duration = Duration::from_millis(100);

/// How much is read at once.
const CHUNK: usize = 16 * 1024;

/// Follows an event stream over all connections: an iterator over `Result<EventBuf, Error>`.
///
/// The first closure connects: it sends a request with the headers of its argument, and gives whatever becomes an
/// `http::Response<impl io::Read>`. The second closure sleeps, such as `std::thread::sleep`.
///
/// The first gives every answer, whatever its status: with ureq, by `http_status_as_error(false)`. The source looks at it, and says why it is refused. An `Err` means
/// that there was no answer, and is tried again.
///
/// Nothing here can interrupt a read. So set a read timeout in the HTTP library: when it passes, the connection counts as lost. It also bounds how long
/// the body of an answer that is no stream is read, and when [`Handle::close`] acts; a wait it ends within 100 ms.
///
/// ```no_run
/// use ssewire::client::blocking::EventSource;
///
/// # fn connect(_: ssewire::client::Resume) -> std::io::Result<http::Response<std::io::Empty>> { Ok(http::Response::new(std::io::empty())) }
/// // With ureq: see the recipes.
/// for event in EventSource::new(connect, std::thread::sleep) {
///     match event {
///         Ok(event) => println!("{}", event.data()),
///         Err(error) if error.is_final() => return Err(error),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok::<_, ssewire::client::Error>(())
/// ```
#[must_use = "iterators do nothing unless they are advanced"]
pub struct EventSource<C, B, S, T = EventBuf>
where
    T: Output,
{
    connect: C,
    sleep: S,
    follow: Follow<T::Owned>,
    handle: Handle,
    phase: Phase<B>,
    output: PhantomData<fn() -> T>,
}

enum Phase<B> {
    /// Before a connection.
    Start,
    Open {
        body: B,
        since: Instant,
        chunk: Vec<u8>,
        read: usize,
    },
    Waiting {
        left: Duration,
    },
    Closed,
}

impl<C, R, E, B, S> EventSource<C, B, S>
where
    C: FnMut(Resume) -> Result<R, E>,
    R: Into<Response<B>>,
    E: Into<BoxError>,
    B: Read,
    S: FnMut(Duration),
{
    /// A source that connects by `connect` and waits by `sleep`. It connects when its first event is asked for.
    pub fn new(connect: C, sleep: S) -> Self {
        Self { connect, sleep, follow: Follow::new(), handle: Handle::default(), phase: Phase::Start, output: PhantomData }
    }
}

impl<C, B, S, T: Output> EventSource<C, B, S, T> {
    shared_methods!();

    /// The same, giving out everything in the stream as [`ItemBuf`], comments included.
    pub fn items(self) -> EventSource<C, B, S, ItemBuf> {
        let Self { connect, sleep, follow, handle, phase, .. } = self;
        EventSource { connect, sleep, follow: follow.items(), handle, phase, output: PhantomData }
    }

    /// The same, which also tells of each connection that is open: [`Notice`].
    pub fn notices(self) -> EventSource<C, B, S, Notice<T::Owned>> {
        let Self { connect, sleep, follow, handle, phase, .. } = self;
        EventSource { connect, sleep, follow, handle, phase, output: PhantomData }
    }

    /// What ends it, or makes it connect anew, from elsewhere.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What it is doing between two events.
    pub const fn state(&self) -> State {
        match &self.phase {
            Phase::Start => State::Connecting,
            Phase::Open { .. } => State::Open,
            Phase::Waiting { left } => State::Waiting(*left),
            Phase::Closed => State::Closed,
        }
    }
}

impl<C, R, E, B, S, T> Iterator for EventSource<C, B, S, T>
where
    C: FnMut(Resume) -> Result<R, E>,
    R: Into<Response<B>>,
    E: Into<BoxError>,
    B: Read,
    S: FnMut(Duration),
    T: Output,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.handle.is_closed() {
                self.phase = Phase::Closed;
            } else if self.handle.takes_reconnect() && !matches!(self.phase, Phase::Closed) {
                self.follow.start_over();
                self.phase = Phase::Start;
            }
            let error = match &mut self.phase {
                Phase::Start => match (self.connect)(self.follow.resume()) {
                    Ok(response) => {
                        let (head, body) = response.into().into_parts();
                        match self.follow.answered(&head) {
                            Answer::Read => {
                                self.phase = Phase::Open { body, since: Instant::now(), chunk: Vec::new(), read: 0 };
                                match T::open(head) {
                                    Some(open) => return Some(Ok(open)),
                                    None => continue,
                                }
                            }
                            Answer::Stop => {
                                self.phase = Phase::Closed;
                                continue;
                            }
                            Answer::Refused(then) => read_refusal(Refusal::new(&head, then), body),
                        }
                    }
                    Err(error) => self.follow.no_connection(error.into()),
                },
                Phase::Open { body, since, chunk, read } => {
                    let mut input = chunk.get(*read..).unwrap_or_default();
                    if !input.is_empty() {
                        let next = self.follow.next(&mut input);
                        *read = chunk.len().saturating_sub(input.len());
                        if let Some(next) = next {
                            return Some(next.map(T::from));
                        }
                        if let Some(error) = self.follow.read() {
                            return Some(Err(error));
                        }
                    }
                    chunk.resize(CHUNK, 0);
                    let received = body.read(chunk);
                    chunk.truncate(*received.as_ref().unwrap_or(&0));
                    *read = 0;
                    match received {
                        Ok(0) => match self.follow.last() {
                            Some(last) => return Some(Ok(T::from(last))),
                            None => self.follow.ended(since.elapsed()),
                        },
                        Ok(_) => match self.follow.received(chunk) {
                            Some(error) => error,
                            None => continue,
                        },
                        Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                        Err(error) => self.follow.lost(Cause::Lost(error.into()), since.elapsed()),
                    }
                }
                Phase::Waiting { left } if left.is_zero() => {
                    self.phase = Phase::Start;
                    continue;
                }
                Phase::Waiting { left } => {
                    let step = STEP.min(*left);
                    (self.sleep)(step);
                    *left = left.saturating_sub(step);
                    continue;
                }
                Phase::Closed => return None,
            };
            self.phase = match error.then() {
                Then::Retry(left) => Phase::Waiting { left },
                Then::Close | Then::GoOn => Phase::Closed,
            };
            return Some(Err(error));
        }
    }
}

impl<C, B, S, T: Output> fmt::Debug for EventSource<C, B, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("state", &self.state())
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}

/// Reads why there is no stream.
fn read_refusal(mut why: Refusal, mut body: impl Read) -> Error {
    let (since, mut chunk) = (Instant::now(), [0; 4096]);
    while since.elapsed() < REFUSAL_TIME {
        match body.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(length) => {
                if why.add(chunk.get(..length).unwrap_or_default()) {
                    break;
                }
            }
        }
    }
    why.error()
}
