//! The events that have happened lately, and who is listening.
//!
//! An event is encoded once, when it is published, and kept in a ring for as long as there is room. A subscriber is a place in that
//! ring and no more: nothing is buffered for it, and all share the same bytes. Whoever falls out of the ring is cut off, comes
//! back with the id it has, and is told by an event that it has missed some.

use std::{
    collections::VecDeque,
    fmt,
    num::ParseIntError,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use ssewire::{Event, InvalidField, Item, KEEP_ALIVE};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior},
};

/// The id of an event: ordered, and written as Redis Streams writes it. The server's start, in milliseconds, stands first, so
/// that an id from before a restart is not taken for one of after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    pub time: u64,
    pub count: u64,
}

impl EventId {
    pub fn now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { time: now.as_millis().try_into().unwrap_or(u64::MAX), count: 0 }
    }

    /// The greatest id before this one.
    pub fn before(self) -> Self {
        match self.count.checked_sub(1) {
            Some(count) => Self { count, ..self },
            None => Self { time: self.time.saturating_sub(1), count: u64::MAX },
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time, self.count)
    }
}

impl FromStr for EventId {
    type Err = ParseIntError;

    fn from_str(id: &str) -> Result<Self, ParseIntError> {
        let (time, count) = id.split_once('-').unwrap_or((id, ""));
        Ok(Self { time: time.parse()?, count: count.parse()? })
    }
}

#[derive(Clone, Debug)]
struct Message {
    id: EventId,
    wire: Bytes,
}

/// What is sent so that a connection is never silent for long.
#[derive(Clone, Copy)]
pub struct Heartbeat {
    pub every: Duration,
    /// A page never sees a comment, so one that wants to show heartbeats gets an event with it.
    pub visible: bool,
}

const VISIBLE_HEARTBEAT: &str = ":\nevent: heartbeat\ndata\n\n";

pub struct Feed {
    /// How many events are kept.
    capacity: usize,
    /// By how much a client may be ahead: others may have told it what this server is about to hear.
    ahead: Duration,
    recent: Mutex<Recent>,
    /// The newest id, to wake who waits for one.
    newest: watch::Sender<EventId>,
    closing: watch::Sender<bool>,
    pub encodings: AtomicU64,
    pub subscribers: AtomicUsize,
    pub cut_off: AtomicU64,
}

struct Recent {
    ring: VecDeque<Message>,
    /// The last event that is in the ring no more: whoever has seen it has missed nothing.
    floor: EventId,
    newest: EventId,
}

