//! Ten thousand subscribers: what a delivery costs our server, and others that do the same work.

use std::{
    cell::Cell,
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use ssewire::Parser;
use ssewire_interop::{
    Program, here, ours, program_usage,
    record::{crate_version, works_with},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::{LocalSet, spawn_local},
};

const SUBSCRIBERS: usize = 10_000;
const RATE: u64 = 20;

/// A body in chunks (RFC 9112, section 7.1): as light as can be, since ten thousand of them share the machine with the server.
#[derive(Default)]
struct Chunks {
    /// What is left of this chunk, its line end not counted.
    left: usize,
    size: usize,
    in_size: bool,
}

impl Chunks {
    /// Calls `data` with each piece of the body.
    fn feed(&mut self, mut input: &[u8], mut data: impl FnMut(&[u8])) {
        while let Some((&byte, rest)) = input.split_first() {
            if self.left > 0 {
                let (piece, rest) = input.split_at(self.left.min(input.len()));
                data(piece);
                self.left -= piece.len();
                input = rest;
                continue;
            }
            match byte {
                b'\n' if self.in_size => {
                    (self.left, self.size, self.in_size) = (self.size, 0, false);
                }
                _ => {
                    if let Some(digit) = char::from(byte).to_digit(16) {
                        (self.size, self.in_size) = (16 * self.size + digit as usize, true);
                    }
                }
            }
            input = rest;
        }
    }
}

/// What all of them have seen.
#[derive(Default)]
struct Seen {
    connected: Cell<usize>,
    events: Cell<usize>,
}

/// Connects, and reads the head of the answer, and perhaps more. Where the head ends.
async fn open(address: &str) -> std::io::Result<(TcpStream, Vec<u8>, usize)> {
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n").await?;
    let mut head = Vec::new();
    loop {
        if socket.read_buf(&mut head).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            return Ok((socket, head, end + 4));
        }
    }
}

