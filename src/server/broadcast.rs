//! A past with listeners.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::{
    convert::Infallible,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame};

use crate::{
    Event, Id, Item, KEEP_ALIVE, Replay,
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
/// let mut subscription = prices.subscribe(Some("5f2a-0"));   // the value of the header `Last-Event-ID`
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
    sleep: Box<dyn Fn(Duration) -> Sleep + Send + Sync>,
}

/// What is shared. No waker is woken or dropped while it is locked: a waker may do anything, and may be the last owner of a subscription.
struct Past {
    replay: Replay,
    /// How often it was replaced.
    age: u64,
    published: u64,
    cut_off: u64,
    is_closed: bool,
    /// For each subscription a slot: whom to wake, if it waits.
    slots: Vec<Option<Waker>>,
    /// Which slots nobody has.
    free: Vec<usize>,
    /// Room for those that are about to be woken.
    woken: Vec<Waker>,
}

/// Figures of a [`Broadcast`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// How many listen now.
    pub subscribers: u64,
    /// How many events were published.
    pub published: u64,
    /// How many subscribers were cut off: they were too slow, or the broadcast started over.
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
            past: Mutex::new(Past {
                replay,
                age: 0,
                published: 0,
                cut_off: 0,
                is_closed: false,
                slots: Vec::new(),
                free: Vec::new(),
                woken: Vec::new(),
            }),
            sleep: Box::new(move |time| Box::pin(sleep(time))),
        };
        Self { shared: Arc::new(shared), retry: Duration::from_secs(3), heartbeat: Duration::from_secs(15) }
    }

    /// With this reconnection time for clients, which is sent at once. It is three seconds in [`new`](Self::new).
    #[must_use]
    pub const fn with_retry(mut self, retry: Duration) -> Self {
        self.retry = retry;
        self
    }

    /// With a comment when nothing was sent for so long, or up to twice as long. It is 15 seconds in [`new`](Self::new).
    #[must_use]
    pub const fn with_heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// Sends an event to all who listen, and remembers it. Gives the last event ID of those who have it: its own, or that of an event before it if it has
    /// none. After [`close`](Self::close) nobody gets it.
    pub fn publish(&self, event: &Event<'_>) -> Option<String> {
        let mut past = self.shared.past();
        past.published = past.published.saturating_add(1);
        past.replay.push(event);
        let id = past.replay.last_event_id();
        self.shared.wake(past);
        id
    }

    /// Goes on with this past in place of its own. Subscriptions end, since there may be events that they have missed: who comes back with
    /// an id that is not in this past is told of the gap. For servers that read their events from elsewhere, and lost the place there.
    pub fn start_over(&self, replay: Replay) {
        let mut past = self.shared.past();
        past.age = past.age.saturating_add(1);
        past.replay = replay;
        self.shared.wake(past);
    }

    /// A new listener, with the value of its header `Last-Event-ID`, if it has one: `headers.get(LAST_EVENT_ID)`. Without one it gets what is
    /// published from now on.
    ///
    /// It gets the reconnection time at once, so that the client's `open` event comes at once, too. Then follows:
    /// - without an id, the [id of the newest event](Replay::last_event_id), without an event: a client whose connection ends
    ///   before its first event comes back with that id. (Firefox does not: it forgets ids without data.)
    /// - With an id that is remembered, what came after it.
    /// - With any other, an event of the type `gap`, and then all that is remembered. The client may have missed events, and may get some again: it must ask for
    ///   the state anew, or live with it. Its data is the id of the oldest event that is remembered, and empty if none is, as after a restart. Its own id is the
    ///   place before that event, so a client is told once. Do not give this type to events of your own.
    ///
    /// A handler that has no header to look at says of which type none is: `subscribe(None::<&str>)`.
    pub fn subscribe<T: AsRef<[u8]> + ?Sized>(&self, last_event_id: Option<&T>) -> Subscription {
        let id = last_event_id.map_or(Ok(""), |id| core::str::from_utf8(id.as_ref()));
        let mut past = self.shared.past();
        // What is not text is no id that was ever given.
        let next = id.map_or_else(|_| Err(past.replay.gap()), |id| past.replay.next_after(id));
        let mut first = Item::Retry(self.retry).encode().to_vec();
        let next = next.unwrap_or_else(|gap| {
            let (start, id) = past.replay.start();
            told(&gap, id.as_deref(), &mut first);
            start
        });
        if id == Ok("")
            && let Some(id) = past.replay.last_event_id()
            && let Ok(id) = Id::new(&id)
        {
            Item::LastEventId(id).encode().append_to(&mut first);
        }
        let age = past.age;
        let slot = past.free.pop().unwrap_or_else(|| {
            past.slots.push(None);
            past.slots.len().saturating_sub(1)
        });
        drop(past);
        Subscription {
            broadcast: self.clone(),
            first: Some(first.into()),
            age,
            next,
            slot,
            timer: None,
            is_silent: true,
            has_ended: false,
        }
    }

    /// Ends all subscriptions, once they have what was published, and those to come. Clients come back after that, as after any end: to be rid of them, answer
    /// by status 204 where it [is closed](Self::is_closed).
    pub fn close(&self) {
        let mut past = self.shared.past();
        past.is_closed = true;
        self.shared.wake(past);
    }

    /// Whether [`close`](Self::close) was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.past().is_closed
    }

    /// How many listen, were served, were cut off.
    pub fn counts(&self) -> Counts {
        let past = self.shared.past();
        let subscribers = past.slots.len().saturating_sub(past.free.len()) as u64;
        Counts { subscribers, published: past.published, cut_off: past.cut_off }
    }
}

