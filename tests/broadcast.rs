//! [`Broadcast`]: what each subscriber gets, over all its connections.
#![cfg(feature = "server")]

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http_body::Body;
use ssewire::{
    Broadcast, Event, KEEP_ALIVE, Parser, Replay,
    server::{HEADERS, Subscription, response},
};
use tokio::time::{Instant, sleep};

fn broadcast(events: usize) -> Broadcast {
    Broadcast::new(Replay::numbered("e").unwrap().with_bounds(events, usize::MAX), sleep)
}

/// In virtual time.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
}

/// What there is without waiting.
fn now(subscription: &mut Subscription) -> Vec<Bytes> {
    let mut got = Vec::new();
    while let Some(Some(bytes)) = subscription.next().now_or_never() {
        got.push(bytes);
    }
    got
}

fn publish(broadcast: &Broadcast, data: &str) -> String {
    broadcast.publish(&Event::new(data)).expect("each event is numbered")
}

#[test]
fn a_subscriber_gets_the_retry_at_once_then_what_it_missed_and_then_what_comes() {
    run(async {
        let prices = broadcast(10).with_retry(Duration::from_millis(700));
        assert_eq!(["a", "b"].map(|data| publish(&prices, data)), ["e-1", "e-2"]);
        let (mut new, mut back) = (prices.subscribe(None::<&str>), prices.subscribe(Some("e-1")));
        assert_eq!(now(&mut new), ["retry: 700\n\nid: e-2\n\n"]);
        assert_eq!(now(&mut back), ["retry: 700\n\n", "id: e-2\ndata: b\n\n"]);
        assert_eq!(publish(&prices, "c"), "e-3");
        let (one, other) = (now(&mut new), now(&mut back));
        assert_eq!((&one, &other), (&vec![Bytes::from("id: e-3\ndata: c\n\n")], &one));
        // One encoding, for the past, too.
        let past = [Some("e-2"), Some("e-0")].map(|id| now(&mut prices.subscribe(id)));
        for got in [&other[0], &past[0][1], &past[1][3]] {
            assert_eq!(got.as_ptr(), one[0].as_ptr());
        }
    });
}

#[test]
fn an_id_that_is_not_known_is_a_gap_whatever_its_bytes() {
    run(async {
        let prices = broadcast(2);
        let gap = |id: &[u8]| now(&mut prices.subscribe(Some(id)))[0].strip_prefix(b"retry: 3000\n\n").unwrap().to_vec();
        assert_eq!(gap(b"e-7"), b"event: gap\nid: e-0\ndata: \n\n");
        for data in ["a", "b", "c"] {
            publish(&prices, data);
        }
        let told = b"event: gap\nid: e-1\ndata: e-2\n\n";
        for byte in 0..=255 {
            assert_eq!(gap(&[byte]), told);
        }
        for id in [&b"e-0"[..], b"e-4", b"f-1", &[b'x'; 64 << 10]] {
            assert_eq!(gap(id), told);
        }
        // All that is remembered follows, also if the connection ends right behind it.
        for id in ["e-9", "e-1"] {
            assert_eq!(now(&mut prices.subscribe(Some(id)))[1..], ["id: e-2\ndata: b\n\n", "id: e-3\ndata: c\n\n"]);
        }
    });
}

#[test]
fn silence_is_broken_by_comments_and_by_nothing_else() {
    run(async {
        let prices = broadcast(10).with_heartbeat(Duration::from_secs(10));
        let mut subscription = prices.subscribe(None::<&str>);
        let _ = subscription.next().await;
        let start = Instant::now();
        for seconds in [10, 20, 30] {
            assert_eq!(subscription.next().await.unwrap(), KEEP_ALIVE);
            assert_eq!(start.elapsed().as_secs(), seconds);
        }
        // With an event now and then there is none; and at the latest after twice the time.
        for _ in 0..5 {
            publish(&prices, "x");
            assert_ne!(subscription.next().await.unwrap(), KEEP_ALIVE);
            assert!(tokio::time::timeout(Duration::from_secs(9), subscription.next()).await.is_err());
        }
        publish(&prices, "x");
        let _ = subscription.next().await;
        let last = Instant::now();
        assert_eq!(subscription.next().await.unwrap(), KEEP_ALIVE);
        assert!(last.elapsed() <= Duration::from_secs(20), "{:?}", last.elapsed());
    });
}

