//! `fanout ssewire|axum|nothing`: a server whose subscribers at `/events` all get the same events, once `/start/RATE/SECONDS` is asked for. By
//! our `Broadcast`; by axum's own `Sse` over tokio's channel; or nothing but connections, whose memory is that of the HTTP library.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::{StreamExt, stream};
use ssewire::{Broadcast, Event, LAST_EVENT_ID, Replay, server::response};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

fn data(number: u64) -> String {
    format!(r#"{{"symbol":"AAPL","price":189.5,"number":{number}}}"#)
}

/// Calls `publish` at a rate, for so long.
async fn publish_at(rate: u32, seconds: u64, publish: impl Fn(u64)) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    for number in 0..u64::from(rate) * seconds {
        ticks.tick().await;
        publish(number);
    }
}

fn ours() -> Router {
    let prices = Broadcast::new(Replay::numbered("1").unwrap(), tokio::time::sleep);
    let publisher = prices.clone();
    let events = async move |headers: HeaderMap| response(Body::new(prices.subscribe(headers.get(LAST_EVENT_ID))));
    let start = async move |Path((rate, seconds))| {
        tokio::spawn(publish_at(rate, seconds, move |number| {
            publisher.publish(&Event::new(&data(number)).with_type("priceUpdate").unwrap());
        }));
    };
    Router::new().route("/events", get(events)).route("/start/{rate}/{seconds}", get(start))
}

fn axums() -> Router {
    let (sender, _) = broadcast::channel::<(u64, String)>(1024);
    let publisher = sender.clone();
    let events = async move || -> Response {
        let event = async |got: Result<(u64, String), _>| {
            let (number, data) = got.ok()?;
            Some(Ok::<_, Infallible>(sse::Event::default().id(format!("1-{}", number + 1)).event("priceUpdate").data(data)))
        };
        Sse::new(BroadcastStream::new(sender.subscribe()).filter_map(event)).keep_alive(KeepAlive::default()).into_response()
    };
    let start = async move |Path((rate, seconds))| {
        tokio::spawn(publish_at(rate, seconds, move |number| {
            let _ = publisher.send((number, data(number)));
        }));
    };
    Router::new().route("/events", get(events)).route("/start/{rate}/{seconds}", get(start))
}

fn nothing() -> Router {
    // (A first byte, as the others send one.)
    let body = || Body::from_stream(stream::once(async { Ok::<_, Infallible>("retry: 3000\n\n") }).chain(stream::pending()));
    Router::new().route("/events", get(async move || response(body())))
}

#[tokio::main]
async fn main() {
    let app = match std::env::args().nth(1).as_deref() {
        Some("ssewire") => ours(),
        Some("axum") => axums(),
        Some("nothing") => nothing(),
        _ => panic!("usage: fanout ssewire|axum|nothing"),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}
