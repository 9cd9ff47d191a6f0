//! The whole loop in virtual time, under one seed: `EventSource` on one side, `Broadcast` on the other, and between them a network that
//! cuts, delays, stalls and resets at any byte. The server restarts, starts over, forgets, refuses, and is sometimes another one of bad
//! will; the machines sleep for hours. Checked is what a user relies on:
//!
//! - No event is lost, doubled or out of order, unless a `gap` was told before it; and a gap is told only where there is one.
//! - What the client gives is what the model in tests/model reads in the bytes that reached it; so is the id that it sends next.
//! - Each attempt comes when it was announced, never sooner than the server asked for, and silence ends in time.
//! - No memory is left behind.
//!
//! ```text
//! simulation SECONDS [FIRST SEED]   one seed after the other, for so long
//! simulation seed SEED              one seed, with its script
//! ```

mod client;
#[path = "../../model/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod model;
mod network;
mod random;
mod server;
mod world;

use std::{
    panic::catch_unwind,
    process::ExitCode,
    rc::Rc,
    time::{Duration, Instant},
};

use world::World;

/// What all of a world may hold at once: most is what the checks remember.
const MEMORY: u64 = 16 << 20;

/// Seeds that have found something once.
const FOUND: &[u64] = &[];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let numbers: Option<Vec<u64>> = arguments.iter().filter(|text| **text != "seed").map(|text| text.parse().ok()).collect();
    match (&arguments[..], numbers.as_deref()) {
        (["seed", _], Some(&[seed])) => report(seed),
        ([_], Some(&[seconds])) => many(Duration::from_secs(seconds), 0),
        ([_, _], Some(&[seconds, first])) => many(Duration::from_secs(seconds), first),
        _ => {
            eprintln!("usage: simulation SECONDS [FIRST SEED] | seed SEED");
            ExitCode::from(2)
        }
    }
}

/// What happened under a seed.
#[derive(Default)]
pub struct Done {
    hours: f64,
    events: u64,
    connections: u64,
    gaps: u64,
    failures: u64,
}

fn many(time: Duration, first: u64) -> ExitCode {
    let (started, mut all, mut count) = (Instant::now(), Done::default(), 0_u64);
    for seed in FOUND.iter().copied().chain(first..) {
        if started.elapsed() > time {
            break;
        }
        let mut done = None;
        let memory = allocation_counter::measure(|| done = catch_unwind(|| run(seed, false)).ok());
        let Some(done) = done else { return report(seed) };
        // (Threads keep a little for later.)
        if memory.bytes_current > 16 * 1024 || memory.bytes_max > MEMORY {
            eprintln!("seed {seed}: {memory:?}");
            return ExitCode::FAILURE;
        }
        count += 1;
        all.hours += done.hours;
        all.events += done.events;
        all.connections += done.connections;
        all.gaps += done.gaps;
        all.failures += done.failures;
    }
    println!(
        "{count} seeds: {:.0} hours, {} events, {} connections, {} failures of the network or the server, {} gaps, in {:.0} s",
        all.hours,
        all.events,
        all.connections,
        all.failures,
        all.gaps,
        started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}

/// Runs a seed, and prints its script.
fn report(seed: u64) -> ExitCode {
    match catch_unwind(|| run(seed, true)) {
        Ok(done) => {
            println!("seed {seed}: {:.1} hours, {} events, {} connections", done.hours, done.events, done.connections);
            ExitCode::SUCCESS
        }
        Err(_) => {
            eprintln!("seed {seed} failed: `simulation seed {seed}` shows its script");
            ExitCode::FAILURE
        }
    }
}

fn run(seed: u64, is_told: bool) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let world = Rc::new(World::new(seed, is_told));
        let ((), ()) = futures_util::future::join(server::run(&world), client::run(&world)).await;
        world.done()
    })
}
