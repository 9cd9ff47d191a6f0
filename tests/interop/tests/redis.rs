//! Two servers that share their events through Redis, and a client that moves from one to the other.

use std::time::Duration;

use ssewire_interop::{
    Live, Redis, connect, next,
    record::{version_of, works_with},
    until,
};

#[tokio::test]
async fn a_client_moves_from_server_to_server_and_misses_nothing() {
    let redis = Redis::start().await;
    let options = ["--redis", &redis.url, "--retry", "50"];
    let mut servers = [Live::start(&options).await, Live::start(&options).await];
    let (mut published, mut got, mut moves) = (Vec::new(), Vec::new(), 0);
    let mut last = String::new();
    for round in 0..8 {
        // The client is at one of them, the events come from both.
        let at = round % 2;
        let mut events = connect(&servers[at].events(), &last).await;
        servers[at].subscribers(1).await;
        for number in 0..20 {
            published.push(servers[number % 2].publish("priceUpdate", &format!("{round}.{number}")).await);
        }
        // It goes somewhere in the middle.
        while got.len() < published.len() - 7 {
            let event = next(&mut events).await;
            got.push((event.id().unwrap().to_owned(), event.data().to_owned()));
        }
        last = events.parser().last_event_id().to_owned();
        moves += 1;
        if round == 5 {
            // The server that it was at dies, and another one takes its place, which was not there when it all happened.
            servers[at].kill();
            published.push(servers[1 - at].publish("", "while one was dead").await);
            servers[at] = Live::start(&options).await;
        }
    }
    let mut events = connect(&servers[0].events(), &last).await;
    while got.len() < published.len() {
        let event = next(&mut events).await;
        got.push((event.id().unwrap().to_owned(), event.data().to_owned()));
    }
    let ids: Vec<_> = got.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, published);
    let numbers: Vec<_> = got.iter().filter(|(_, data)| data.contains('.')).map(|(_, data)| data.clone()).collect();
    let want: Vec<_> = (0..8).flat_map(|round| (0..20).map(move |number| format!("{round}.{number}"))).collect();
    assert_eq!(numbers, want);
    for server in &servers {
        // Each server has encoded each event once, those it found when it started among them.
        until("last event", async || server.stats("published").await >= published.len() as u64).await;
        assert_eq!(server.stats("published").await, published.len() as u64);
    }
    works_with(
        "Redis Streams, two servers",
        &version_of("redis-server", "--version"),
        "a client moved from one server to the other; one killed and replaced",
        &format!("{} events, {moves} moves, none lost or doubled, in order", got.len()),
    );
}

/// Entries that are gone are not passed over in silence.
#[tokio::test]
async fn an_id_that_redis_no_longer_knows_is_told_so() {
    let redis = Redis::start().await;
    let options = ["--redis", &redis.url, "--ring", "5"];
    let first = Live::start(&options).await;
    let oldest = first.publish("", "0").await;
    let mut last = oldest.clone();
    // (Redis trims by whole nodes of a hundred entries.)
    for number in 1..300 {
        last = first.publish("", &number.to_string()).await;
    }
    until("last event", async || first.stats("published").await == 300).await;
    for server in [&first, &Live::start(&options).await] {
        let mut events = connect(&server.events(), &oldest).await;
        let gap = next(&mut events).await;
        assert_eq!(gap.event_type(), "gap");
        for number in 295..300 {
            assert_eq!(next(&mut events).await.data(), number.to_string());
        }
        assert_eq!(events.parser().last_event_id(), last);
    }
}

/// A server that could not read for a while may find that entries it has not seen are gone.
#[tokio::test]
async fn a_server_that_slept_while_entries_went_says_so() {
    let redis = Redis::start().await;
    let options = ["--redis", &redis.url, "--ring", "5", "--retry", "50"];
    let (slept, other) = (Live::start(&options).await, Live::start(&options).await);
    let mut events = connect(&slept.events(), "").await;
    slept.subscribers(1).await;
    other.publish("", "first").await;
    assert_eq!(next(&mut events).await.data(), "first");
    slept.signal("STOP");
    for number in 0..300 {
        other.publish("", &number.to_string()).await;
    }
    slept.signal("CONT");
    // It is sent away, or told; not left with a hole that it does not know of.
    use futures_util::StreamExt;
    let mut got = Vec::new();
    while let Some(event) = tokio::time::timeout(Duration::from_secs(20), events.next()).await.expect("the end, or an event") {
        got.push(event.unwrap().data().to_owned());
    }
    assert!(got.iter().enumerate().all(|(number, data)| *data == number.to_string()), "a hole: {got:?}");
    let mut events = connect(&slept.events(), events.parser().last_event_id()).await;
    assert_eq!(next(&mut events).await.event_type(), "gap");
}

