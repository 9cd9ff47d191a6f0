//! What a subscription holds: a place and a timer, and nothing that grows while nothing is published.
#![cfg(feature = "server")]

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use ssewire::{Broadcast, Event, Replay};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn subscriptions_are_small_and_leave_nothing_behind() {
    const SUBSCRIBERS: usize = 10_000;
    let _profiler = dhat::Profiler::builder().testing().build();
    let held = || dhat::HeapStats::get().curr_bytes;
    // (A timer of no size: that of tokio takes another 120 bytes.)
    let prices = Broadcast::new(Replay::numbered("e").unwrap(), |_| std::future::pending());
    let mut context = Context::from_waker(Waker::noop());
    let before = held();
    let mut subscriptions = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS {
        let mut subscription = prices.subscribe(None::<&str>);
        assert!(subscription.next().now_or_never().is_some());
        assert!(matches!(subscription.poll_next_unpin(&mut context), Poll::Pending));
        subscriptions.push(subscription);
    }
    let each = (held() - before) / SUBSCRIBERS;
    println!("{each} bytes a subscription");
    assert!(each <= 160, "{each} bytes");

    // Events are shared: a burst that all are behind costs what the past costs, and is sent without a copy.
    prices.publish(&Event::new(&"x".repeat(1000)));
    let before = held();
    let got: Vec<Bytes> = subscriptions.iter_mut().map(|each| each.next().now_or_never().unwrap().unwrap()).collect();
    assert!(held() - before <= size_of::<Bytes>() * SUBSCRIBERS, "{} bytes", held() - before);
    drop((got, subscriptions));

    let before = held();
    for _ in 0..SUBSCRIBERS {
        let mut subscription = prices.subscribe(None::<&str>);
        let _ = subscription.next().now_or_never();
        assert!(matches!(subscription.poll_next_unpin(&mut context), Poll::Pending));
    }
    assert_eq!((held(), prices.counts().subscribers), (before, 0));
}
