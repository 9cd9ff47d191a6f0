//! [`Replay`] against a naive one, which walks all that was ever pushed.
#![cfg(feature = "bytes")]

use std::cmp::Ordering;

use bytes::Bytes;
use proptest::prelude::*;
use ssewire::{Event, Replay};

/// All that was ever pushed, and how many of the first are forgotten.
#[derive(Default)]
struct Naive {
    events: Vec<(Option<String>, Bytes)>,
    forgotten: usize,
    floor: Option<String>,
}

impl Naive {
    fn push(&mut self, id: Option<&str>, wire: Bytes, max_events: usize, max_bytes: usize) {
        self.events.push((id.map(str::to_owned), wire));
        // The newest is always kept.
        while self.kept().len() > 1
            && (self.kept().len() > max_events || self.kept().iter().map(|(_, wire)| wire.len()).sum::<usize>() > max_bytes)
        {
            self.forgotten += 1;
        }
    }

    fn kept(&self) -> &[(Option<String>, Bytes)] {
        &self.events[self.forgotten..]
    }

    /// What came after the first event for which this holds, unless some of it is forgotten.
    fn after(&self, seen: usize) -> Option<Vec<Bytes>> {
        (seen >= self.forgotten).then(|| self.events[seen..].iter().map(|(_, wire)| wire.clone()).collect())
    }

    fn after_any(&self, id: &str) -> Option<Vec<Bytes>> {
        if id.is_empty() {
            return Some(Vec::new());
        }
        let seen = self.events.iter().rposition(|(own, _)| own.as_deref() == Some(id)).map(|index| index + 1);
        self.after(seen.or_else(|| (self.floor.as_deref() == Some(id)).then_some(0))?)
    }

    /// With ids that are numbers.
    fn after_ordered(&self, id: u64) -> Option<Vec<Bytes>> {
        let number = |own: &Option<String>| own.as_ref().map(|own| own.parse::<u64>().unwrap());
        let newest = self.events.iter().rev().find_map(|(own, _)| number(own)).or_else(|| number(&self.floor))?;
        let oldest = number(&self.floor).or_else(|| self.events.iter().find_map(|(own, _)| number(own)))?;
        if id > newest || id < oldest {
            return None;
        }
        // Behind the last event with that id, or a smaller one: and events without an id come again.
        let seen =
            self.events.iter().rposition(|(own, _)| number(own).is_some_and(|own| own <= id)).map_or(0, |index| index + 1);
        let itself = seen > 0 && number(&self.events[seen - 1].0) == Some(id);
        // An id between two: all without an id before it were seen.
        let seen = if itself {
            seen
        } else {
            (seen..self.events.len()).find(|index| self.events[*index].0.is_some()).unwrap_or(self.events.len())
        };
        self.after(seen)
    }
}

fn wires<'a>(after: Result<impl Iterator<Item = &'a Bytes>, ssewire::replay::Gap>) -> Option<Vec<Bytes>> {
    after.ok().map(|events| events.cloned().collect())
}

fn bounds() -> impl Strategy<Value = (usize, usize)> {
    (prop_oneof![0..6_usize, Just(usize::MAX)], prop_oneof![0..200_usize, Just(usize::MAX)])
}

