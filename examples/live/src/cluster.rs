//! Several servers, one stream: every event goes through Redis Streams, whose entry ids are the event ids. All servers read the
//! same entries in the same order, so a client may come back to any of them.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, RedisResult,
    aio::{ConnectionManager, MultiplexedConnection},
    cmd,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};
use ssewire::{Broadcast, Event, Replay};
use tokio::sync::watch;

/// How long an answer of Redis may take, and a read waits for new entries.
const ANSWER: Duration = Duration::from_secs(10);
const BLOCK: Duration = Duration::from_secs(5);
/// How long a client waits that has seen more than this server.
const CATCH_UP: Duration = Duration::from_secs(2);

/// The id of an entry: a time in milliseconds and a count.
type Key = (u64, u64);

fn key(id: &str) -> Option<Key> {
    let (time, count) = id.split_once('-')?;
    Some((time.parse().ok()?, count.parse().ok()?))
}

fn id((time, count): Key) -> String {
    format!("{time}-{count}")
}

/// The greatest id before this one.
fn before((time, count): Key) -> Key {
    count.checked_sub(1).map_or((time.saturating_sub(1), u64::MAX), |count| (time, count))
}

pub struct Redis {
    client: Client,
    publisher: ConnectionManager,
    stream: String,
    /// How many entries are kept.
    keep: usize,
    /// The newest entry that was read. `None` before the first look.
    last: watch::Sender<Option<Key>>,
}

impl Redis {
    pub async fn connect(url: &str, stream: String, keep: usize) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let publisher = client.get_connection_manager().await?;
        Ok(Self { client, publisher, stream, keep, last: watch::Sender::new(None) })
    }

    /// A past behind this id.
    fn past(&self, floor: Key) -> Replay {
        let past = Replay::with_ordered_ids(|one, other| key(one).cmp(&key(other)));
        past.with_bounds(self.keep, usize::MAX).with_floor(&id(floor))
    }

    /// Adds an entry, and gives its id. The event comes back by [`follow`](Self::follow), and is sent then.
    pub async fn publish(&self, event_type: &str, data: &str) -> RedisResult<String> {
        let mut add = cmd("XADD");
        add.arg(&self.stream).arg("MAXLEN").arg("~").arg(self.keep).arg("*");
        add.arg("event").arg(event_type).arg("data").arg(data);
        add.query_async(&mut self.publisher.clone()).await
    }

    /// Waits, not for long, until this server has what the client has seen at another one.
    pub async fn catch_up_with(&self, last_event_id: &[u8]) {
        if let Some(seen) = str::from_utf8(last_event_id).ok().and_then(key) {
            let mut last = self.last.subscribe();
            let _ = tokio::time::timeout(CATCH_UP, last.wait_for(|last| *last >= Some(seen))).await;
        }
    }

    /// Sends what others and we have added, for ever.
    pub async fn follow(&self, events: &Broadcast) {
        loop {
            if let Err(error) = self.follow_once(events).await {
                eprintln!("live: {error}; connecting to Redis again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    async fn follow_once(&self, events: &Broadcast) -> RedisResult<()> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.look_back(events).await?;
        loop {
            let last = self.last.borrow().unwrap_or_default();
            // Fewer than are kept, so that those who listen are not left behind by one read.
            let mut read = cmd("XREAD");
            read.arg("COUNT").arg(self.keep.div_ceil(4)).arg("BLOCK").arg(BLOCK.as_millis() as u64);
            read.arg("STREAMS").arg(&self.stream).arg(id(last));
            let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
            let entries: Vec<_> = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect();
            let Some(first) = entries.first().and_then(|entry| key(&entry.id)) else { continue };
            // A read goes on behind entries that are gone without a word.
            if self.may_be_gone(&mut connection, last, first).await? {
                events.start_over(self.past(before(first)));
            }
            for entry in &entries {
                self.send(events, entry);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Whether there may have been entries between `last` and `first`, the first behind it that is there.
    async fn may_be_gone(&self, connection: &mut MultiplexedConnection, last: Key, first: Key) -> RedisResult<bool> {
        if last == Key::default() {
            // Behind the very start there were none, unless some had to go.
            let length: usize = cmd("XLEN").arg(&self.stream).query_async(connection).await?;
            return Ok(length >= self.keep);
        }
        // There are none, if the one before is still there.
        let mut range = cmd("XRANGE");
        range.arg(&self.stream).arg("-").arg("+").arg("COUNT").arg(1);
        let oldest: StreamRangeReply = range.query_async(connection).await?;
        Ok(oldest.ids.first().and_then(|entry| key(&entry.id)) >= Some(first))
    }

    /// At the start, and after a pause in which entries may have gone: takes what there is.
    pub async fn look_back(&self, events: &Broadcast) -> RedisResult<()> {
        let mut range = cmd("XREVRANGE");
        range.arg(&self.stream).arg("+").arg("-").arg("COUNT").arg(self.keep);
        let kept: StreamRangeReply = range.query_async(&mut self.publisher.clone()).await?;
        let oldest = kept.ids.last().and_then(|entry| key(&entry.id));
        let last = *self.last.borrow();
        let may_be_gone = match (last, oldest) {
            // Behind the very start there were no others, if these are all there are.
            (Some(last), Some(oldest)) => oldest > last && (last != Key::default() || kept.ids.len() >= self.keep),
            (last, _) => last.is_none(),
        };
        if may_be_gone {
            // Whoever has seen less than this may have missed some.
            let floor = oldest.map_or(Key::default(), before);
            events.start_over(self.past(floor));
            self.last.send_replace(Some(floor));
        }
        let seen = *self.last.borrow();
        for entry in kept.ids.iter().rev().filter(|entry| key(&entry.id) > seen) {
            self.send(events, entry);
        }
        Ok(())
    }

    fn send(&self, events: &Broadcast, entry: &StreamId) {
        let field = |name| entry.get::<String>(name).unwrap_or_default();
        let (event_type, data) = (field("event"), field("data"));
        match Event::new(&data).with_type(&event_type).and_then(|event| event.with_id(&entry.id)) {
            Ok(event) => drop(events.publish(&event)),
            Err(error) => eprintln!("live: entry {} is no event: {error}", entry.id),
        }
        self.last.send_replace(key(&entry.id));
    }
}
