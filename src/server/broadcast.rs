//! A past with listeners.

use alloc::{boxed::Box, collections::VecDeque, sync::Arc};
use core::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll},
    time::Duration,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use event_listener::EventListener;
use futures_core::Stream;
use http_body::{Body, Frame};

use crate::{
    Event, Item, KEEP_ALIVE, Replay,
    replay::{Gap, Place},
};

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Events for all who listen, with what they missed while they were away. Clones are the same broadcast.
///
/// The past is also what a slow subscriber may be behind: one that falls out of it is cut off. So give it room for the largest burst.
///
/// ```
/// use futures_util::StreamExt;
/// use ssewire::{Event, Replay, server::Broadcast};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let prices = Broadcast::new(Replay::numbered("5f2a")?, tokio::time::sleep);
/// prices.publish(&Event::new("189.5"));
/// let mut subscription = prices.subscribe(Some("5f2a-0"));            // the value of the header `Last-Event-ID`
/// assert_eq!(subscription.next().await.unwrap(), "retry: 3000\n\n");
/// assert_eq!(subscription.next().await.unwrap(), "id: 5f2a-1\ndata: 189.5\n\n");
/// prices.close();
/// assert!(subscription.next().await.is_none());
/// # Ok::<_, ssewire::InvalidField>(()) }).unwrap();
/// ```
///
/// In axum, the whole handler is:
///
/// ```ignore
/// async fn events(State(prices): State<Broadcast>, headers: HeaderMap) -> Response {
///     ssewire::server::response(Body::new(prices.subscribe(headers.get(LAST_EVENT_ID))))
/// }
/// ```
#[derive(Clone)]
pub struct Broadcast {
    shared: Arc<Shared>,
    retry: Duration,
    heartbeat: Duration,
}

struct Shared {
    past: Mutex<Past>,
    /// Something was published, or the end has come.
    news: event_listener::Event,
    sleep: Box<dyn Fn(Duration) -> Sleep + Send + Sync>,
    subscribers: AtomicU64,
    cut_off: AtomicU64,
}

struct Past {
    replay: Replay,
    published: u64,
    is_closed: bool,
}

/// Figures of a [`Broadcast`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// How many listen now.
    pub subscribers: u64,
    /// How many events were published.
    pub published: u64,
    /// How many subscribers were too slow, and cut off.
    pub cut_off: u64,
}

impl Broadcast {
    /// A broadcast of this past, which waits by `sleep`, such as `tokio::time::sleep`.
    pub fn new<S, Z>(replay: Replay, sleep: S) -> Self
    where
        S: Fn(Duration) -> Z + Send + Sync + 'static,
        Z: Future<Output = ()> + Send + 'static,
    {
        let shared = Shared {
            past: Mutex::new(Past { replay, published: 0, is_closed: false }),
            news: event_listener::Event::new(),
            sleep: Box::new(move |time| Box::pin(sleep(time))),
            subscribers: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared), retry: Duration::from_secs(3), heartbeat: Duration::from_secs(15) }
    }

    /// With this reconnection time for clients, which is sent at once. It is three seconds in [`new`](Self::new).
    #[must_use]
    pub const fn with_retry(mut self, retry: Duration) -> Self {
        self.retry = retry;
        self
    }

    /// With a comment after so long without an event, and at the latest after twice as long. It is 15 seconds in [`new`](Self::new).
    #[must_use]
    pub const fn with_heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// Sends an event to all who listen, and remembers it. Gives its wire form, which they share. After [`close`](Self::close) nobody gets it.
    pub fn publish(&self, event: &Event<'_>) -> Bytes {
        let mut past = self.shared.past();
        past.published = past.published.saturating_add(1);
        let wire = past.replay.push(event);
        drop(past);
        self.shared.news.notify(usize::MAX);
        wire
    }

    /// A new listener, with the value of its header `Last-Event-ID`, if it has one: `headers.get(LAST_EVENT_ID)`. Without one it gets what is
    /// published from now on.
    ///
    /// It gets the reconnection time at once. If its id is not remembered, an event of the type `gap` follows, whose id is that of the newest
    /// event and whose data is that of the oldest: it has missed events, and must ask for the state anew.
    pub fn subscribe<T: AsRef<[u8]> + ?Sized>(&self, last_event_id: Option<&T>) -> Subscription {
        let past = self.shared.past();
        let id = last_event_id.map_or(Ok(""), |id| core::str::from_utf8(id.as_ref()));
        // What is not text is no id that was ever given.
        let next = id.map_or_else(|_| Err(past.replay.gap()), |id| past.replay.next_after(id));
        let mut first = VecDeque::from([Item::Retry(self.retry).encode().to_bytes()]);
        let next = next.unwrap_or_else(|gap| {
            first.push_back(told(&gap));
            past.replay.next_number()
        });
        drop(past);
        self.shared.subscribers.fetch_add(1, Relaxed);
        Subscription { broadcast: self.clone(), first, next, listener: None, timer: None, is_silent: true, has_ended: false }
    }

    /// Ends all subscriptions, once they have what was published, and those to come.
    pub fn close(&self) {
        self.shared.past().is_closed = true;
        self.shared.news.notify(usize::MAX);
    }

    /// How many listen, were served, were cut off.
    pub fn counts(&self) -> Counts {
        Counts {
            subscribers: self.shared.subscribers.load(Relaxed),
            published: self.shared.past().published,
            cut_off: self.shared.cut_off.load(Relaxed),
        }
    }
}

