//! A gateway in front of an LLM API, or of any server of events: `gateway UPSTREAM [PORT]`.
//!
//! It forwards requests, with `Last-Event-ID`, blanks the field `user` of JSON payloads, counts the tokens of chat completions (`GET /tokens`), and passes
//! everything else as it came and at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
    routing::get,
};
use reqwest::Client;
use serde_json::Value;
use ssewire::{
    Event, is_event_stream,
    relay::{Relay, Verdict},
};

struct Gateway {
    upstream: String,
    client: Client,
    tokens: AtomicU64,
}

/// What is done to an event. (`[DONE]` is no JSON.)
fn judge(event: Event<'_>, tokens: &AtomicU64) -> Verdict {
    let Ok(mut payload) = serde_json::from_str::<Value>(event.data()) else { return Verdict::Pass };
    let has_token = payload["choices"][0]["delta"]["content"].as_str().is_some_and(|token| !token.is_empty());
    tokens.fetch_add(has_token.into(), Relaxed);
    let Some(user) = payload.get_mut("user") else { return Verdict::Pass };
    *user = "***".into();
    Verdict::Replace(event.with_data(&payload.to_string()).into())
}

async fn forward(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, (StatusCode, String)> {
    let (mut head, body) = request.into_parts();
    // Of this connection alone, and what would come back in a form that cannot be read.
    for name in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING] {
        head.headers.remove(name);
    }
    let url = format!("{}{}", gateway.upstream, head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let body = reqwest::Body::wrap_stream(body.into_data_stream());
    let answer = gateway.client.request(head.method, url).headers(head.headers).body(body).send().await;
    let answer = answer.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    let is_events = answer.headers().get(header::CONTENT_TYPE).is_some_and(is_event_stream);
    if is_events && answer.headers().contains_key(header::CONTENT_ENCODING) {
        return Err((StatusCode::BAD_GATEWAY, "the answer is compressed, and would pass unseen".to_owned()));
    }
    let mut response = Response::new(Body::empty());
    (*response.status_mut(), *response.headers_mut()) = (answer.status(), answer.headers().clone());
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        response.headers_mut().remove(name);
    }
    *response.body_mut() = if is_events {
        Body::new(Relay::new(answer.bytes_stream(), move |event| judge(event, &gateway.tokens)))
    } else {
        Body::from_stream(answer.bytes_stream())
    };
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let upstream = arguments.next().ok_or("usage: gateway UPSTREAM [PORT]")?;
    let port = arguments.next().map_or(Ok(3001), |port| port.parse())?;
    let gateway = Arc::new(Gateway { upstream, client: Client::new(), tokens: AtomicU64::new(0) });
    let tokens = async |State(gateway): State<Arc<Gateway>>| gateway.tokens.load(Relaxed).to_string();
    let app = Router::new().route("/tokens", get(tokens)).fallback(forward).with_state(gateway);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
