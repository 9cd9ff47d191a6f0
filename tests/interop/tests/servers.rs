//! Our clients read servers that others have written: `EventStream` over reqwest, `EventReader` in examples/follow, and
//! examples/chat's `watch`.

use std::{convert::Infallible, process::Command, time::Duration};

use axum::{
    Router,
    http::HeaderMap,
    response::{Sse, sse},
    routing::get,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use ssewire::EventSource;
use ssewire_interop::{
    Program, connect, free_port, here, ours,
    record::{crate_version, works_with},
};

/// All three servers send these, in connections of four.
const EVENTS: u32 = 12;

fn data(id: u32) -> String {
    format!("{}\nline two, ünïcode 👋", json!({ "price": f64::from(id) / 2.0, "symbol": "AAPL" }))
}

/// The price as a number, since each server writes it in its own way.
fn same_data(got: &str, want: &str) -> bool {
    let parts = |text: &str| {
        let (price, rest) = text.split_once('\n').unwrap_or_else(|| panic!("{text:?} is one line"));
        (serde_json::from_str::<Value>(price).unwrap(), rest.to_owned())
    };
    let as_number = |(mut price, rest): (Value, String)| {
        price["price"] = json!(price["price"].as_f64());
        (price, rest)
    };
    as_number(parts(got)) == as_number(parts(want))
}

async fn read_by_all(what: &str, version: &str, url: &str) {
    // EventStream, from connection to connection.
    let (mut last, mut connections) = (String::new(), 0);
    let mut id = 0;
    while id < EVENTS {
        connections += 1;
        let mut events = connect(url, &last).await;
        while let Some(event) = tokio::time::timeout(Duration::from_secs(10), events.next()).await.expect("an event or the end")
        {
            let event = event.unwrap();
            id += 1;
            assert_eq!((event.event_type(), event.id()), ("priceUpdate", Some(&*id.to_string())));
            assert!(same_data(event.data(), &data(id)), "{event:?}");
        }
        last = events.parser().last_event_id().to_owned();
    }
    assert_eq!(events_per_connection(), EVENTS / connections);

    // EventSource, over reqwest.
    let client = reqwest::Client::new();
    let mut events = EventSource::new(|resume| client.get(url).headers(resume.headers()).send(), tokio::time::sleep);
    let mut id = 0;
    while id < EVENTS {
        match events.next().await.unwrap() {
            Ok(event) => {
                id += 1;
                assert_eq!((event.event_type(), event.id()), ("priceUpdate", Some(&*id.to_string())));
                assert!(same_data(event.data(), &data(id)), "{event:?}");
            }
            Err(error) => assert!(!error.is_final(), "{error}"),
        }
    }
    drop(events);

    // The blocking one, over ureq.
    let mut watch = Program::start(Command::new(ours("sse")).args(["watch", url, "--max", &EVENTS.to_string()]));
    for (id, event) in (1..).zip(watch.json_lines(EVENTS as usize)) {
        assert_eq!((&event["event"], &event["id"]), (&json!("priceUpdate"), &json!(id.to_string())));
        assert!(same_data(event["data"].as_str().unwrap(), &data(id)), "{event}");
    }
    assert!(watch.wait().success());
    let checked = "read by `EventStream`, by `EventSource` over reqwest, and by `sse watch`: multi-line data, heartbeats, resumed after each cut";
    works_with(what, version, checked, &format!("{EVENTS} events over {connections} connections, each once"));
}

const fn events_per_connection() -> u32 {
    4
}

#[tokio::test]
async fn express() {
    let port = free_port();
    let mut command = Command::new("node");
    command.arg(here("node/express.mjs")).arg(port.to_string());
    let _server = Program::listening(&mut command, port).await;
    let json = std::fs::read_to_string(here("node/node_modules/express/package.json")).unwrap();
    let version = serde_json::from_str::<Value>(&json).unwrap()["version"].as_str().unwrap().to_owned();
    read_by_all("Express, `res.write`", &version, &format!("http://127.0.0.1:{port}/events")).await;
}

#[tokio::test]
async fn fastapi_with_sse_starlette() {
    let port = free_port();
    let mut command = Command::new(here("target/venv/bin/python"));
    command.arg(here("python/server.py")).arg(port.to_string());
    let _server = Program::listening(&mut command, port).await;
    let versions = include_str!("../python/requirements.txt");
    let version = |name| versions.lines().find_map(|line: &str| line.strip_prefix(name)?.strip_prefix("==")).unwrap();
    let version = format!("{} with {}", version("fastapi"), version("sse-starlette"));
    read_by_all("FastAPI, `sse-starlette`", &version, &format!("http://127.0.0.1:{port}/events")).await;
}

#[tokio::test]
async fn the_sse_of_axum() {
    async fn events(headers: HeaderMap) -> Sse<impl futures_util::Stream<Item = Result<sse::Event, Infallible>>> {
        let seen: u32 = headers.get("last-event-id").map_or(0, |id| id.to_str().unwrap().parse().unwrap());
        let events = stream::iter(seen + 1..=(seen + events_per_connection()).min(EVENTS)).then(|id| async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let event = sse::Event::default().event("priceUpdate").id(id.to_string()).retry(Duration::from_millis(150));
            Ok(event.comment("a comment").data(data(id)))
        });
        Sse::new(events).keep_alive(sse::KeepAlive::new().interval(Duration::from_millis(10)))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", get(events))).await });
    // The programs are waited for by this thread, so the server needs another.
    tokio::task::spawn_blocking(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(read_by_all("axum, its own `Sse`", &crate_version("axum"), &url));
    })
    .await
    .unwrap();
    server.abort();
}