impl Feed {
    /// `start` is an id that comes before those of all events to come.
    pub fn new(capacity: usize, ahead: Duration, start: EventId) -> Self {
        Self {
            capacity,
            ahead,
            recent: Mutex::new(Recent { ring: VecDeque::new(), floor: start, newest: start }),
            newest: watch::Sender::new(start),
            closing: watch::Sender::new(false),
            encodings: AtomicU64::new(0),
            subscribers: AtomicUsize::new(0),
            cut_off: AtomicU64::new(0),
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an event the next id, and sends it.
    pub fn publish(&self, event_type: &str, data: &str) -> Result<EventId, InvalidField> {
        let mut recent = self.recent();
        let id = EventId { count: recent.newest.count + 1, ..recent.newest };
        self.push(&mut recent, id, event_type, data)?;
        Ok(id)
    }

    /// Sends an event that has its id from elsewhere.
    pub fn publish_as(&self, id: EventId, event_type: &str, data: &str) -> Result<(), InvalidField> {
        self.push(&mut self.recent(), id, event_type, data)
    }

    fn push(&self, recent: &mut Recent, id: EventId, event_type: &str, data: &str) -> Result<(), InvalidField> {
        let text = id.to_string();
        let wire = Event::new(data).with_type(event_type)?.with_id(&text)?.encode().to_bytes();
        self.encodings.fetch_add(1, Relaxed);
        recent.newest = id;
        recent.ring.push_back(Message { id, wire });
        if recent.ring.len() > self.capacity
            && let Some(oldest) = recent.ring.pop_front()
        {
            recent.floor = oldest.id;
        }
        self.newest.send_replace(id);
        Ok(())
    }

    /// Events may have been missed: what was known is forgotten, and everybody is sent away to come back and be told.
    pub fn start_over(&self, floor: EventId) {
        let mut recent = self.recent();
        recent.ring.clear();
        (recent.floor, recent.newest) = (floor, floor);
        self.newest.send_replace(floor);
    }

    /// From behind the event that the client has seen last, if it says so, or from now on.
    pub fn subscribe(self: &Arc<Self>, last_event_id: Option<&str>, retry: Duration, heartbeat: Heartbeat) -> Subscriber {
        let recent = self.recent();
        let mut greeting = Item::Retry(retry).encode().to_vec();
        let seen = match last_event_id.filter(|id| !id.is_empty()) {
            None => {
                // Without data this dispatches nothing, but a client that is cut off before its first event knows where it was.
                if let Ok(id) = ssewire::Id::new(&recent.newest.to_string()) {
                    Item::LastEventId(id).encode().append_to(&mut greeting);
                }
                recent.newest
            }
            Some(id) => id.parse().ok().filter(|&id| recent.knows(id, self.ahead)).unwrap_or_else(|| {
                let missed =
                    serde_json::json!({ "lastEventId": id, "next": recent.ring.front().map(|next| next.id.to_string()) });
                // With an id, so that it is told once.
                let (missed, floor) = (missed.to_string(), recent.floor.to_string());
                let gap = Event::new(&missed).with_type("gap").and_then(|gap| gap.with_id(&floor));
                if let Ok(gap) = gap {
                    gap.encode().append_to(&mut greeting);
                }
                recent.floor
            }),
        };
        drop(recent);
        self.subscribers.fetch_add(1, Relaxed);
        let mut silence = tokio::time::interval_at(Instant::now() + heartbeat.every, heartbeat.every);
        silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Subscriber {
            feed: self.clone(),
            greeting: Some(greeting.into()),
            seen,
            newest: self.newest.subscribe(),
            silence,
            heartbeat: if heartbeat.visible { VISIBLE_HEARTBEAT } else { KEEP_ALIVE },
            closing: self.closing.subscribe(),
        }
    }

    /// Ends all subscriptions.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Once all subscriptions are to end.
    pub async fn closed(&self) {
        // (The sender lives as long as the feed.)
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}

impl Recent {
    /// Whether all that came after this event is here, or still to come.
    fn knows(&self, id: EventId, ahead: Duration) -> bool {
        let ahead = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
        let is_ahead = id > self.newest;
        id >= self.floor && (!is_ahead || (!self.ring.is_empty() && id.time < self.newest.time.saturating_add(ahead)))
    }

    fn after(&self, id: EventId) -> Option<&Message> {
        self.ring.get(self.ring.partition_point(|message| message.id <= id))
    }
}

/// One client's place in a feed.
pub struct Subscriber {
    feed: Arc<Feed>,
    greeting: Option<Bytes>,
    seen: EventId,
    newest: watch::Receiver<EventId>,
    silence: Interval,
    heartbeat: &'static str,
    closing: watch::Receiver<bool>,
}

impl Subscriber {
    /// What to send next; `None` at the end, after which the client comes back.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        loop {
            // Whatever is published from here on wakes.
            self.newest.mark_unchanged();
            match self.in_ring() {
                Ok(Some(wire)) => {
                    self.silence.reset();
                    return Some(wire);
                }
                Ok(None) => {}
                Err(FellOut) => {
                    self.feed.cut_off.fetch_add(1, Relaxed);
                    return None;
                }
            }
            tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => return None,
                changed = self.newest.changed() => changed.ok()?,
                _ = self.silence.tick() => return Some(Bytes::from_static(self.heartbeat.as_bytes())),
            }
        }
    }

    fn in_ring(&mut self) -> Result<Option<Bytes>, FellOut> {
        let recent = self.feed.recent();
        if self.seen < recent.floor {
            return Err(FellOut);
        }
        Ok(recent.after(self.seen).map(|message| {
            self.seen = message.id;
            message.wire.clone()
        }))
    }
}

