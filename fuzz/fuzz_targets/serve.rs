//! A broadcast and its clients: publish, subscribe with any id, fall behind, lose the connection, come back, start over, close. A slow
//! model that keeps everything says what each client must get.
#![no_main]

use arbitrary::Arbitrary;
use futures_util::{FutureExt, StreamExt};
use libfuzzer_sys::fuzz_target;
use ssewire::{Broadcast, Event, Parser, Replay, server::Subscription};

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Ids {
    Numbered,
    Any,
    Ordered,
}

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    /// With an id of its own, if ids are not made; with so much data more.
    Publish {
        has_id: bool,
        more: u8,
    },
    /// With the last event ID that this client has.
    Connect {
        client: u8,
    },
    ConnectWith {
        client: u8,
        id: &'a [u8],
    },
    /// With the id that event was given, or would have been given.
    ConnectAt {
        client: u8,
        number: u8,
    },
    Read {
        client: u8,
        most: u8,
    },
    Leave {
        client: u8,
    },
    StartOver,
    Close,
}

#[derive(Default)]
struct Client {
    parser: Parser,
    /// And the number of its next event, and whether its past was replaced.
    connection: Option<(Subscription, usize, bool)>,
}

/// All that was published since the last start over: the id of each event, its own or not, and its size.
struct Model {
    ids: Ids,
    epoch: usize,
    events: Vec<(String, bool, usize)>,
    max_events: usize,
    max_bytes: usize,
    published: usize,
}

fn key(id: &str) -> Option<u64> {
    id.parse().ok()
}

impl Model {
    fn replay(&self) -> Replay {
        match self.ids {
            Ids::Numbered => Replay::numbered(&self.epoch.to_string()).unwrap(),
            Ids::Any => Replay::with_ids(),
            Ids::Ordered => Replay::with_ordered_ids(|one, other| key(one).cmp(&key(other))),
        }
        .with_bounds(self.max_events, self.max_bytes)
    }

    /// How many events are forgotten.
    fn forgotten(&self) -> usize {
        let (mut kept, mut bytes) = (0, 0);
        for (_, _, size) in self.events.iter().rev() {
            bytes += size;
            if kept > 0 && (kept >= self.max_events || bytes > self.max_bytes) {
                break;
            }
            kept += 1;
        }
        self.events.len() - kept
    }

    /// How many events who has this id has seen, if what follows is known.
    fn seen(&self, id: &str) -> Option<usize> {
        let (forgotten, all) = (self.forgotten(), self.events.len());
        let seen = match self.ids {
            Ids::Numbered => {
                let digits = id.strip_prefix(&format!("{}-", self.epoch))?;
                digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??
            }
            Ids::Any => 1 + self.events.iter().rposition(|(each, has_id, _)| *has_id && each == id)?,
            Ids::Ordered => {
                // The event before the first that is known, or that one.
                let (start, is_own, _) = self.events.get(forgotten.saturating_sub(1))?;
                let (newest, _, _) = self.events.last()?;
                let is_known = key(id) > key(start) || key(id) == key(start) && *is_own;
                if !is_known || key(id) > key(newest) {
                    return None;
                }
                let smaller = self.events.iter().filter(|(each, _, _)| key(each) < key(id)).count();
                smaller + usize::from(self.events.iter().any(|(each, has_id, _)| *has_id && key(each) == key(id)))
            }
        };
        (forgotten..=all).contains(&seen).then_some(seen)
    }

    fn newest(&self) -> String {
        match self.ids {
            Ids::Numbered => format!("{}-{}", self.epoch, self.events.len()),
            _ => self.events.last().map_or(String::new(), |(id, _, _)| id.clone()),
        }
    }

    fn connect(&self, broadcast: &Broadcast, client: &mut Client, id: &[u8], is_closed: bool) {
        let mut subscription = broadcast.subscribe(Some(id));
        let _ = client.parser.finish();
        let id = str::from_utf8(id);
        let _ = client.parser.set_last_event_id(id.unwrap_or_default());
        let seen = match id {
            Ok("") => Some(self.events.len()),
            Ok(id) => self.seen(id),
            Err(_) => None,
        };
        let greeting = subscription.next().now_or_never().unwrap().unwrap();
        let mut input = &greeting[..];
        let event =
            client.parser.next(&mut input).unwrap().map(|event| (event.event_type().to_owned(), event.data().to_owned()));
        assert!(input.is_empty());
        if seen.is_none() {
            let oldest = match self.ids {
                _ if self.events.is_empty() => String::new(),
                Ids::Numbered => format!("{}-{}", self.epoch, self.forgotten() + 1),
                _ => self.events[self.forgotten()].0.clone(),
            };
            assert_eq!(event, Some(("gap".to_owned(), oldest)));
        } else {
            assert_eq!(event, None);
        }
        let forgotten = self.forgotten();
        match (seen, self.ids, forgotten.checked_sub(1).map(|floor| &self.events[floor])) {
            (None, Ids::Numbered, _) => assert_eq!(client.parser.last_event_id(), format!("{}-{forgotten}", self.epoch)),
            (None, _, Some((floor, true, _))) => assert_eq!(client.parser.last_event_id(), floor),
            (Some(_), _, _) if id == Ok("") => assert_eq!(client.parser.last_event_id(), self.newest()),
            _ => {}
        }
        let next = seen.unwrap_or(forgotten);
        client.connection = Some((subscription, next, false));
        self.read(client, 0, is_closed);
    }

