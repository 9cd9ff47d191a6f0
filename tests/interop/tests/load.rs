//! A thousand subscribers; and subscribers that come and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use ssewire_interop::{Live, connect, record::works_with, until};

/// The memory of a process, in bytes, and the processor time it has used.
fn usage(process: u32) -> (u64, Duration) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<u64> = stat.rsplit_once(") ").unwrap().1.split(' ').filter_map(|field| field.parse().ok()).collect();
    // Behind the state: user and system time are the 11th and 12th, in hundredths of a second.
    (resident * 1024, Duration::from_millis(10 * (fields[10] + fields[11])))
}

fn payload(number: u64) -> String {
    format!(r#"{{"symbol":"AAPL","price":189.5,"number":{number}}}"#)
}

fn number(data: &str) -> u64 {
    data.rsplit_once(':').unwrap().1.trim_end_matches('}').parse().unwrap()
}

/// Publishes at a rate, until it has for so long; how many.
async fn publish(live: &Live, rate: u32, time: Duration) -> u64 {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    let (start, mut published) = (Instant::now(), 0);
    while start.elapsed() < time {
        ticks.tick().await;
        live.publish("priceUpdate", &payload(published)).await;
        published += 1;
    }
    published
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_subscribers_see_every_event_in_order() {
    const SUBSCRIBERS: u64 = 1000;
    const RATE: u32 = 50;
    let time = Duration::from_secs(std::env::var("INTEROP_LOAD_SECONDS").map_or(60, |time| time.parse().unwrap()));
    let live = Live::start(&[]).await;
    live.publish("priceUpdate", &payload(0)).await;
    let (before, _) = usage(live.process());

    let seen = Arc::new(AtomicU64::new(0));
    let url = live.events();
    for _ in 0..SUBSCRIBERS {
        let (url, seen) = (url.clone(), seen.clone());
        tokio::spawn(async move {
            let mut events = connect(&url, "").await;
            let mut want = 0;
            // (At the end of the test, the server goes.)
            while let Some(Ok(event)) = events.next().await {
                assert_eq!(number(event.data()), want, "an event is missing, doubled or out of order");
                want += 1;
                seen.fetch_add(1, Relaxed);
            }
        });
    }
    live.subscribers(SUBSCRIBERS).await;
    let (connected, used_before) = usage(live.process());

    let start = Instant::now();
    let published = publish(&live, RATE, time).await;
    until("events", async || seen.load(Relaxed) == published * SUBSCRIBERS).await;
    let elapsed = start.elapsed();
    let (after, used) = usage(live.process());
    assert!(published >= u64::from(RATE) * time.as_secs() * 9 / 10, "only {published} were published");
    assert_eq!(live.stats("encodings").await, published + 1, "one encoding an event");
    assert_eq!(live.stats("cutOff").await, 0);
    assert_eq!(live.stats("subscribers").await, SUBSCRIBERS);
    let each = |bytes: u64| bytes.saturating_sub(before) / SUBSCRIBERS;
    works_with(
        "1,000 subscribers of one server",
        "",
        &format!("{RATE} events a second for {} s: each sees all, in order; one encoding an event", time.as_secs()),
        &format!(
            "{published} events, {} deliveries; memory per subscriber {} bytes at rest, {} under load; processor {:.0} % of one core",
            published * SUBSCRIBERS,
            each(connected),
            each(after),
            100.0 * (used - used_before).as_secs_f64() / elapsed.as_secs_f64()
        ),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_that_come_and_go_miss_nothing() {
    const SUBSCRIBERS: u64 = 200;
    let live = Live::start(&["--retry", "20", "--ring", "4096"]).await;
    live.publish("", &payload(u64::MAX)).await;
    let (done, total) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let connections = Arc::new(AtomicU64::new(0));
    // From behind the first event.
    let start = {
        let mut events = connect(&live.events(), "").await;
        until("greeting", async || {
            let _ = tokio::time::timeout(Duration::from_millis(50), events.next()).await;
            !events.parser().last_event_id().is_empty()
        })
        .await;
        events.parser().last_event_id().to_owned()
    };
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..SUBSCRIBERS {
        let (url, mut last) = (live.events(), start.clone());
        let (done, total, connections) = (done.clone(), total.clone(), connections.clone());
        clients.spawn(async move {
            let mut want = 0;
            while !(done.load(Relaxed) && want == total.load(Relaxed)) {
                let mut events = connect(&url, &last).await;
                connections.fetch_add(1, Relaxed);
                let stay = Duration::from_millis(fastrand::u64(5..1500));
                let _ = tokio::time::timeout(stay, async {
                    while let Some(Ok(event)) = events.next().await {
                        assert_eq!(number(event.data()), want, "an event is missing, doubled or out of order");
                        want += 1;
                    }
                })
                .await;
                last = events.parser().last_event_id().to_owned();
            }
        });
    }
    let published = publish(&live, 50, Duration::from_secs(15)).await;
    total.store(published, Relaxed);
    done.store(true, Relaxed);
    let all = async {
        while let Some(client) = clients.join_next().await {
            client.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("everybody sees the last event");
    live.subscribers(0).await;
    works_with(
        "200 subscribers that disconnect at random",
        "",
        "50 events a second for 15 s; each resumes from its last id",
        &format!("{published} events seen by each, over {} connections", connections.load(Relaxed)),
    );
}

/// Who does not read is cut off, and does not keep the others waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_cut_off() {
    use tokio::io::AsyncWriteExt;
    for stack in ["axum", "hyper"] {
        let live = Live::start(&["--patience", "500", "--stack", stack]).await;
        let mut stuck = tokio::net::TcpStream::connect(("127.0.0.1", live.port())).await.unwrap();
        stuck.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut reader = connect(&live.events(), "").await;
        live.subscribers(2).await;
        let (before, _) = usage(live.process());
        // More than the buffers of both ends hold.
        let large = "x".repeat(50_000);
        let mut published = 0;
        let start = Instant::now();
        while live.stats("subscribers").await == 2 {
            live.publish("", &large).await;
            published += 1;
            assert_eq!(reader.next().await.unwrap().unwrap().data(), large);
            assert!(start.elapsed() < Duration::from_secs(30), "{published} events, and it is still there");
        }
        let (after, _) = usage(live.process());
        // The ring, and what hyper and the allocator hold.
        assert!(after.saturating_sub(before) < 1024 * 50_000 + (32 << 20), "{before} to {after} bytes");
        works_with(
            &format!("a subscriber that stops reading, on {stack}"),
            "",
            "it is cut off; the others get every event at once",
            &format!(
                "after {published} events of 50 kB; the server grew by {} kB, its ring of 1,024 events included",
                after.saturating_sub(before) / 1024
            ),
        );
    }
}

/// Who reads, but too slowly, is cut off when it has fallen out of the ring, and told so when it comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_cut_off_and_told() {
    let live = Live::start(&["--ring", "16"]).await;
    let mut slow = connect(&live.events(), "").await;
    live.subscribers(1).await;
    let (before, _) = usage(live.process());
    let large = "x".repeat(60_000);
    let mut published = 0;
    while live.stats("cutOff").await == 0 {
        for _ in 0..20 {
            live.publish("", &large).await;
            published += 1;
        }
        // One event in the time of twenty.
        slow.next().await.unwrap().unwrap();
        assert!(published < 5000, "it is never cut off");
    }
    let (after, _) = usage(live.process());
    assert!(after.saturating_sub(before) < 32 << 20, "{before} to {after} bytes");
    while let Some(Ok(_)) = slow.next().await {}
    let mut back = connect(&live.events(), slow.parser().last_event_id()).await;
    assert_eq!(back.next().await.unwrap().unwrap().event_type(), "gap");
    works_with(
        "a subscriber that reads too slowly",
        "",
        "cut off when it falls out of the ring of 16 events; told of the gap when it comes back",
        &format!("after {published} events of 60 kB; the server grew by {} kB", after.saturating_sub(before) / 1024),
    );
}