/// Reads events until the server goes, each in its order.
async fn subscribe(address: String, seen: Rc<Seen>) {
    // (With so many at once, the kernel now and then resets one before it is accepted.)
    let mut attempts = 0;
    let (socket, head, end) = loop {
        match open(&address).await {
            Ok(opened) => break opened,
            Err(error) => {
                attempts += 1;
                assert!(attempts < 20, "{error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    assert!(
        head.starts_with(b"HTTP/1.1 200 OK\r\n") && head.to_ascii_lowercase().windows(7).any(|window| window == b"chunked")
    );
    seen.connected.set(seen.connected.get() + 1);
    let (mut chunks, mut parser, mut want) = (Chunks::default(), Parser::new(), 0);
    let mut read = |bytes: &[u8]| {
        chunks.feed(bytes, |mut piece| {
            while let Some(event) = parser.next(&mut piece).unwrap() {
                let number = event.data().rsplit_once(':').unwrap().1.trim_end_matches('}').parse().ok();
                assert_eq!((number, event.event_type()), (Some(want), "priceUpdate"), "missing, doubled or out of order");
                want += 1;
                seen.events.set(seen.events.get() + 1);
            }
        });
    };
    read(&head[end..]);
    drop(head);
    let mut buffer = [0; 4096];
    loop {
        // (No buffer of each one's own: that would be the client's memory, and its caches.)
        socket.readable().await.unwrap();
        match socket.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => read(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            // The server is killed at the end.
            Err(_) => return,
        }
    }
}

async fn until(what: &str, patience: Duration, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < patience, "no {what} in {} s", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Default)]
struct Measured {
    /// Bytes a subscriber, before the first event and after the last.
    memory: u64,
    memory_after: u64,
    deliveries: usize,
    used: Duration,
    elapsed: Duration,
}

impl Measured {
    fn add(&mut self, other: &Self) {
        self.memory = self.memory.max(other.memory);
        self.memory_after = self.memory_after.max(other.memory_after);
        self.deliveries += other.deliveries;
        self.used += other.used;
        self.elapsed += other.elapsed;
    }

    /// In microseconds.
    fn per_delivery(&self) -> f64 {
        1e6 * self.used.as_secs_f64() / self.deliveries as f64
    }
}

/// Starts a server, connects all, has it publish for so long if it publishes at all.
async fn measure(command: &mut Command, seconds: u64) -> Measured {
    let mut server = Program::start(command);
    let address = server.line();
    let (before, _) = program_usage(server.id());
    let seen = Rc::new(Seen::default());
    for subscriber in 0..SUBSCRIBERS {
        spawn_local(subscribe(address.clone(), seen.clone()));
        // No more at once than a server's backlog holds.
        if subscriber % 100 == 99 {
            until("connections", Duration::from_secs(60), || seen.connected.get() > subscriber.saturating_sub(200)).await;
        }
    }
    until("connections", Duration::from_secs(60), || seen.connected.get() == SUBSCRIBERS).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (connected, used_before) = program_usage(server.id());
    let start = Instant::now();
    let events = RATE as usize * seconds as usize;
    if events > 0 {
        let answer = reqwest::get(format!("http://{address}/start/{RATE}/{seconds}")).await.unwrap();
        assert!(answer.status().is_success());
        until("events", Duration::from_secs(4 * seconds + 60), || seen.events.get() == events * SUBSCRIBERS).await;
    }
    let elapsed = start.elapsed();
    let (after, used) = program_usage(server.id());
    let each = |bytes: u64| bytes.saturating_sub(before) / SUBSCRIBERS as u64;
    let deliveries = seen.events.get();
    server.kill();
    // Until all have seen the end.
    until("end", Duration::from_secs(60), || Rc::strong_count(&seen) == 1).await;
    Measured { memory: each(connected), memory_after: each(after), deliveries, used: used - used_before, elapsed }
}

#[test]
fn ten_thousand_subscribers_cost_less_than_with_others() {
    const ROUNDS: u64 = 3;
    let seconds = std::env::var("INTEROP_LOAD_SECONDS").map_or(60, |time| time.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let program = |name: &str| {
            let mut command = Command::new(ours("fanout"));
            command.arg(name);
            command
        };
        let nothing = measure(&mut program("nothing"), 0).await;
        let [mut own, mut axum, mut better_sse] = [(); 3].map(|()| Measured::default());
        // In turns, since the machine is not always as fast.
        for _ in 0..ROUNDS {
            own.add(&measure(&mut program("ssewire"), seconds / ROUNDS).await);
            axum.add(&measure(&mut program("axum"), seconds / ROUNDS).await);
            better_sse.add(&measure(Command::new("node").arg(here("node/fanout.mjs")), seconds / ROUNDS).await);
        }
        let axum_version = crate_version("axum");
        for (name, version, measured) in [
            ("`Broadcast` on axum", &*axum_version, &own),
            ("axum's `Sse` over `tokio::sync::broadcast`", &*axum_version, &axum),
            ("better-sse on Node", "0.16.1", &better_sse),
        ] {
            let kilobytes = |bytes: u64| bytes as f64 / 1e3;
            works_with(
                &format!("10,000 subscribers: {name}"),
                version,
                &format!("{RATE} events a second for {seconds} s: each sees all, in order"),
                &format!(
                    "{} deliveries in {:.0} s, {:.2} µs of processor each; {:.1} kB a subscriber (a connection of axum: {:.1} kB)",
                    measured.deliveries,
                    measured.elapsed.as_secs_f64(),
                    measured.per_delivery(),
                    kilobytes(measured.memory_after),
                    kilobytes(nothing.memory),
                ),
            );
        }
        let beside = own.memory_after.saturating_sub(nothing.memory);
        assert!(beside <= 2000, "{beside} bytes a subscriber beside the HTTP library's");
        // Most of it is the kernel's, the same for all. (Axum with a tenth for noise: what was measured is in docs/interop.md.)
        for (name, most) in [("axum", 1.1 * axum.per_delivery()), ("better-sse", better_sse.per_delivery())] {
            assert!(own.per_delivery() < most, "{:.2} µs a delivery, at most {most:.2} is allowed by {name}", own.per_delivery());
        }
    });
}
