//! The events that have happened lately, and who is listening.
//!
//! An event is encoded once, when it is published. Subscribers share its bytes: those that are connected get them through a
//! broadcast channel, those that come back get what they missed out of the ring. Both are bounded: whoever falls behind the
//! channel is cut off, and comes back to the ring with the id it has; whoever comes back too late is told so, by an event.

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
    sync::{broadcast, watch},
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

pub struct Limits {
    /// How many events are kept for those who come back.
    pub ring: usize,
    /// By how many events a subscriber may be behind.
    pub queue: usize,
}

pub struct Feed {
    limits: Limits,
    recent: Mutex<Recent>,
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
    sender: broadcast::Sender<Message>,
}

impl Feed {
    /// `start` is an id that comes before those of all events to come.
    pub fn new(limits: Limits, start: EventId) -> Self {
        let sender = broadcast::Sender::new(limits.queue.max(1));
        Self {
            limits,
            recent: Mutex::new(Recent { ring: VecDeque::new(), floor: start, newest: start, sender }),
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
        let message = Message { id, wire };
        recent.newest = id;
        recent.ring.push_back(message.clone());
        if recent.ring.len() > self.limits.ring
            && let Some(oldest) = recent.ring.pop_front()
        {
            recent.floor = oldest.id;
        }
        // An error means that nobody listens.
        let _ = recent.sender.send(message);
        Ok(())
    }

    /// Events have been missed: what was known is forgotten, and everybody is sent away to come back and be told.
    pub fn start_over(&self, floor: EventId) {
        let mut recent = self.recent();
        recent.ring.clear();
        (recent.floor, recent.newest) = (floor, floor);
        recent.sender = broadcast::Sender::new(self.limits.queue.max(1));
    }

    /// From behind the event that the client has seen last, if it says so, or from now on.
    pub fn subscribe(self: &Arc<Self>, last_event_id: Option<&str>, retry: Duration, heartbeat: Heartbeat) -> Subscriber {
        let recent = self.recent();
        let mut first = Item::Retry(retry).encode().to_vec();
        let seen = match last_event_id {
            None => {
                // Without data this dispatches nothing, but a client that is cut off before its first event knows where it was.
                let id = recent.newest.to_string();
                if let Ok(id) = ssewire::Id::new(&id) {
                    Item::LastEventId(id).encode().append_to(&mut first);
                }
                recent.newest
            }
            Some(id) => match id.parse() {
                Ok(seen) if seen >= recent.floor => seen,
                // Too old, or none of ours.
                _ => {
                    let missed =
                        serde_json::json!({ "lastEventId": id, "next": recent.ring.front().map(|m| m.id.to_string()) });
                    if let Ok(gap) = Event::new(&missed.to_string()).with_type("gap") {
                        gap.encode().append_to(&mut first);
                    }
                    recent.floor
                }
            },
        };
        let missed = recent.ring.iter().skip(recent.ring.partition_point(|message| message.id <= seen));
        let replay = [first.into()].into_iter().chain(missed.map(|message| message.wire.clone())).collect();
        let receiver = recent.sender.subscribe();
        let newest = recent.newest.max(seen);
        drop(recent);
        self.subscribers.fetch_add(1, Relaxed);
        let mut silence = tokio::time::interval_at(Instant::now() + heartbeat.every, heartbeat.every);
        silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let heartbeat = if heartbeat.visible { VISIBLE_HEARTBEAT } else { KEEP_ALIVE };
        Subscriber { feed: self.clone(), replay, receiver, newest, silence, heartbeat, closing: self.closing.subscribe() }
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

/// One client's view of a feed.
pub struct Subscriber {
    feed: Arc<Feed>,
    replay: VecDeque<Bytes>,
    receiver: broadcast::Receiver<Message>,
    newest: EventId,
    silence: Interval,
    heartbeat: &'static str,
    closing: watch::Receiver<bool>,
}

impl Subscriber {
    /// What to send next; `None` at the end, after which the client comes back.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let Some(missed) = self.replay.pop_front() {
            return Some(missed);
        }
        loop {
            tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => return None,
                message = self.receiver.recv() => match message {
                    // A server that is behind others may still be about to see what this client has seen elsewhere.
                    Ok(message) if message.id <= self.newest => {}
                    Ok(message) => {
                        self.newest = message.id;
                        self.silence.reset();
                        return Some(message.wire);
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.feed.cut_off.fetch_add(1, Relaxed);
                        return None;
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                _ = self.silence.tick() => return Some(Bytes::from_static(self.heartbeat.as_bytes())),
            }
        }
    }
}

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

    fn feed(ring: usize, queue: usize) -> Arc<Feed> {
        Arc::new(Feed::new(Limits { ring, queue }, EventId { time: 5, count: 0 }))
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
        let feed = feed(10, 10);
        let mut from_now = feed.subscribe(None, SECOND, BEAT);
        feed.publish("message", "one").unwrap();
        feed.publish("t", "two").unwrap();
        assert_eq!(ready(&mut from_now).await, ["message 5-1 one", "t 5-2 two"]);
        let mut back = feed.subscribe(Some("5-1"), SECOND, BEAT);
        feed.publish("message", "three").unwrap();
        assert_eq!(ready(&mut back).await, ["t 5-2 two", "message 5-3 three"]);
        let mut ahead = feed.subscribe(Some("5-4"), SECOND, BEAT);
        feed.publish("message", "four").unwrap();
        feed.publish("message", "five").unwrap();
        assert_eq!(ready(&mut ahead).await, ["message 5-5 five"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_that_is_too_old_is_told_so() {
        let feed = feed(2, 10);
        for data in ["one", "two", "three"] {
            feed.publish("message", data).unwrap();
        }
        // Of 5-1 all that came after it is there.
        assert_eq!(ready(&mut feed.subscribe(Some("5-1"), SECOND, BEAT)).await, ["message 5-2 two", "message 5-3 three"]);
        for id in ["5-0", "4-7", "nonsense", "5", "-", "99999999999999999999-1"] {
            let want = format!("gap  {}", serde_json::json!({ "lastEventId": id, "next": "5-2" }));
            assert_eq!(
                ready(&mut feed.subscribe(Some(id), SECOND, BEAT)).await,
                [&want, "message 5-2 two", "message 5-3 three"]
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_behind_is_cut_off() {
        let feed = feed(10, 2);
        let mut slow = feed.subscribe(Some("5-0"), SECOND, BEAT);
        for data in ["one", "two", "three", "four"] {
            feed.publish("message", data).unwrap();
        }
        assert!(slow.next().await.is_some(), "the greeting");
        assert!(slow.next().await.is_none());
        assert_eq!(feed.cut_off.load(Relaxed), 1);
        drop(slow);
        assert_eq!(feed.subscribers.load(Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_heartbeats_and_ended_by_close() {
        let feed = feed(10, 2);
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
