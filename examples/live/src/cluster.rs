//! Several servers, one stream: every event goes through Redis Streams, whose entry ids are the event ids. All servers read the
//! same entries in the same order, so a client may come back to any of them.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, RedisResult,
    aio::{ConnectionManager, MultiplexedConnection},
    cmd,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};

use crate::feed::{EventId, Feed};

/// How long an answer of Redis may take, and a read waits for new entries.
const ANSWER: Duration = Duration::from_secs(10);
const BLOCK: Duration = Duration::from_secs(5);

pub struct Redis {
    client: Client,
    publisher: ConnectionManager,
    stream: String,
    /// How many entries are kept.
    keep: usize,
}

impl Redis {
    pub async fn connect(url: &str, stream: String, keep: usize) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let publisher = client.get_connection_manager().await?;
        Ok(Self { client, publisher, stream, keep })
    }

    /// Adds an entry. It comes back by [`follow`](Self::follow), and is sent then.
    pub async fn publish(&self, event_type: &str, data: &str) -> RedisResult<String> {
        let mut add = cmd("XADD");
        add.arg(&self.stream).arg("MAXLEN").arg("~").arg(self.keep).arg("*");
        add.arg("event").arg(event_type).arg("data").arg(data);
        add.query_async(&mut self.publisher.clone()).await
    }

    /// Feeds what others and we have added since `last`, for ever.
    pub async fn follow(&self, feed: &Feed, mut last: Option<EventId>) {
        loop {
            if let Err(error) = self.follow_once(feed, &mut last).await {
                eprintln!("live: {error}; connecting to Redis again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    async fn follow_once(&self, feed: &Feed, last: &mut Option<EventId>) -> RedisResult<()> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.catch_up(feed, last).await?;
        loop {
            // Fewer than the ring holds, so that those who listen are not left behind by one read.
            let mut read = cmd("XREAD");
            read.arg("COUNT").arg(self.keep.div_ceil(4)).arg("BLOCK").arg(BLOCK.as_millis() as u64);
            read.arg("STREAMS").arg(&self.stream).arg(last.unwrap_or_default().to_string());
            let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
            let entries: Vec<_> = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect();
            let Some(first) = entries.first().and_then(|entry| entry.id.parse::<EventId>().ok()) else { continue };
            // A read goes on behind entries that are gone without a word.
            if self.may_be_gone(&mut connection, last.unwrap_or_default(), first).await? {
                feed.start_over(first.before());
            }
            for entry in &entries {
                publish(feed, entry, last);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Whether there may have been entries between `last` and `first`, the first behind it that is there.
    async fn may_be_gone(&self, connection: &mut MultiplexedConnection, last: EventId, first: EventId) -> RedisResult<bool> {
        if last == EventId::default() {
            // Behind the very start there were none, unless some had to go.
            let length: usize = cmd("XLEN").arg(&self.stream).query_async(connection).await?;
            return Ok(length >= self.keep);
        }
        // There are none, if the one before is still there.
        let mut range = cmd("XRANGE");
        range.arg(&self.stream).arg("-").arg("+").arg("COUNT").arg(1);
        let oldest: StreamRangeReply = range.query_async(connection).await?;
        Ok(oldest.ids.first().and_then(|entry| entry.id.parse().ok()) >= Some(first))
    }

    /// At the start, or after a pause in which entries may have gone: takes what there is.
    pub async fn catch_up(&self, feed: &Feed, last: &mut Option<EventId>) -> RedisResult<()> {
        let mut range = cmd("XREVRANGE");
        range.arg(&self.stream).arg("+").arg("-").arg("COUNT").arg(self.keep);
        let kept: StreamRangeReply = range.query_async(&mut self.publisher.clone()).await?;
        let oldest = kept.ids.last().and_then(|entry| entry.id.parse::<EventId>().ok());
        let start_over = match (*last, oldest) {
            // Behind the very start there were no others, if these are all there are.
            (Some(last), Some(oldest)) => oldest > last && (last != EventId::default() || kept.ids.len() >= self.keep),
            (last, _) => last.is_none(),
        };
        if start_over {
            // Whoever has seen less than this may have missed some.
            let floor = oldest.map_or(EventId::default(), EventId::before);
            feed.start_over(floor);
            *last = Some(floor);
        }
        let seen = *last;
        for entry in kept.ids.iter().rev() {
            if entry.id.parse().ok() > seen {
                publish(feed, entry, last);
            }
        }
        Ok(())
    }
}

fn publish(feed: &Feed, entry: &StreamId, last: &mut Option<EventId>) {
    let Ok(id) = entry.id.parse() else { return };
    *last = Some(id);
    let field = |name| entry.get::<String>(name).unwrap_or_default();
    if let Err(error) = feed.publish_as(id, &field("event"), &field("data")) {
        eprintln!("live: entry {id} is no event: {error}");
    }
}