#[test]
fn a_subscriber_that_falls_out_of_the_past_is_cut_off_and_told_when_it_comes_back() {
    run(async {
        let prices = broadcast(3);
        let (mut slow, mut fast) = (prices.subscribe(None::<&str>), prices.subscribe(None::<&str>));
        let _ = (now(&mut slow), now(&mut fast));
        for number in 0..4 {
            publish(&prices, &number.to_string());
            assert_eq!(now(&mut fast).len(), 1);
        }
        assert_eq!(slow.next().await, None);
        assert_eq!(slow.next().await, None);
        assert_eq!((prices.counts().cut_off, prices.counts().subscribers, prices.counts().published), (1, 2, 4));
        drop(slow);
        assert_eq!(prices.counts().subscribers, 1);
        assert_eq!(
            now(&mut prices.subscribe(Some("e-0"))),
            [
                "retry: 3000\n\nevent: gap\nid: e-1\ndata: e-2\n\n",
                "id: e-2\ndata: 1\n\n",
                "id: e-3\ndata: 2\n\n",
                "id: e-4\ndata: 3\n\n"
            ]
        );
        // However small the past is, the newest event reaches all.
        let tiny = Broadcast::new(Replay::numbered("e").unwrap().with_bounds(0, 0), sleep);
        let mut subscription = tiny.subscribe(None::<&str>);
        publish(&tiny, "x");
        assert_eq!(now(&mut subscription).len(), 2);
    });
}

/// A client whose connection ends before its first event comes back with the id that it got at the start.
#[test]
fn who_is_cut_off_before_its_first_event_misses_nothing() {
    run(async {
        let (no_ids, with_ids) = (Replay::with_ids(), Replay::with_ordered_ids(Ord::cmp).with_floor("a"));
        for (replay, id) in [(Replay::numbered("e").unwrap(), "e-0"), (no_ids, ""), (with_ids, "a")] {
            let prices = Broadcast::new(replay, sleep);
            let mut parser = Parser::new();
            for bytes in now(&mut prices.subscribe(Some(""))) {
                let mut input = &bytes[..];
                assert!(parser.next(&mut input).unwrap().is_none(), "no event");
            }
            assert_eq!(parser.last_event_id(), id);
            prices.publish(&Event::new("x").with_id("b").unwrap());
            let missed = now(&mut prices.subscribe(Some(parser.last_event_id())));
            assert_eq!(missed.len(), if id.is_empty() { 1 } else { 2 }, "{missed:?}");
        }
    });
}

#[test]
fn who_listened_before_a_start_over_is_sent_away_and_told() {
    run(async {
        let past = |epoch| Replay::numbered(epoch).unwrap();
        let prices = Broadcast::new(past("e"), sleep);
        let (mut waits, mut reads) = (prices.subscribe(None::<&str>), prices.subscribe(None::<&str>));
        let waiting = tokio::spawn(async move { (now(&mut waits).len(), waits.next().await) });
        tokio::task::yield_now().await;
        publish(&prices, "a");
        assert_eq!(now(&mut reads).len(), 2);
        prices.start_over(past("f"));
        publish(&prices, "b");
        publish(&prices, "c");
        assert_eq!((now(&mut reads), waiting.await.unwrap()), (vec![], (1, None)));
        let told = now(&mut prices.subscribe(Some("e-1")));
        assert_eq!((&told[0][..], told.len()), (&b"retry: 3000\n\nevent: gap\nid: f-0\ndata: f-1\n\n"[..], 3));
        assert_eq!(now(&mut prices.subscribe(Some("f-1"))).len(), 2);
        drop(reads);
        assert_eq!((prices.counts().published, prices.counts().cut_off, prices.counts().subscribers), (3, 2, 0));
    });
}

#[test]
fn close_ends_all_who_then_have_what_was_published() {
    run(async {
        let prices = broadcast(3);
        let mut subscription = prices.subscribe(None::<&str>);
        let waiting = tokio::spawn(async move { subscription.by_ref().collect::<Vec<_>>().await });
        tokio::task::yield_now().await;
        publish(&prices, "x");
        assert!(!prices.is_closed());
        prices.close();
        assert!(prices.is_closed());
        assert_eq!(waiting.await.unwrap()[1..], ["id: e-1\ndata: x\n\n"]);
        assert_eq!(prices.subscribe(Some("e-0")).collect::<Vec<_>>().await.len(), 2);
    });
}