    fn read(&self, client: &mut Client, most: u8, is_closed: bool) {
        let Some((subscription, next, is_replaced)) = &mut client.connection else { return };
        for _ in 0..most {
            match subscription.next().now_or_never() {
                Some(Some(bytes)) => {
                    assert!(!*is_replaced && *next >= self.forgotten());
                    let mut input = &bytes[..];
                    let event = client.parser.next(&mut input).unwrap().expect("an event");
                    let (id, has_id, size) = &self.events[*next];
                    // (Without one, the client keeps its own, which may be written otherwise.)
                    assert!(!has_id || event.id() == Some(id));
                    assert_eq!(event.data().trim_end_matches('x'), next.to_string());
                    assert_eq!((bytes.len(), input.len()), (*size, 0));
                    *next += 1;
                }
                Some(None) => {
                    assert!(*is_replaced || *next < self.forgotten() || is_closed && *next == self.events.len());
                    client.connection = None;
                    return;
                }
                None => {
                    assert!(!*is_replaced && !is_closed && *next == self.events.len());
                    return;
                }
            }
        }
    }
}

fuzz_target!(|input: (Ids, u8, u16, Vec<Op<'_>>)| {
    let (ids, max_events, max_bytes, ops) = input;
    let (max_events, max_bytes) = (usize::from(max_events), usize::from(max_bytes));
    let mut model = Model { ids, epoch: 0, events: Vec::new(), max_events, max_bytes, published: 0 };
    let broadcast = Broadcast::new(model.replay(), |_| std::future::pending());
    let mut clients: [Client; 4] = Default::default();
    let mut is_closed = false;
    for op in ops {
        match op {
            Op::Publish { has_id, more } => {
                let number = model.events.len();
                let data = format!("{number}{}", "x".repeat(more.into()));
                model.published += 1;
                let id = match (ids, has_id) {
                    (Ids::Numbered, _) => format!("{}-{}", model.epoch, number + 1),
                    (_, true) => (2 * model.published).to_string(),
                    (_, false) => model.newest(),
                };
                let event = Event::new(&data);
                let event = if has_id { event.with_id(&id).unwrap() } else { event };
                assert_eq!(broadcast.publish(&event).unwrap_or_default(), id);
                let sent = if ids == Ids::Numbered { event.with_id(&id).unwrap() } else { event };
                let length = sent.encode().len();
                model.events.push((id, has_id || ids == Ids::Numbered, length));
            }
            Op::Connect { client } => {
                let client = &mut clients[usize::from(client % 4)];
                let id = client.parser.last_event_id().to_owned();
                model.connect(&broadcast, client, id.as_bytes(), is_closed);
            }
            Op::ConnectWith { client, id } => model.connect(&broadcast, &mut clients[usize::from(client % 4)], id, is_closed),
            Op::ConnectAt { client, number } => {
                let id = if ids == Ids::Numbered { format!("{}-{number}", model.epoch) } else { number.to_string() };
                model.connect(&broadcast, &mut clients[usize::from(client % 4)], id.as_bytes(), is_closed);
            }
            Op::Read { client, most } => model.read(&mut clients[usize::from(client % 4)], most, is_closed),
            Op::Leave { client } => clients[usize::from(client % 4)].connection = None,
            Op::StartOver => {
                model.epoch += 1;
                model.events.clear();
                broadcast.start_over(model.replay());
                clients.iter_mut().filter_map(|client| client.connection.as_mut()).for_each(|connection| connection.2 = true);
            }
            Op::Close => {
                is_closed = true;
                broadcast.close();
            }
        }
        let counts = broadcast.counts();
        let connected = clients.iter().filter(|client| client.connection.is_some()).count();
        assert_eq!((counts.published, counts.subscribers), (model.published as u64, connected as u64));
    }
    for client in &mut clients {
        model.read(client, u8::MAX, is_closed);
    }
});