/// The event that tells of a gap.
fn told(gap: &Gap, id: Option<&str>, out: &mut Vec<u8>) {
    let event = Event::new(gap.oldest.as_deref().unwrap_or_default()).with_type("gap");
    // With the id of the event before, so that it is told once.
    let event = event.and_then(|event| id.map_or(Ok(event), |id| event.with_id(id)));
    debug_assert!(event.is_ok(), "ids that were pushed are ids");
    event.unwrap_or(Event::new("")).encode().append_to(out);
}

impl Shared {
    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all who wait.
    fn wake(&self, mut past: MutexGuard<'_, Past>) {
        let mut woken = mem::take(&mut past.woken);
        woken.extend(past.slots.iter_mut().filter_map(Option::take));
        drop(past);
        woken.drain(..).for_each(Waker::wake);
        self.past().woken = woken;
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
    first: Option<Bytes>,
    /// That of the past in which it has its place.
    age: u64,
    /// The number of its next event.
    next: u64,
    /// Where its waker is, if it waits.
    slot: usize,
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
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let shared = &self.broadcast.shared;
        loop {
            let mut past = shared.past();
            let place = if past.age == self.age { past.replay.at(self.next) } else { Place::Forgotten };
            match place {
                Place::Here(wire) => {
                    self.next = self.next.saturating_add(1);
                    self.is_silent = false;
                    return Poll::Ready(Some(wire.clone()));
                }
                Place::Forgotten => {
                    past.cut_off = past.cut_off.saturating_add(1);
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Place::ToCome if past.is_closed => {
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Place::ToCome => {}
            }
            let waker = past.slots.get_mut(self.slot);
            debug_assert!(waker.is_some(), "each subscription has a slot");
            let before = match waker {
                Some(waker) if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) => {
                    waker.replace(context.waker().clone())
                }
                _ => None,
            };
            drop(past);
            drop(before);
            let timer = self.timer.get_or_insert_with(|| (shared.sleep)(self.broadcast.heartbeat));
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.timer = None;
            if mem::replace(&mut self.is_silent, true) {
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
        let mut past = self.broadcast.shared.past();
        let waker = past.slots.get_mut(self.slot).and_then(Option::take);
        past.free.push(self.slot);
        drop(past);
        drop(waker);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("next", &self.next).field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}