#[test]
fn an_answer_has_its_headers_and_a_subscription_is_a_body() {
    run(async {
        let prices = broadcast(3);
        let answer = response(prices.subscribe(None::<&str>));
        for (name, value) in HEADERS {
            assert_eq!(answer.headers()[name], value);
        }
        let mut body = answer.into_body();
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "retry: 3000\n\nid: e-0\n\n");
        assert!(!body.is_end_stream());
    });
    fn everywhere<T: Send + Sync + Clone + 'static>() {}
    everywhere::<Broadcast>();
    fn sent<T: Send + Unpin>() {}
    sent::<Subscription>();
}

/// Threads publish and read, lose their connections, and come back: what each sees over all its connections is a run without a hole or a
/// repetition, or it was told of a gap.
#[test]
fn no_subscriber_misses_an_event_without_being_told() {
    const EVENTS: u64 = 20_000;
    let prices = broadcast(64);
    let (gaps, reconnections) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for seed in 0..6_usize {
            let (prices, gaps, reconnections) = (prices.clone(), &gaps, &reconnections);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                let (mut parser, mut seen) = (Parser::new(), 0);
                for connection in 0.. {
                    let id = parser.last_event_id().to_owned();
                    let mut subscription = prices.subscribe(Some(if id.is_empty() { "e-0" } else { &id }));
                    reconnections.fetch_add(1, Relaxed);
                    // Some read on, some go after a few events.
                    let most = if (seed + connection) % 3 == 0 { usize::MAX } else { 1 + (seed * 7 + connection) % 50 };
                    let mut read = 0;
                    while read < most
                        && let Some(bytes) = runtime.block_on(subscription.next())
                    {
                        let mut input = &bytes[..];
                        while let Some(event) = parser.next(&mut input).unwrap() {
                            let number: u64 = event.last_event_id().strip_prefix("e-").unwrap_or("0").parse().unwrap();
                            if event.event_type() == "gap" {
                                gaps.fetch_add(1, Relaxed);
                            } else {
                                assert_eq!((number, event.data()), (seen + 1, &*number.to_string()), "a hole or a repetition");
                                read += 1;
                            }
                            seen = number;
                        }
                    }
                    let _ = parser.finish();
                    if seen == EVENTS {
                        return;
                    }
                }
            });
        }
        for number in 1..=EVENTS {
            publish(&prices, &number.to_string());
            if number % 16 == 0 {
                std::thread::yield_now();
            }
        }
        prices.close();
    });
    let counts = prices.counts();
    assert_eq!((counts.published, counts.subscribers), (EVENTS, 0));
    println!("{} connections, {} gaps, {} cut off", reconnections.into_inner(), gaps.into_inner(), counts.cut_off);
}

/// A waker may do anything when it is woken, replaced or dropped: publish, subscribe, own the last subscription.
#[test]
fn wakers_may_use_the_broadcast() {
    use std::{
        sync::{Arc, Mutex},
        task::{Context, Wake, Waker},
    };

    struct Busy {
        prices: Broadcast,
        owned: Mutex<Option<Subscription>>,
    }

    impl Wake for Busy {
        fn wake(self: Arc<Self>) {
            let _ = now(&mut self.prices.subscribe(Some("e-0")));
            if self.prices.counts().published < 3 {
                publish(&self.prices, "from a waker");
            }
        }
    }

    impl Drop for Busy {
        fn drop(&mut self) {
            let _ = (self.prices.counts(), self.owned.lock().unwrap().take());
        }
    }

    let prices = Broadcast::new(Replay::numbered("e").unwrap(), |_| std::future::pending());
    let busy = || {
        let owned = Mutex::new(Some(prices.subscribe(None::<&str>)));
        Waker::from(Arc::new(Busy { prices: prices.clone(), owned }))
    };
    let (mut one, mut other) = (prices.subscribe(None::<&str>), prices.subscribe(None::<&str>));
    let _ = (now(&mut one), now(&mut other));
    for _ in 0..2 {
        // The second replaces the first, which is dropped with its subscription.
        assert!(one.poll_next_unpin(&mut Context::from_waker(&busy())).is_pending());
    }
    assert!(other.poll_next_unpin(&mut Context::from_waker(&busy())).is_pending());
    publish(&prices, "x");
    assert_eq!((now(&mut one).len(), prices.counts().published), (3, 3));
    assert!(other.poll_next_unpin(&mut Context::from_waker(&busy())).is_ready());
    drop(one);
    while other.poll_next_unpin(&mut Context::from_waker(&busy())).is_ready() {}
    assert_eq!(prices.counts().subscribers, 2);
    drop(other);
    assert_eq!(prices.counts().subscribers, 0);
}
