//! Encoding: ssewire into a reused `Vec`, a fixed slice, a reused `BytesMut` and read as a `Buf`, beside russe's encoder into a
//! reused `BytesMut`, the bodies of axum and sse-stream (which is how they give out bytes), and a plain copy of the same
//! bytes.
//!
//! The others take owned events, so each gets one that is as cheap as it allows: shared text where it shares (russe), else a
//! copy of the text, made outside of the time that is measured.

use std::{
    convert::Infallible,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use axum::response::IntoResponse;
use bytes::{Buf, BytesMut};
use futures_util::stream;
use http_body::Body;
use tokio_util::codec::Encoder;

struct Payload {
    name: &'static str,
    event_type: Option<&'static str>,
    data: String,
}

fn payloads() -> Vec<Payload> {
    let line = "2026-01-31T10:00:00Z INFO worker-3 finished the job in 17 ms";
    let lines = |count: usize, line: &str| vec![line; count].join("\n");
    let payload = |name, event_type, data| Payload { name, event_type, data };
    vec![
        payload("30 B", None, "{\"symbol\":\"AAPL\",\"price\":189}".to_owned()),
        payload("30 B with a type", Some("priceUpdate"), "{\"symbol\":\"AAPL\",\"price\":189}".to_owned()),
        payload("250 B", None, "0123456789".repeat(25)),
        payload("12 lines", None, lines(12, line)),
        payload("64 KiB, one line", None, "x".repeat(64 << 10)),
        payload("64 KiB, 1000 lines", None, lines(1000, &"x".repeat(64))),
    ]
}

impl Payload {
    fn event(&self) -> ssewire::Event<'_> {
        let event = ssewire::Event::new(&self.data);
        match self.event_type {
            Some(event_type) => event.with_type(event_type).expect("a type that can be sent"),
            None => event,
        }
    }

    fn axum(&self) -> axum::response::sse::Event {
        let event = axum::response::sse::Event::default();
        let event = match self.event_type {
            Some(event_type) => event.event(event_type),
            None => event,
        };
        event.data(&self.data)
    }

    fn sse_stream(&self) -> sse_stream::Sse {
        sse_stream::Sse { event: self.event_type.map(str::to_owned), data: Some(self.data.clone()), id: None, retry: None }
    }
}

/// The frames of a body, one after the other.
fn read_body<B: Body<Error: std::fmt::Debug>>(body: B, mut each: impl FnMut(B::Data)) {
    let mut body = pin!(body);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
        if let Ok(data) = frame.expect("a frame").into_data() {
            each(data);
        }
    }
}

/// The time that it takes so many times.
fn timed(count: usize, mut once: impl FnMut()) -> Duration {
    let started = Instant::now();
    (0..count).for_each(|_| once());
    started.elapsed()
}

type Encode<'p> = Box<dyn FnMut(usize, &mut dyn FnMut(&[u8])) -> Duration + 'p>;