struct FellOut;

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.feed.subscribers.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const BEAT: Heartbeat = Heartbeat { every: SECOND, visible: false };

    fn feed(capacity: usize) -> Arc<Feed> {
        Arc::new(Feed::new(capacity, Duration::ZERO, EventId { time: 5, count: 0 }))
    }

    /// What there is for this subscriber without waiting: types, ids and data.
    async fn ready(subscriber: &mut Subscriber) -> Vec<String> {
        let mut parser = ssewire::Parser::new();
        let mut events = Vec::new();
        while let Ok(Some(bytes)) = tokio::time::timeout(Duration::from_millis(1), subscriber.next()).await {
            let mut input = &bytes[..];
            while let Some(event) = parser.next(&mut input).unwrap() {
                events.push(format!("{} {} {}", event.event_type(), event.last_event_id(), event.data()));
            }
        }
        events
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_gets_what_it_has_not_seen_once() {
        let feed = feed(10);
        let mut from_now = feed.subscribe(None, SECOND, BEAT);
        feed.publish("message", "one").unwrap();
        feed.publish("t", "two").unwrap();
        assert_eq!(ready(&mut from_now).await, ["message 5-1 one", "t 5-2 two"]);
        let mut back = feed.subscribe(Some("5-1"), SECOND, BEAT);
        feed.publish("message", "three").unwrap();
        assert_eq!(ready(&mut back).await, ["t 5-2 two", "message 5-3 three"]);
        assert_eq!(ready(&mut feed.subscribe(Some(""), SECOND, BEAT)).await, [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_encoded_once_for_all() {
        let feed = feed(10);
        let mut subscribers = [(); 3].map(|()| feed.subscribe(None, SECOND, BEAT));
        feed.publish("message", "one").unwrap();
        let mut places = Vec::new();
        for subscriber in &mut subscribers {
            subscriber.next().await.unwrap();
            places.push(subscriber.next().await.unwrap().as_ptr());
        }
        assert!(places.iter().all(|&place| place == places[0]), "each has bytes of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_that_is_not_known_is_told_so_once() {
        let feed = feed(2);
        for data in ["one", "two", "three"] {
            feed.publish("message", data).unwrap();
        }
        // Of 5-1 all that came after it is there.
        assert_eq!(ready(&mut feed.subscribe(Some("5-1"), SECOND, BEAT)).await, ["message 5-2 two", "message 5-3 three"]);
        for id in ["5-0", "4-7", "5-4", "6-0", "nonsense", "5", "-", "99999999999999999999-1"] {
            let want = format!("gap 5-1 {}", serde_json::json!({ "lastEventId": id, "next": "5-2" }));
            assert_eq!(
                ready(&mut feed.subscribe(Some(id), SECOND, BEAT)).await,
                [&want, "message 5-2 two", "message 5-3 three"]
            );
        }
    }

    /// One of several servers may be behind what a client has seen at another one.
    #[tokio::test(start_paused = true)]
    async fn what_a_client_has_seen_elsewhere_does_not_come_again() {
        let feed = Arc::new(Feed::new(10, SECOND, EventId::default()));
        let publish = |time, data| feed.publish_as(EventId { time, count: 0 }, "message", data).unwrap();
        publish(5000, "one");
        let mut ahead = feed.subscribe(Some("5001-0"), SECOND, BEAT);
        publish(5001, "two");
        publish(5002, "three");
        assert_eq!(ready(&mut ahead).await, ["message 5002-0 three"]);
        assert_eq!(ready(&mut feed.subscribe(Some("9999-0"), SECOND, BEAT)).await.len(), 4, "that far ahead nobody is");
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_out_of_the_ring_is_cut_off() {
        let feed = feed(2);
        let mut slow = feed.subscribe(Some("5-0"), SECOND, BEAT);
        for data in ["one", "two", "three", "four"] {
            feed.publish("message", data).unwrap();
        }
        assert!(slow.next().await.is_some(), "the greeting");
        assert!(slow.next().await.is_none());
        assert_eq!(feed.cut_off.load(Relaxed), 1);
        drop(slow);
        assert_eq!(feed.subscribers.load(Relaxed), 0);

        let mut current = feed.subscribe(None, SECOND, BEAT);
        current.next().await.unwrap();
        feed.start_over(EventId { time: 7, count: 0 });
        assert!(current.next().await.is_none(), "all are sent away");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_heartbeats_and_ended_by_close() {
        let feed = feed(2);
        let mut subscriber = feed.subscribe(None, SECOND, BEAT);
        subscriber.next().await.unwrap();
        let start = Instant::now();
        assert_eq!(subscriber.next().await.unwrap(), KEEP_ALIVE);
        assert_eq!(start.elapsed(), SECOND);
        let mut visible = feed.subscribe(None, SECOND, Heartbeat { visible: true, ..BEAT });
        assert_eq!(ready(&mut visible).await, [""; 0]);
        tokio::time::sleep(SECOND).await;
        assert_eq!(ready(&mut visible).await, ["heartbeat  "]);
        feed.close();
        assert!(subscriber.next().await.is_none());
    }
}
