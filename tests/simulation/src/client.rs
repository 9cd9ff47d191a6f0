//! The client, and what must be true of all that it gives.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::StreamExt;
use ssewire::{
    EventBuf, Parser,
    client::{Cause, Error, EventSource},
};
use tokio::time::{Instant, sleep};

use super::{
    model::{self, Out},
    network::connect,
    random::Random,
    world::{Place, World, count},
};

/// An event may be so large.
const LIMIT: usize = 4096;

/// How long silence is borne.
const SILENCE: Duration = Duration::from_secs(45);

/// What a timer may be late: its clock has milliseconds.
const SLACK: Duration = Duration::from_millis(5);

thread_local! {
    static ENTROPY: Random = const { Random::new(0) };
}

/// What is known of the client.
#[derive(Default)]
struct Known {
    /// When the next attempt is due, and how much the clock had jumped then.
    due: Option<(Instant, Duration)>,
    /// The last event ID and the reconnection time, by the model.
    last_event_id: String,
    retry: Option<Duration>,
    /// The next event's number, if it is known.
    next: Option<u64>,
    /// An event has come on this connection.
    has_begun: bool,
    /// What came on this connection.
    events: Vec<(String, String, String)>,
}

pub async fn run(world: &Rc<World>) {
    let known = Rc::new(RefCell::new(Known::default()));
    let (asked, asks) = (Rc::clone(&known), Rc::clone(world));
    let source = EventSource::new(
        move |resume| {
            begin(&asks, &mut asked.borrow_mut(), resume.last_event_id());
            connect(Rc::clone(&asks), resume)
        },
        sleep,
    );
    let mut events =
        source.with_parser(Parser::with_limit(LIMIT).with_skipped_ids()).with_entropy(|| ENTROPY.with(Random::next));
    while let Some(event) = events.next().await {
        let mut known = known.borrow_mut();
        match event {
            Ok(event) => got(world, &mut known, &event),
            Err(error) => {
                world.tell(|| error.to_string());
                lost(world, &mut known, &error, events.parser());
            }
        }
        if world.is_over.get() {
            break;
        }
    }
    assert!(world.is_over.get(), "the source has ended");
}

/// A connection begins.
fn begin(world: &World, known: &mut Known, last_event_id: Option<&str>) {
    count(&world.connections);
    if let Some((due, jumped)) = known.due.take() {
        let late = Instant::now().duration_since(due);
        let allowed = SLACK + (world.jumped.get() - jumped);
        assert!(Instant::now() >= due && late <= allowed, "the attempt is {late:?} late");
    }
    let id = last_event_id.unwrap_or_default();
    let wanted = if known.last_event_id.len() > 4096 { "" } else { &known.last_event_id };
    assert_eq!(id, wanted, "the id that is sent");
    world.received.borrow_mut().clear();
    world.note_byte();
    world.is_beyond.set(false);
    world.retry_after.set(None);
    known.events.clear();
    known.has_begun = false;
}

fn got(world: &World, known: &mut Known, event: &EventBuf) {
    known.events.push((event.event_type().to_owned(), event.data().to_owned(), event.last_event_id().to_owned()));
    let Some(owed) = world.owed.get() else { return };
    if event.event_type() == "gap" {
        assert_eq!((owed, known.has_begun), (Place::Gap, false), "a gap where there is none");
        world.tell(|| "a gap".to_owned());
        count(&world.gaps);
        known.next = None;
    } else {
        let digits = event.data().split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let number: u64 = digits.parse().expect("the number of an event");
        let next = match owed {
            Place::Behind(number) if !known.has_begun => Some(number + 1),
            Place::Gap if !known.has_begun => panic!("no gap was told"),
            // A server of bad will has taken the id away.
            Place::Now if !known.has_begun => None,
            _ => known.next,
        };
        assert!(next.is_none_or(|next| next == number), "event {number}, not {next:?}");
        known.next = Some(number + 1);
        if world.is_healed.get() && number == world.last.get() && world.is_late() {
            world.is_over.set(true);
        }
    }
    known.has_begun = true;
}

fn lost(world: &World, known: &mut Known, error: &Error, parser: &Parser) {
    assert!(!error.is_final(), "{error}");
    let Some(delay) = error.retry_in() else { return };
    // What reached the client, read by the model.
    let read = model::read(&world.received.borrow(), &known.last_event_id);
    let is_stream = !matches!(error.cause(), Cause::Refused { .. } | Cause::Connect(_));
    if is_stream && !world.is_beyond.get() {
        let wanted: Vec<_> = read.items.iter().filter_map(text).collect();
        assert_eq!(known.events, wanted, "the events of a connection");
        known.last_event_id = read.last_event_id;
        known.retry = read.retry.map(Duration::from_millis).or(known.retry);
    } else if is_stream {
        known.last_event_id = parser.last_event_id().to_owned();
        known.retry = parser.retry();
    }
    if matches!(error.cause(), Cause::Silent(_)) {
        let silence = world.last_byte.get().0.elapsed();
        let most = SILENCE + SLACK + (world.jumped.get() - world.last_byte.get().1);
        assert!((SILENCE..=most).contains(&silence), "silent for {silence:?}");
    }
    let retry_after = world.retry_after.get().unwrap_or_default();
    let asked = known
        .retry
        .unwrap_or(Duration::from_secs(3))
        .clamp(Duration::from_millis(100), Duration::from_secs(24 * 3600))
        .max(retry_after);
    assert!(delay >= asked, "back after {delay:?}, asked for were {asked:?}");
    let most = asked.max(Duration::from_secs(300)) * 3 / 2;
    assert!(delay <= most, "back after {delay:?}");
    known.due = Some((Instant::now() + delay, world.jumped.get()));
}

fn text(out: &Out) -> Option<(String, String, String)> {
    let Out::Event { event_type, data, last_event_id, .. } = out else { return None };
    Some((event_type.clone(), data.clone(), last_event_id.clone()))
}
