//! examples/gateway between a server and its clients, with nginx in front: what it adds, with a thousand streams at once.

use std::{
    convert::Infallible,
    process::Command,
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::get};
use futures_util::{StreamExt, stream};
use ssewire::{Event, EventStream, Item, server::response};
use ssewire_interop::{
    Nginx, Program, ours, program_usage,
    record::{version_of, works_with},
};

const STREAMS: usize = 1000;
/// Between two events of a stream, and between two heartbeats.
const PAUSE: Duration = Duration::from_millis(500);
const SECONDS: u64 = 10;

/// The clock of all in this process: microseconds.
fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_micros() as u64
}

/// A stream of events and heartbeats by turns, each with the time at which it was sent. Half of the events are rewritten by the gateway.
fn events() -> impl stream::Stream<Item = Result<Vec<u8>, Infallible>> {
    let phase = Duration::from_micros(fastrand::u64(0..PAUSE.as_micros() as u64));
    stream::unfold(0_u64, move |turn| async move {
        tokio::time::sleep(if turn == 0 { phase } else { PAUSE / 2 }).await;
        let sent = now();
        let data = match turn % 4 {
            0 => format!(r#"{{"sent":{sent},"user":"somebody"}}"#),
            _ => format!(r#"{{"sent":{sent}}}"#),
        };
        let bytes = match turn % 2 {
            0 => Event::new(&data).encode().to_vec(),
            _ => Item::Comment(&sent.to_string()).encode().to_vec(),
        };
        Some((Ok(bytes), turn + 1))
    })
}

/// A server in a thread of its own; its port.
fn upstream() -> u16 {
    let (sender, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap().port()).unwrap();
            let sample = include_bytes!("../../../examples/streams/anthropic.sse");
            let app = Router::new()
                .route("/events", get(async || response(Body::from_stream(events()))))
                .route("/sample", get(async move || response(Body::from(&sample[..]))));
            axum::serve(listener, app).await.unwrap();
        });
    });
    port.recv().unwrap()
}

/// How long events and heartbeats take to come, in milliseconds and in order, with so many streams at once.
async fn delays(url: &str, user: &'static str) -> [Vec<f64>; 2] {
    let client = reqwest::Client::new();
    let streams = (0..STREAMS).map(|number| {
        let (client, url) = (client.clone(), url.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(2 * number as u64)).await;
            let body = client.get(url).send().await.unwrap().error_for_status().unwrap().bytes_stream();
            let mut items = EventStream::new(body).items();
            let mut delays = [Vec::new(), Vec::new()];
            let _ = tokio::time::timeout(Duration::from_secs(SECONDS), async {
                while let Some(item) = items.next().await {
                    let (kind, sent) = match item.unwrap().as_item() {
                        Item::Event(event) => {
                            let payload: serde_json::Value = serde_json::from_str(event.data()).unwrap();
                            assert!(payload.get("user").is_none_or(|shown| shown == user));
                            (0, payload["sent"].as_u64().unwrap())
                        }
                        Item::Comment(sent) => (1, sent.parse().unwrap()),
                        other => panic!("{other:?}"),
                    };
                    delays[kind].push((now() - sent) as f64 / 1e3);
                }
            })
            .await;
            delays
        })
    });
    let mut all = [Vec::new(), Vec::new()];
    for stream in streams.collect::<Vec<_>>() {
        for (all, mut some) in all.iter_mut().zip(stream.await.unwrap()) {
            all.append(&mut some);
        }
    }
    all.iter_mut().for_each(|delays| delays.sort_by(f64::total_cmp));
    all
}

#[test]
fn a_gateway_adds_little_with_a_thousand_streams() {
    let upstream = upstream();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut gateway = Program::start(Command::new(ours("gateway")).args([&format!("http://127.0.0.1:{upstream}"), "0"]));
        let url = gateway.line();
        let port = url.rsplit_once(':').unwrap().1;
        let nginx = Nginx::start(&format!("location / {{ proxy_pass http://127.0.0.1:{port}; }}")).await;

        // What is not touched comes as it was sent.
        let sample = include_bytes!("../../../examples/streams/anthropic.sse");
        let output = Command::new("curl").args(["-sN", &format!("http://127.0.0.1:{}/sample", nginx.port)]).output().unwrap();
        assert_eq!(output.stdout, sample);

        let direct = delays(&format!("http://127.0.0.1:{upstream}/events"), "somebody").await;
        let (before, used_before) = program_usage(gateway.id());
        let through = delays(&format!("http://127.0.0.1:{}/events", nginx.port), "***").await;
        let (after, used) = program_usage(gateway.id());
        for (kind, [direct, through]) in ["events", "heartbeats"].iter().zip([[&direct[0], &through[0]], [&direct[1], &through[1]]]) {
            let p99 = |delays: &[f64]| delays[delays.len() * 99 / 100];
            assert!(through.len() > STREAMS * SECONDS as usize, "{} {kind}", through.len());
            works_with(
                &format!("curl, nginx, and `gateway` before a server: {kind}"),
                &version_of("nginx", "-v"),
                &format!("{STREAMS} streams at once, half of the events rewritten; what nothing is done to comes as it was sent"),
                &format!(
                    "{} {kind}, 99 of 100 within {:.1} ms, without nginx and `gateway` within {:.1} ms; the median {:.2} and {:.2} ms; \
                     {:.0} µs of processor each, {:.0} kB a stream",
                    through.len(),
                    p99(through),
                    p99(direct),
                    through[through.len() / 2],
                    direct[direct.len() / 2],
                    1e6 * (used - used_before).as_secs_f64() / (2 * through.len()) as f64,
                    after.saturating_sub(before) as f64 / 1e3 / STREAMS as f64,
                ),
            );
            assert!(p99(through) <= p99(direct) + 5.0, "{kind}: {:.1} ms, directly {:.1} ms", p99(through), p99(direct));
        }
    });
}
