//! Subscribers that come and go, do not read, and read too slowly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use ssewire_interop::{Live, connect, program_usage, record::works_with, until};

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
        let (before, _) = program_usage(live.process());
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
        let (after, _) = program_usage(live.process());
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
    let (before, _) = program_usage(live.process());
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
    let (after, _) = program_usage(live.process());
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

/// Clients of bad will, and one that only wants its events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_bad_will_do_no_harm() {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    const EVENTS: u64 = 400;
    for stack in ["axum", "hyper"] {
        let live = Live::start(&["--patience", "1000", "--ring", "64", "--stack", stack]).await;
        let address = ("127.0.0.1", live.port());
        let send = async |request: &[u8]| {
            let mut socket = TcpStream::connect(address).await.unwrap();
            // (The server may refuse it before it is sent.)
            let _ = socket.write_all(request).await;
            socket
        };
        let with_id =
            |id: &[u8]| [b"GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLast-Event-ID: ", id, b"\r\n\r\n"].concat();
        let mut reader = connect(&live.events(), "").await;
        live.subscribers(1).await;
        let (before, _) = program_usage(live.process());
        let reading = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            for want in 0..EVENTS {
                let start = Instant::now();
                let event =
                    tokio::time::timeout(Duration::from_secs(20), reader.next()).await.expect("an event").unwrap().unwrap();
                assert_eq!(number(event.data()), want);
                if want > 0 {
                    slowest = slowest.max(start.elapsed());
                }
            }
            slowest
        });
        let publishing = async {
            let padding = "x".repeat(20_000);
            for number in 0..EVENTS {
                let data = format!(r#"{{"padding":"{padding}","number":{number}}}"#);
                live.publish("priceUpdate", &data).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let disturbing = async {
            // These never read, say nothing, say half of it, or read a byte a second.
            let mut kept = Vec::new();
            for _ in 0..20 {
                kept.push(send(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await);
                kept.push(send(b"").await);
                kept.push(send(b"GET /events HTTP/1.1\r\nLast-Event-").await);
            }
            let mut slow = send(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await;
            let slowly = tokio::spawn(async move {
                while slow.read_u8().await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            for _ in 0..1000 {
                drop(send(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await);
            }
            // An id that nobody was given is a gap, or the HTTP library refuses it.
            let mut answers = [0; 2];
            let long = [b'7'; 64 << 10];
            for id in (0..=255).map(|byte| vec![byte]).chain([long.to_vec(), vec![0xFF; 4000], b"7-\xC3".to_vec()]) {
                let mut socket = send(&with_id(&id)).await;
                let mut answer = Vec::new();
                while !answer.windows(10).any(|window| window == b"event: gap") && !answer.starts_with(b"HTTP/1.1 4") {
                    let read =
                        tokio::time::timeout(Duration::from_secs(20), socket.read_buf(&mut answer)).await.expect("an answer");
                    // A line end, a space or a tab: no id at all, which is no gap.
                    let is_empty = matches!(*id, [b'\n' | b'\r' | b' ' | b'\t']);
                    if read.unwrap_or(0) == 0 || is_empty {
                        break;
                    }
                }
                answers[usize::from(answer.starts_with(b"HTTP/1.1 4"))] += 1;
            }
            drop(kept);
            slowly.abort();
            answers
        };
        let ((), answers) = tokio::join!(publishing, disturbing);
        let slowest = reading.await.unwrap();
        live.subscribers(0).await;
        let (after, _) = program_usage(live.process());
        let grown = after.saturating_sub(before);
        assert!(grown < 64 << 20, "{before} to {after} bytes");
        works_with(
            &format!("clients of bad will, on {stack}"),
            "",
            "1,000 that leave, 20 that never read, 40 that never ask, one that reads a byte a second, ids of every byte and of 64 KiB",
            &format!(
                "{} ids answered, {} refused as no HTTP; the server grew by {} kB; another client got its {EVENTS} events of 20 kB, none later \
                 than {:.0} ms",
                answers[0],
                answers[1],
                grown / 1024,
                slowest.as_secs_f64() * 1e3
            ),
        );
    }
}
