//! What client, network and server share: the seed, the clock, and what is true.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use ssewire::Broadcast;
use tokio::time::Instant;

use super::{Done, random::Random};

/// What a server has published since it began, or began anew: each event's id and the length of its wire form.
#[derive(Default)]
pub struct Past {
    /// The id of who has seen nothing, and missed nothing; and the number of the event before the first one.
    pub before: (String, u64),
    pub events: Vec<(String, u64, usize)>,
}

/// What a server owes to a client that comes with an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// What is published from now on.
    #[default]
    Now,
    /// The event behind the one with this number, and all that follow.
    Behind(u64),
    /// To tell of a gap.
    Gap,
}

/// How one world differs from another.
pub struct Plan {
    pub until: Duration,
    /// The mean time between two events.
    pub pause: Duration,
    /// Of a thousand connections, how many meet a fault of the network.
    pub faults: u64,
    /// Of a thousand steps of the server, how many are something else than an event.
    pub moods: u64,
    pub heartbeat: Duration,
    pub retry: Duration,
    /// What is remembered: events, and bytes.
    pub bounds: (usize, usize),
    /// Events have ids of their own, which the server remembers across restarts.
    pub has_ids: bool,
}

pub struct World {
    pub random: Random,
    pub plan: Plan,
    start: Instant,
    is_told: bool,
    /// Nothing fails any more.
    pub is_healed: Cell<bool>,
    /// The client has what it must have.
    pub is_over: Cell<bool>,
    /// `None` while it is down.
    pub server: RefCell<Option<Broadcast>>,
    pub past: RefCell<Past>,
    /// By how much the clock has jumped.
    pub jumped: Cell<Duration>,
    /// The number of the last event.
    pub last: Cell<u64>,
    pub connections: Cell<u64>,
    pub gaps: Cell<u64>,
    pub failures: Cell<u64>,
    /// All bytes that have reached the client on this connection; and when the last of them did, and by how much the clock had jumped then.
    pub received: RefCell<Vec<u8>>,
    pub last_byte: Cell<(Instant, Duration)>,
    /// What the server owes on this connection; `None` if there is no server, or another one.
    pub owed: Cell<Option<Place>>,
    /// For how long the last refusal asked.
    pub retry_after: Cell<Option<Duration>>,
    /// The connection is one whose events cannot all be read.
    pub is_beyond: Cell<bool>,
}

impl World {
    pub fn new(seed: u64, is_told: bool) -> Self {
        let random = Random::new(seed);
        let pause = Duration::from_millis(random.of(&[200, 2_000, 20_000, 300_000]));
        let plan = Plan {
            until: (pause * 3000).min(Duration::from_secs(24 * 3600)),
            pause,
            faults: random.of(&[50, 300, 900]),
            moods: random.of(&[0, 5, 50]),
            heartbeat: Duration::from_secs(random.of(&[5, 15, 22])),
            retry: Duration::from_millis(random.of(&[0, 100, 3_000, 60_000])),
            bounds: (random.of(&[1, 5, 100]), random.of(&[300, 5_000, 1 << 20])),
            has_ids: random.chance(400),
        };
        Self {
            random,
            plan,
            start: Instant::now(),
            is_told,
            is_healed: Cell::default(),
            is_over: Cell::default(),
            server: RefCell::default(),
            past: RefCell::default(),
            jumped: Cell::default(),
            last: Cell::default(),
            connections: Cell::default(),
            gaps: Cell::default(),
            failures: Cell::default(),
            received: RefCell::default(),
            last_byte: Cell::new((Instant::now(), Duration::ZERO)),
            owed: Cell::default(),
            retry_after: Cell::default(),
            is_beyond: Cell::default(),
        }
    }

    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub fn note_byte(&self) {
        self.last_byte.set((Instant::now(), self.jumped.get()));
    }

    /// Near the end, when the client must be back.
    pub fn is_late(&self) -> bool {
        self.now() > self.plan.until + Duration::from_secs(38 * 3600)
    }

    /// A line of the script.
    pub fn tell(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            println!("{:>12.3} s  {}", self.now().as_secs_f64(), what());
        }
    }

    /// Whether something fails now that does so often in a thousand.
    pub fn fails(&self, permille: u64) -> bool {
        let fails = !self.is_healed.get() && self.random.chance(permille);
        self.failures.set(self.failures.get() + u64::from(fails));
        fails
    }

    /// By what was published, and the bounds.
    pub fn place(&self, id: &str) -> Place {
        let (past, (events, bytes)) = (self.past.borrow(), self.plan.bounds);
        if id.is_empty() {
            return Place::Now;
        }
        let seen = past.events.iter().rposition(|(other, ..)| other == id).map(|place| place + 1);
        let Some(seen) = seen.or_else(|| (id == past.before.0).then_some(0)) else { return Place::Gap };
        let behind = &past.events[seen..];
        // The newest event is always remembered.
        let fits = behind.len() <= 1 || behind.iter().map(|(.., length)| length).sum::<usize>() <= bytes;
        if behind.len() > events || !fits {
            return Place::Gap;
        }
        Place::Behind(seen.checked_sub(1).map_or(past.before.1, |last| past.events[last].1))
    }

    pub fn done(&self) -> Done {
        Done {
            hours: self.now().as_secs_f64() / 3600.0,
            events: self.last.get(),
            connections: self.connections.get(),
            gaps: self.gaps.get(),
            failures: self.failures.get(),
        }
    }
}

pub fn count(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}