fn by_number(one: &str, other: &str) -> Ordering {
    one.parse::<u64>().ok().cmp(&other.parse().ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbered((max_events, max_bytes) in bounds(), lengths in proptest::collection::vec(0..40_usize, 0..20)) {
        let mut past = Replay::numbered("e").unwrap().with_bounds(max_events, max_bytes);
        let mut naive = Naive { floor: Some("e-0".to_owned()), ..Naive::default() };
        for (number, length) in (1..).zip(lengths) {
            let id = format!("e-{number}");
            let data = "x".repeat(length);
            let wire = past.push(&Event::new(&data).with_id("its own").unwrap());
            prop_assert_eq!(&wire, &format!("id: {id}\ndata: {data}\n\n"));
            naive.push(Some(&id), wire, max_events, max_bytes);
            prop_assert_eq!(past.all().cloned().collect::<Vec<_>>(), naive.kept().iter().map(|(_, wire)| wire.clone()).collect::<Vec<_>>());
            for seen in 0..25 {
                let id = format!("e-{seen}");
                prop_assert_eq!(wires(past.after(&id)), naive.after_any(&id), "{}", id);
            }
            for id in ["f-1", "e-", "e-+1", "e-1x", "e", "1", "e-18446744073709551616", "e--1"] {
                let gap = past.after(id).err().unwrap();
                prop_assert_eq!(gap.newest, naive.kept().last().and_then(|(id, _)| id.clone()));
                prop_assert_eq!(gap.oldest, naive.kept().first().and_then(|(id, _)| id.clone()));
            }
            prop_assert_eq!(wires(past.after("")), Some(Vec::new()));
        }
    }

    #[test]
    fn any_ids((max_events, max_bytes) in bounds(), ids in proptest::collection::vec(proptest::option::of("[a-d]{0,1}"), 0..20), floor in proptest::option::of("[a-e]")) {
        let mut past = Replay::with_ids().with_bounds(max_events, max_bytes);
        if let Some(floor) = &floor {
            past = past.with_floor(floor);
        }
        let mut naive = Naive { floor, ..Naive::default() };
        for (number, id) in ids.into_iter().enumerate() {
            let data = number.to_string();
            let event = Event::new(&data);
            let event = id.as_deref().map_or(event, |id| event.with_id(id).unwrap());
            let wire = past.push(&event);
            naive.push(id.as_deref(), wire, max_events, max_bytes);
            for id in ["", "a", "b", "c", "d", "e", "f"] {
                prop_assert_eq!(wires(past.after(id)), naive.after_any(id), "{} of {:?}", id, naive.events);
            }
        }
    }

    #[test]
    fn ordered_ids((max_events, max_bytes) in bounds(), steps in proptest::collection::vec(0..4_u64, 0..20), floor in proptest::option::of(0..3_u64)) {
        let mut past = Replay::with_ordered_ids(by_number).with_bounds(max_events, max_bytes);
        let mut newest = 3;
        let mut naive = Naive { floor: floor.map(|floor| floor.to_string()), ..Naive::default() };
        if let Some(floor) = &naive.floor {
            past = past.with_floor(floor);
        }
        for (number, step) in steps.into_iter().enumerate() {
            // No step: an event without an id, unless it is the first.
            newest += step.max(u64::from(number == 0));
            let (id, data) = (newest.to_string(), number.to_string());
            let event = Event::new(&data);
            let has_id = step > 0 || number == 0;
            let wire = past.push(&if has_id { event.with_id(&id).unwrap() } else { event });
            naive.push(has_id.then_some(&id), wire, max_events, max_bytes);
            for id in 0..newest + 3 {
                prop_assert_eq!(wires(past.after(&id.to_string())), naive.after_ordered(id), "{} of {:?}, floor {:?}", id, naive.events, naive.floor);
            }
            prop_assert!(past.after("text").is_err());
        }
    }
}

/// Found by fuzzing: an order that does not know a text took it for the id that the first events do not have.
#[test]
fn what_is_no_id_is_a_gap_even_if_the_first_event_has_none() {
    let mut past = Replay::with_ordered_ids(|one, other| one.parse::<u64>().ok().cmp(&other.parse::<u64>().ok()));
    let _ = past.push(&Event::new("x"));
    assert!(past.after("text").is_err());
    let _ = past.push(&Event::new("x").with_id("4").unwrap());
    assert!(past.after("text").is_err());
    assert_eq!(past.after("4").unwrap().len(), 0);
}

#[test]
fn the_wire_form_is_made_once_and_shared() {
    let mut past = Replay::with_ids();
    let wire = past.push(&Event::new("x").with_id("1").unwrap());
    let _ = past.push(&Event::new("y").with_id("2").unwrap());
    assert_eq!(past.all().next().unwrap().as_ptr(), wire.as_ptr());
    let missed: Vec<_> = past.after("1").unwrap().collect();
    assert_eq!((missed.len(), missed[0].as_ptr()), (1, past.all().nth(1).unwrap().as_ptr()));
}

#[test]
fn a_gap_says_what_is_known() {
    let mut past = Replay::numbered("5").unwrap().with_bounds(2, usize::MAX);
    assert_eq!(past.after("4-9").err().unwrap().to_string(), "the last event ID is not known: there are no events yet");
    for data in ["a", "b", "c"] {
        let _ = past.push(&Event::new(data));
    }
    assert_eq!(past.after("5-0").err().unwrap().to_string(), "the last event ID is not among those from 5-2 to 5-3");
    assert_eq!(past.after("5-1").unwrap().len(), 2, "nothing after it is forgotten");
    assert!(Replay::numbered("a\nb").is_err());
}
