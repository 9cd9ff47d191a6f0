//! A server that publishes, and has moods: it restarts, starts over, and sleeps.

use std::time::Duration;

use ssewire::{Broadcast, Event, Replay};
use tokio::time::{advance, sleep};

use super::world::{Past, World, count};

pub async fn run(world: &World) {
    let (mut epoch, random) = (0_u64, &world.random);
    begin(world, epoch);
    while world.now() < world.plan.until {
        sleep(random.around(world.plan.pause)).await;
        if !world.fails(world.plan.moods) {
            publish(world);
            continue;
        }
        epoch += 1;
        match random.below(4) {
            0 => {
                world.tell(|| "the server is down".to_owned());
                // Its subscriptions end with it.
                world.server.take().inspect(Broadcast::close);
                sleep(random.around(Duration::from_secs(60))).await;
                begin(world, epoch);
            }
            1 => {
                world.tell(|| format!("the server starts over, epoch {epoch}"));
                let replay = replay(world, epoch);
                world.server.borrow().as_ref().expect("it is up").start_over(replay);
            }
            2 => {
                let hours = random.around(Duration::from_secs(3600));
                world.tell(|| format!("the clock jumps by {hours:?}"));
                world.jumped.set(world.jumped.get() + hours);
                advance(hours).await;
            }
            // So fast that no subscriber can have read them.
            _ => (0..random.below(150)).for_each(|_| publish(world)),
        }
    }
    world.is_healed.set(true);
    world.tell(|| "nothing fails any more".to_owned());
    // The client may wait for as long as it was told to, at most a day and a half of jitter. Then it gets all that is new.
    for _ in 0..40 {
        sleep(Duration::from_secs(3600)).await;
        publish(world);
    }
    sleep(Duration::from_secs(600)).await;
    assert!(world.is_over.get(), "the client has not got the last event");
    world.server.borrow().as_ref().expect("it is up").close();
}

fn begin(world: &World, epoch: u64) {
    world.tell(|| format!("the server is up, epoch {epoch}"));
    let replay = replay(world, epoch);
    let server = Broadcast::new(replay, sleep).with_heartbeat(world.plan.heartbeat).with_retry(world.plan.retry);
    world.server.replace(Some(server));
}

/// A past for a new epoch: empty, or with what is remembered elsewhere.
fn replay(world: &World, epoch: u64) -> Replay {
    let ((events, bytes), last) = (world.plan.bounds, world.last.get());
    let before = if world.plan.has_ids { last.to_string() } else { format!("e{epoch}-0") };
    world.past.replace(Past { before: (before, last), events: Vec::new() });
    if !world.plan.has_ids {
        return Replay::numbered(&format!("e{epoch}")).expect("an epoch").with_bounds(events, bytes);
    }
    // Who has the newest of the events of before has missed nothing.
    Replay::with_ids().with_bounds(events, bytes).with_floor(&last.to_string())
}

fn publish(world: &World) {
    count(&world.last);
    let (number, random) = (world.last.get(), &world.random);
    let mut data = number.to_string();
    match random.below(8) {
        0 => data.push_str(&format!("\n{}", "x".repeat(random.below(1000) as usize))),
        1 => data.push_str("\r\n\u{FEFF}: more\rdata: and more\n"),
        2 => data.push_str(" 🦀 über"),
        _ => {}
    }
    let id = number.to_string();
    let mut event = Event::new(&data);
    if random.chance(100) {
        event = event.with_type("other").expect("a type");
    }
    if world.plan.has_ids {
        event = event.with_id(&id).expect("an id");
    }
    let server = world.server.borrow();
    let id = server.as_ref().expect("it is up").publish(&event).expect("each event has an id");
    let length = event.with_id(&id).expect("an id").encode().len();
    world.past.borrow_mut().events.push((id, number, length));
}