/// The event that tells of a gap.
fn told(gap: &Gap) -> Bytes {
    let (oldest, newest) = (gap.oldest.as_deref().unwrap_or_default(), gap.newest.as_deref().unwrap_or_default());
    let event = Event::new(oldest).with_type("gap").and_then(|event| event.with_id(newest));
    debug_assert!(event.is_ok(), "ids that were pushed are ids");
    event.unwrap_or(Event::new("")).encode().to_bytes()
}

impl Shared {
    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Broadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broadcast").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// What one client gets: a `Stream` of `Bytes`, and an `http_body::Body`.
#[must_use = "streams do nothing unless they are polled"]
pub struct Subscription {
    broadcast: Broadcast,
    /// What comes before events.
    first: VecDeque<Bytes>,
    /// The number of its next event.
    next: u64,
    listener: Option<EventListener>,
    timer: Option<Sleep>,
    /// Nothing was sent since the timer was set.
    is_silent: bool,
    has_ended: bool,
}

impl Subscription {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        if let Some(first) = self.first.pop_front() {
            return Poll::Ready(Some(first));
        }
        let shared = &self.broadcast.shared;
        loop {
            let past = shared.past();
            match past.replay.at(self.next) {
                Place::Here(wire) => {
                    self.next = self.next.saturating_add(1);
                    self.is_silent = false;
                    return Poll::Ready(Some(wire.clone()));
                }
                Place::Forgotten => {
                    shared.cut_off.fetch_add(1, Relaxed);
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Place::ToCome if past.is_closed => {
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Place::ToCome => {}
            }
            drop(past);
            // Listens first, and looks again: what is published in between is not missed.
            let Some(listener) = &mut self.listener else {
                self.listener = Some(shared.news.listen());
                continue;
            };
            if Pin::new(listener).poll(context).is_ready() {
                self.listener = None;
                continue;
            }
            let timer = self.timer.get_or_insert_with(|| (shared.sleep)(self.broadcast.heartbeat));
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.timer = None;
            if core::mem::replace(&mut self.is_silent, true) {
                return Poll::Ready(Some(Bytes::from_static(KEEP_ALIVE.as_bytes())));
            }
        }
    }
}

impl Stream for Subscription {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.get_mut().poll(context)
    }
}

impl Body for Subscription {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.get_mut().poll(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.broadcast.shared.subscribers.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("next", &self.next).field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}
