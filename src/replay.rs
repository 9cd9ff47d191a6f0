//! What a server remembers, so that a client that comes back with `Last-Event-ID` gets what it has missed.
//!
//! [`Replay`] is a past with bounds: the newest events, each encoded once. It has no clock, no I/O and no lock.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, VecDeque},
    format,
    string::String,
};
use core::{cmp::Ordering, fmt};

use bytes::Bytes;

use crate::{Event, InvalidField, field::Field};

/// The newest events of a stream, within bounds: [`push`](Self::push) one, and give a client that comes back those [`after`](Self::after) its id.
///
/// ```
/// use ssewire::{Event, Replay};
///
/// let mut past = Replay::numbered("5f2a")?;                    // an epoch: what differs at each start of the server
/// for price in ["189.5", "189.7", "189.6"] {
///     let _wire = past.push(&Event::new(price));               // to all who listen
/// }
/// let missed: Vec<_> = past.after("5f2a-1").unwrap().collect();
/// assert_eq!(missed, ["id: 5f2a-2\ndata: 189.7\n\n", "id: 5f2a-3\ndata: 189.6\n\n"]);
/// // An id of before the restart, or of the future: there is no telling what was missed.
/// assert_eq!(past.after("77c1-9").err().unwrap().newest.as_deref(), Some("5f2a-3"));
/// # Ok::<_, ssewire::InvalidField>(())
/// ```
///
/// # Ids
///
/// A `Replay` numbers the events itself ([`numbered`](Self::numbered)), or takes those that events have: any text
/// ([`with_ids`](Self::with_ids)), or text with an order, such as the ids of Redis Streams ([`with_ordered_ids`](Self::with_ordered_ids)).
///
/// # Costs
///
/// `push` encodes the event and moves nothing. To find the place of an id takes one step if events are numbered, and else a
/// search by halves: the past is never walked. What `after` gives is shared, not copied. It holds the encoded bytes, the ids that it did not make
/// itself, and some 60 bytes for each event.
#[derive(Clone, Debug)]
pub struct Replay {
    events: VecDeque<Past>,
    /// The number of the first of them. The first event ever has number 1.
    first: u64,
    /// How many bytes they have, encoded.
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
    ids: Ids,
    /// The id of the last event that was forgotten.
    floor: Option<String>,
    /// That event had it itself, so who has the id has seen the event.
    is_floor_own: bool,
}

#[derive(Clone, Debug)]
struct Past {
    /// Its own, or that of the event before it. Empty where events are numbered.
    id: String,
    has_id: bool,
    wire: Bytes,
}

#[derive(Clone, Debug)]
enum Ids {
    /// The epoch, and a hyphen.
    Numbered(String),
    /// The number of the last event with each id.
    Any(BTreeMap<String, u64>),
    Ordered(fn(&str, &str) -> Ordering),
}

/// Where an event is.
#[cfg(feature = "server")]
pub(crate) enum Place<'a> {
    Here(&'a Bytes),
    ToCome,
    Forgotten,
}

/// A client has missed events, or may have: its id is not among those that are remembered. Tell it, for instance by an event of the type
/// `gap`: silence would be taken for nothing having happened. Then give it [all](Replay::all) that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Gap {
    /// The id of the oldest event that is remembered.
    pub oldest: Option<String>,
    /// And that of the newest: [`Replay::last_event_id`].
    pub newest: Option<String>,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.oldest, &self.newest) {
            (Some(oldest), Some(newest)) => write!(f, "the last event ID is not among those from {oldest} to {newest}"),
            _ => f.write_str("the last event ID is not known: there are no events yet"),
        }
    }
}

impl core::error::Error for Gap {}

impl Replay {
    /// Gives each event an id: this epoch, a hyphen, and its number from 1 on. Take another epoch at each start of the server, such as the
    /// time of it, so that an id from before is not taken for a later one.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if the epoch holds CR, LF or NUL.
    pub fn numbered(epoch: &str) -> Result<Self, InvalidField> {
        InvalidField::check(Field::Id, epoch)?;
        Ok(Self::new(Ids::Numbered(format!("{epoch}-"))))
    }

    /// Takes the ids that events have, of any text. They are found by their place: that of the newest event with that id.
    /// An event without an id is given to those who have the id before it.
    #[must_use]
    pub const fn with_ids() -> Self {
        Self::new(Ids::Any(BTreeMap::new()))
    }

