//! The smallest whole server: a price each second for all who listen at `http://localhost:3000/events`, with ids, resumption, heartbeats
//! and a bound on slow clients. `server [PORT]`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{Router, body::Body, extract::State, http::HeaderMap, response::Response, routing::get};
use ssewire::{Broadcast, Event, LAST_EVENT_ID, Replay, server::response};

async fn events(State(prices): State<Broadcast>, headers: HeaderMap) -> Response {
    response(Body::new(prices.subscribe(headers.get(LAST_EVENT_ID))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().to_string();
    let prices = Broadcast::new(Replay::numbered(&start)?, tokio::time::sleep);
    let app = Router::new().route("/events", get(events)).with_state(prices.clone());
    tokio::spawn(async move {
        for price in 100.. {
            prices.publish(&Event::new(&price.to_string()));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let port = std::env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/events", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