/// A way to encode an event so many times; what came out of it is shown to a closure, which looks at it only once. Into a buffer it goes
/// behind `before` bytes.
fn ways<'p>(payload: &'p Payload, wire: &'p [u8], before: usize) -> Vec<(&'static str, bool, Encode<'p>)> {
    let event = payload.event();
    let size = wire.len();
    let mut ways: Vec<(&'static str, bool, Encode<'_>)> = Vec::new();
    let mut out = vec![0; before + size];
    ways.push((
        "memcpy",
        false,
        Box::new(move |count, show| {
            let time = timed(count, || {
                out[before..].copy_from_slice(black_box(wire));
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));
    let mut out = vec![0; before + 2 * size];
    ways.push((
        "ssewire, Vec",
        false,
        Box::new(move |count, show| {
            let time = timed(count, || {
                out.truncate(before);
                black_box(&event).encode().append_to(&mut out);
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));
    let mut out = vec![0; before + size];
    ways.push((
        "ssewire, slice",
        false,
        Box::new(move |count, show| {
            let time = timed(count, || {
                assert_eq!(black_box(&event).encode().copy_to(&mut out[before..]), Some(size));
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));
    let mut out = BytesMut::zeroed(before + 2 * size);
    ways.push((
        "ssewire, BytesMut",
        false,
        Box::new(move |count, show| {
            let time = timed(count, || {
                out.truncate(before);
                black_box(&event).encode().put_into(&mut out);
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));
    let mut out = vec![0; before + size];
    ways.push((
        "ssewire, Buf",
        false,
        Box::new(move |count, show| {
            let time = timed(count, || {
                let mut encoded = black_box(&event).encode().reader();
                let mut rest = &mut out[before..];
                while Buf::has_remaining(&encoded) {
                    let chunk = encoded.chunk();
                    let (now, later) = rest.split_at_mut(chunk.len());
                    now.copy_from_slice(chunk);
                    let length = chunk.len();
                    Buf::advance(&mut encoded, length);
                    rest = later;
                }
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));

    ways.push((
        "ssewire, to_bytes",
        false,
        Box::new(move |count, show| {
            let mut last = None;
            let time = timed(count, || last = Some(black_box(black_box(&event).encode().to_bytes())));
            show(&last.expect("an event"));
            time
        }),
    ));

    let mut out = BytesMut::zeroed(before + 2 * size);
    let message =
        russe::Message { data: payload.data.clone().into(), event: payload.event_type.map(Into::into), retry: None, id: None };
    let mut encoder = russe::Encoder::default();
    ways.push((
        "russe, BytesMut",
        true,
        Box::new(move |count, show| {
            let time = timed(count, || {
                out.truncate(before);
                encoder.encode(russe::Event::Message(black_box(&message).clone()), &mut out).expect("encoded");
                black_box(&mut out);
            });
            show(&out[before..]);
            time
        }),
    ));
    ways.push((
        "sse-stream, body",
        true,
        Box::new(move |count, show| {
            let events = vec![payload.sse_stream(); count];
            let body = sse_stream::SseBody::new(stream::iter(events.into_iter().map(Ok::<_, Infallible>)));
            let mut last = None;
            let started = Instant::now();
            read_body(body, |data| last = Some(black_box(data)));
            let time = started.elapsed();
            show(&last.expect("an event"));
            time
        }),
    ));
    ways.push((
        "axum, body",
        true,
        Box::new(move |count, show| {
            let mut last = None;
            // Its event is framed as it is built, so that is measured, too.
            let started = Instant::now();
            let events = (0..count).map(|_| Ok::<_, Infallible>(payload.axum()));
            let body = axum::response::Sse::new(stream::iter(events.collect::<Vec<_>>())).into_response().into_body();
            read_body(body, |data| last = Some(black_box(data)));
            let time = started.elapsed();
            show(&last.expect("an event"));
            time
        }),
    ));
    ways
}

/// Whatever the encoder writes between name and value, and in whatever order: what is read from it must be the event.
fn check(wire: &[u8], payload: &Payload, name: &str) {
    let (mut parser, mut input) = (ssewire::Parser::new(), wire);
    let event = parser.next(&mut input).expect("small").expect("an event");
    assert!(event == payload.event() && input.is_empty(), "{name} encodes another event");
}

/// The nanoseconds that each way takes for the payload.
pub struct Times {
    pub payload: &'static str,
    pub size: usize,
    /// Name, whether it is a rival, and the best time.
    pub best: Vec<(&'static str, bool, f64)>,
}

impl Times {
    pub fn best_rival(&self) -> f64 {
        self.best.iter().filter(|(_, is_rival, _)| *is_rival).map(|(.., time)| *time).fold(f64::MAX, f64::min)
    }

    pub fn memcpy(&self) -> f64 {
        self.best[0].2
    }
}

/// One run: round by round over all payloads, so that a clock that changes meanwhile is the same for all.
pub fn measure(rounds: usize) -> Vec<Times> {
    let payloads = payloads();
    let times = |payload: &Payload| Times { payload: payload.name, size: payload.event().encode().len(), best: Vec::new() };
    let mut all: Vec<Times> = payloads.iter().map(times).collect();
    for round in 0..rounds {
        for (payload, Times { size, best, .. }) in payloads.iter().zip(&mut all) {
            let wire = payload.event().encode().to_vec();
            let count = (1 << 20) / (*size).clamp(256, 1 << 17);
            // Where in its page a buffer is written makes a difference of a tenth, and for a plain copy of ten times: elsewhere in each.
            let mut ways = ways(payload, &wire, round * 1040 % 4096);
            best.resize_with(ways.len(), || ("", false, f64::MAX));
            for ((name, is_rival, encode), best) in ways.iter_mut().zip(best) {
                // (New memory is slow the first time.)
                encode(1, &mut |wire| check(wire, payload, name));
                let time = encode(count, &mut |wire| check(wire, payload, name));
                *best = (name, *is_rival, best.2.min(time.as_secs_f64() * 1e9 / count as f64));
            }
        }
    }
    all
}

pub fn run(rounds: usize) {
    println!("{:20} {:20} {:>10} {:>8} {:>10} {:>10}", "payload", "encoder", "ns/event", "GB/s", "x rival", "of memcpy");
    for times in measure(rounds) {
        for (name, _, time) in &times.best {
            println!(
                "{:20} {name:20} {time:10.1} {:8.2} {:10.2} {:9.0}%",
                times.payload,
                times.size as f64 / time,
                times.best_rival() / time,
                100.0 * times.memcpy() / time
            );
        }
        println!();
    }
}