    /// Takes the ids that events have, in this order, in which they must be pushed. So an id that is not remembered itself has its place
    /// between two that are. Set what came before the first event by [`with_floor`](Self::with_floor): otherwise all ids
    /// before it are a gap.
    ///
    /// ```
    /// use ssewire::{Event, Replay};
    ///
    /// /// As Redis Streams has them: milliseconds, a hyphen, a count.
    /// fn key(id: &str) -> Option<(u64, u64)> {
    ///     let (time, count) = id.split_once('-')?;
    ///     Some((time.parse().ok()?, count.parse().ok()?))
    /// }
    ///
    /// let mut past = Replay::with_ordered_ids(|one, other| key(one).cmp(&key(other))).with_floor("5-0");
    /// for id in ["9-0", "10-0", "10-1"] {
    ///     past.push(&Event::new("x").with_id(id)?);
    /// }
    /// assert_eq!(past.after("10-0").unwrap().count(), 1);
    /// assert_eq!(past.after("7-3").unwrap().count(), 3);
    /// assert!(past.after("4-0").is_err() && past.after("11-0").is_err() && past.after("text").is_err());
    /// # Ok::<_, ssewire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn with_ordered_ids(order: fn(&str, &str) -> Ordering) -> Self {
        Self::new(Ids::Ordered(order))
    }

    const fn new(ids: Ids) -> Self {
        Self {
            events: VecDeque::new(),
            first: 1,
            bytes: 0,
            max_events: 1024,
            max_bytes: 1 << 20,
            ids,
            floor: None,
            is_floor_own: true,
        }
    }

    /// With at most so many events, and so many bytes of them as they are encoded: 1024 and 1 MiB in a new one. The oldest are forgotten first; the
    /// newest is always remembered, however large it is.
    #[must_use]
    pub fn with_bounds(mut self, events: usize, bytes: usize) -> Self {
        (self.max_events, self.max_bytes) = (events, bytes);
        self.forget();
        self
    }

    /// With an id behind which nothing is missing: that of the newest event before the first one here. Not for numbered events, which know.
    #[must_use]
    pub fn with_floor(mut self, id: &str) -> Self {
        self.floor = Some(id.to_owned());
        self
    }

    /// Adds an event, and gives its wire form, which is made once and shared. If events are numbered, its own id is replaced.
    pub fn push(&mut self, event: &Event<'_>) -> Bytes {
        let number = self.next_number();
        let has_id = event.id().is_some();
        let (id, wire) = match &mut self.ids {
            Ids::Numbered(epoch) => {
                let id = format!("{epoch}{number}");
                // (The epoch was checked, and digits are an id.)
                (String::new(), event.with_id(&id).unwrap_or(*event).encode().to_bytes())
            }
            Ids::Any(places) => {
                let id = event.id().map(ToOwned::to_owned);
                if let Some(id) = &id {
                    places.insert(id.clone(), number);
                }
                (id.unwrap_or_else(|| newest(&self.events, &self.floor)), event.encode().to_bytes())
            }
            Ids::Ordered(_) => {
                let id = event.id().map(ToOwned::to_owned);
                (id.unwrap_or_else(|| newest(&self.events, &self.floor)), event.encode().to_bytes())
            }
        };
        self.bytes = self.bytes.saturating_add(wire.len());
        self.events.push_back(Past { id, has_id, wire: wire.clone() });
        self.forget();
        wire
    }

    /// What came after the event with this id, the oldest first. An empty id is that of a client which has seen nothing, and missed nothing.
    ///
    /// # Errors
    ///
    /// [`Gap`] if something may be missing: the id is older than what is remembered, newer than all of it, of before a restart, or not known.
    pub fn after(&self, last_event_id: &str) -> Result<impl ExactSizeIterator<Item = &Bytes> + use<'_>, Gap> {
        let next = self.next_after(last_event_id)?;
        Ok(self.events.range(next.saturating_sub(self.first) as usize..).map(|past| &past.wire))
    }

    /// The number of the next event of who has this id.
    pub(crate) fn next_after(&self, last_event_id: &str) -> Result<u64, Gap> {
        let next = self.next_number();
        if last_event_id.is_empty() {
            return Ok(next);
        }
        let after = self.number_of(last_event_id).and_then(|seen| seen.checked_add(1));
        after.filter(|after| (self.first..=next).contains(after)).ok_or_else(|| self.gap())
    }

    /// The number of the oldest event that is remembered, and the id of a client that has missed none from there on.
    #[cfg(feature = "server")]
    pub(crate) fn start(&self) -> (u64, Option<String>) {
        let floor = match &self.ids {
            Ids::Numbered(epoch) => Some(format!("{epoch}{}", self.first.saturating_sub(1))),
            Ids::Any(_) | Ids::Ordered(_) => self.floor.clone().filter(|_| self.is_floor_own),
        };
        (self.first, floor)
    }

    /// The number of the next event of all.
    fn next_number(&self) -> u64 {
        self.first.saturating_add(self.events.len() as u64)
    }

    /// What is known, for who has an id that is not.
    pub(crate) fn gap(&self) -> Gap {
        Gap { oldest: self.id_at(self.first), newest: self.last_event_id() }
    }

    /// The last event ID of a client that has seen every event: the id of the newest one. A client that starts now should get it, so that
    /// it misses nothing if its connection ends before its first event. `None` if no event had an id yet, and there is no floor.
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        match &self.ids {
            Ids::Numbered(epoch) => Some(format!("{epoch}{}", self.next_number().saturating_sub(1))),
            Ids::Any(_) | Ids::Ordered(_) => Some(newest(&self.events, &self.floor)).filter(|id| !id.is_empty()),
        }
    }

    /// The event with this number.
    #[cfg(feature = "server")]
    pub(crate) fn at(&self, number: u64) -> Place<'_> {
        match number.checked_sub(self.first) {
            Some(index) => self.events.get(index as usize).map_or(Place::ToCome, |past| Place::Here(&past.wire)),
            None => Place::Forgotten,
        }
    }

    /// All that is remembered, the oldest first.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Bytes> {
        self.events.iter().map(|past| &past.wire)
    }

    /// The number of the last event that who has this id has seen.
    fn number_of(&self, id: &str) -> Option<u64> {
        let before = self.first.saturating_sub(1);
        let is_floor = || self.is_floor_own && self.floor.as_deref() == Some(id);
        match &self.ids {
            Ids::Numbered(epoch) => {
                let digits = id.strip_prefix(epoch.as_str())?;
                digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
            }
            Ids::Any(places) => places.get(id).copied().or_else(|| is_floor().then_some(before)),
            Ids::Ordered(order) => {
                let front = || self.events.front().map(|past| (past.id.as_str(), past.has_id));
                let (oldest, is_own) = self.floor.as_deref().map(|floor| (floor, self.is_floor_own)).or_else(front)?;
                let is_remembered = order(id, oldest).is_gt() || is_own && order(id, oldest).is_eq();
                let newest = self.events.back().map_or(oldest, |past| past.id.as_str());
                if !is_remembered || order(id, newest).is_gt() {
                    return None;
                }
                // Events without an id come after the one whose id they have.
                let smaller = self.events.partition_point(|past| order(&past.id, id).is_lt());
                let is_itself = self.events.get(smaller).is_some_and(|past| past.has_id && order(&past.id, id).is_eq());
                Some(before.saturating_add(smaller as u64).saturating_add(u64::from(is_itself)))
            }
        }
    }

    /// The id of the event with this number, if it is remembered.
    fn id_at(&self, number: u64) -> Option<String> {
        let past = self.events.get(usize::try_from(number.checked_sub(self.first)?).ok()?)?;
        Some(match &self.ids {
            Ids::Numbered(epoch) => format!("{epoch}{number}"),
            Ids::Any(_) | Ids::Ordered(_) => past.id.clone(),
        })
    }

    /// Forgets the oldest events, as far as the bounds want it.
    fn forget(&mut self) {
        while self.events.len() > 1
            && (self.events.len() > self.max_events || self.bytes > self.max_bytes)
            && let Some(past) = self.events.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(past.wire.len());
            if let Ids::Any(places) = &mut self.ids
                && places.get(&past.id) == Some(&self.first)
            {
                places.remove(&past.id);
            }
            self.first = self.first.saturating_add(1);
            (self.floor, self.is_floor_own) = (Some(past.id), past.has_id);
        }
    }
}

/// The id that an event without one inherits.
fn newest(events: &VecDeque<Past>, floor: &Option<String>) -> String {
    events.back().map(|past| past.id.clone()).or_else(|| floor.clone()).unwrap_or_default()
}
