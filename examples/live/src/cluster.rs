//! Several servers, one stream: every event goes through Redis Streams, whose entry ids are the event ids. All servers read the
//! same entries in the same order, so a client may come back to any of them.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, RedisResult,
    aio::ConnectionManager,
    cmd,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};

use crate::feed::{EventId, Feed};

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
        // A read that blocks has no answer for a while.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.catch_up(feed, last).await?;
        loop {
            let mut read = cmd("XREAD");
            read.arg("COUNT").arg(self.keep).arg("BLOCK").arg(5000).arg("STREAMS").arg(&self.stream);
            let reply: Option<StreamReadReply> =
                read.arg(last.unwrap_or_default().to_string()).query_async(&mut connection).await?;
            for entry in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
                publish(feed, &entry, last);
            }
        }
    }

    /// At the start, or after a pause in which entries may have gone: takes what there is.
    pub async fn catch_up(&self, feed: &Feed, last: &mut Option<EventId>) -> RedisResult<()> {
        let mut range = cmd("XREVRANGE");
        range.arg(&self.stream).arg("+").arg("-").arg("COUNT").arg(self.keep);
        let kept: StreamRangeReply = range.query_async(&mut self.publisher.clone()).await?;
        let oldest = kept.ids.last().and_then(|entry| entry.id.parse::<EventId>().ok());
        if last.is_none_or(|last| oldest.is_some_and(|oldest| oldest > last)) {
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
