//! Publishing to subscribers that wait: the time of a delivery, from `publish` until each of them has the event and waits again. A
//! program of its own, since it takes its time. `wakeups [SUBSCRIBERS [EVENTS [NAME]]]` prints a line for each way.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::StreamExt;
use ssewire::{Broadcast, Event, Replay};
use tokio::{sync::broadcast, task::LocalSet};
use tokio_stream::wrappers::BroadcastStream;

const DATA: &str = r#"{"symbol":"AAPL","price":189.5}"#;

/// Publishes events, each when all have the one before. The time of a delivery, in nanoseconds.
async fn run(subscribers: usize, events: usize, seen: &Cell<usize>, publish: impl Fn()) -> f64 {
    let all = async |deliveries| {
        while seen.get() < deliveries {
            tokio::task::yield_now().await;
        }
        // Once more, so that all wait again.
        tokio::task::yield_now().await;
    };
    // All have had one event, and have their memory.
    publish();
    all(subscribers).await;
    let start = Instant::now();
    for event in 2..=events + 1 {
        publish();
        all(event * subscribers).await;
    }
    start.elapsed().as_nanos() as f64 / (events * subscribers) as f64
}

async fn ours(subscribers: usize, events: usize) -> f64 {
    let sender = Broadcast::new(Replay::numbered("1").expect("an epoch"), tokio::time::sleep);
    let seen = Rc::new(Cell::new(0));
    for _ in 0..subscribers {
        let (mut subscription, seen) = (sender.subscribe(None::<&str>), seen.clone());
        tokio::task::spawn_local(async move {
            let _greeting = subscription.next().await;
            while subscription.next().await.is_some() {
                seen.set(seen.get() + 1);
            }
        });
    }
    run(subscribers, events, &seen, || drop(sender.publish(&Event::new(DATA)))).await
}

/// A channel alone: without ids, a past, and heartbeats.
async fn channel(subscribers: usize, events: usize) -> f64 {
    let (sender, _) = broadcast::channel(1024);
    let seen = Rc::new(Cell::new(0));
    for _ in 0..subscribers {
        let (mut receiver, seen) = (sender.subscribe(), seen.clone());
        tokio::task::spawn_local(async move {
            while receiver.recv().await.is_ok() {
                seen.set(seen.get() + 1);
            }
        });
    }
    run(subscribers, events, &seen, || drop(sender.send(Event::new(DATA).encode().to_bytes()))).await
}

/// The same as a stream, as a body needs it.
async fn channel_as_a_stream(subscribers: usize, events: usize) -> f64 {
    let (sender, _) = broadcast::channel::<Bytes>(1024);
    let seen = Rc::new(Cell::new(0));
    for _ in 0..subscribers {
        let (mut receiver, seen) = (BroadcastStream::new(sender.subscribe()), seen.clone());
        tokio::task::spawn_local(async move {
            while receiver.next().await.is_some() {
                seen.set(seen.get() + 1);
            }
        });
    }
    run(subscribers, events, &seen, || drop(sender.send(Event::new(DATA).encode().to_bytes()))).await
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(default, |number| number.parse().expect("a number"));
    let (subscribers, events) = (number(10_000), number(30));
    let name = arguments.next().unwrap_or_default();
    const ROUNDS: usize = 5;
    let mut best = [Duration::MAX.as_nanos() as f64; 3];
    for _ in 0..ROUNDS {
        for (way, best) in best.iter_mut().enumerate().filter(|(way, _)| NAMES[*way].contains(&name)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let time = LocalSet::new().block_on(&runtime, async {
                match way {
                    0 => ours(subscribers, events).await,
                    1 => channel(subscribers, events).await,
                    _ => channel_as_a_stream(subscribers, events).await,
                }
            });
            *best = best.min(time);
        }
    }
    for (name, best) in NAMES.iter().zip(best).filter(|(each, _)| each.contains(&name)) {
        println!("{name}\t{best:.0}");
    }
}

const NAMES: [&str; 3] = ["ssewire Broadcast", "tokio broadcast", "tokio BroadcastStream"];