/// Redis goes and comes back: who listens goes on to.
#[tokio::test]
async fn redis_that_stops_and_goes_on_loses_nothing() {
    let redis = Redis::start().await;
    let live = Live::start(&["--redis", &redis.url]).await;
    let mut events = connect(&live.events(), "").await;
    live.subscribers(1).await;
    live.publish("", "before").await;
    assert_eq!(next(&mut events).await.data(), "before");
    redis.program.signal("STOP");
    // Longer than an answer may take.
    tokio::time::sleep(Duration::from_secs(12)).await;
    redis.program.signal("CONT");
    let start = std::time::Instant::now();
    live.publish("", "after").await;
    assert_eq!(next(&mut events).await.data(), "after");
    works_with(
        "Redis that stops for 12 s",
        &version_of("redis-server", "--version"),
        "the server finds it again; its subscribers stay",
        &format!("the next event {:.1} s after it went on, nothing lost", start.elapsed().as_secs_f64()),
    );
}

/// Cuts the connection on which a server waits for entries; its next attempt is a second later.
async fn cut_reader(redis: &Redis) {
    let mut clients = String::new();
    until("connection that reads", async || {
        clients = redis.cli(&["client", "list"]);
        clients.contains("cmd=xread")
    })
    .await;
    let reader = clients.lines().find(|client| client.contains("cmd=xread")).unwrap();
    let id = reader.split(' ').find_map(|field| field.strip_prefix("id=")).unwrap();
    assert_eq!(redis.cli(&["client", "kill", "id", id]).trim(), "1");
}

/// Who listens before there is anything at all has missed nothing when the first event comes, even while the server connects.
#[tokio::test]
async fn the_first_event_of_all_while_the_server_connects_is_no_gap() {
    let redis = Redis::start().await;
    let live = Live::start(&["--redis", &redis.url]).await;
    let mut events = connect(&live.events(), "").await;
    live.subscribers(1).await;
    cut_reader(&redis).await;
    let mut published = Vec::new();
    for number in 0..3 {
        published.push(live.publish("", &number.to_string()).await);
    }
    for (number, id) in published.iter().enumerate() {
        let event = next(&mut events).await;
        assert_eq!((event.data(), event.id()), (&*number.to_string(), Some(&**id)));
    }
}

/// More events than are kept, while the server connects, are a gap: whether they are the first ones of all, and whether Redis still has
/// them, which keeps some more than it was told to.
#[tokio::test]
async fn more_than_are_kept_while_the_server_connects_are_a_gap() {
    use futures_util::StreamExt;

    for before in [0, 1] {
        let redis = Redis::start().await;
        let live = Live::start(&["--redis", &redis.url, "--ring", "10", "--retry", "50"]).await;
        let mut events = connect(&live.events(), "").await;
        live.subscribers(1).await;
        for _ in 0..before {
            live.publish("", "before").await;
            assert_eq!(next(&mut events).await.data(), "before");
        }
        cut_reader(&redis).await;
        let mut last = String::new();
        for number in 0..40 {
            last = live.publish("", &number.to_string()).await;
        }
        // It is sent away, with nothing that it would take for the next event, and told when it comes back.
        let end = tokio::time::timeout(Duration::from_secs(20), events.next()).await.expect("an end");
        assert!(end.is_none(), "{end:?}");
        let mut events = connect(&live.events(), events.parser().last_event_id()).await;
        assert_eq!(next(&mut events).await.event_type(), "gap");
        for number in 30..40 {
            assert_eq!(next(&mut events).await.data(), number.to_string());
        }
        assert_eq!(events.parser().last_event_id(), last);
    }
}
