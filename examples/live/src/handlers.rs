//! What the server answers, in terms of the crate `http` alone: on_axum.rs and on_hyper.rs only route.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{
    HeaderMap, HeaderValue, Response, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, ORIGIN, VARY,
    },
};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use ssewire::{KEEP_ALIVE, LAST_EVENT_ID, server};

use crate::{App, chat};

pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The most that a request may send.
pub const MAX_REQUEST: usize = 64 * 1024;

/// The page, which reads `/events`.
pub fn page() -> Response<Body> {
    whole(StatusCode::OK, "text/html; charset=utf-8", include_str!("page.html"))
}

/// A page never sees a comment, so one that wants to show heartbeats gets an event with it.
const VISIBLE_HEARTBEAT: Bytes = Bytes::from_static(b":\nevent: heartbeat\ndata\n\n");

/// The stream, from behind the event that the client names, or from now on. With `?heartbeats`, these are events, too.
pub async fn events(app: &App, headers: &HeaderMap, uri: &Uri) -> Response<Body> {
    let last_event_id = headers.get(LAST_EVENT_ID);
    if let (Some(redis), Some(id)) = (&app.redis, last_event_id) {
        redis.catch_up_with(id.as_bytes()).await;
    }
    let is_visible = uri.query() == Some("heartbeats");
    let shown = move |bytes| if is_visible && bytes == KEEP_ALIVE { VISIBLE_HEARTBEAT } else { bytes };
    let mut response = stream_of(app.events.subscribe(last_event_id).map(shown));
    allow_origin(app, headers, &mut response);
    response
}

/// What a browser asks before a page from elsewhere may send `Last-Event-ID` itself, as readers of streams that are written in
/// JavaScript do. (`EventSource` need not ask.)
pub fn preflight(app: &App, headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Full::default().boxed_unsync());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers_out = response.headers_mut();
    headers_out.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
    headers_out.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("last-event-id, cache-control"));
    allow_origin(app, headers, &mut response);
    response
}

/// Whether a page from elsewhere may read this.
fn allow_origin(app: &App, headers: &HeaderMap, response: &mut Response<Body>) {
    response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
    if app.origin == "*" || headers.get(ORIGIN) == Some(&app.origin) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, app.origin.clone());
    }
}

/// What `POST /publish` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    #[serde(default)]
    event: String,
    /// Text, or any JSON, which is then sent as JSON.
    data: Value,
}

/// Publishes an event.
pub async fn publish(app: &App, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    // A page from elsewhere cannot send JSON without asking first, which is not answered.
    if headers.get(CONTENT_TYPE).is_none_or(|mime| !mime.as_bytes().starts_with(b"application/json")) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json");
    }
    let publish: Publish = match serde_json::from_slice(body) {
        Ok(publish) => publish,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let data = match &publish.data {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    match app.publish(&publish.event, &data).await {
        Ok(id) => json_of(StatusCode::OK, &json!({ "id": id })),
        Err(error) => refuse(error.status, &error.why),
    }
}

/// An answer, whole or as a stream.
pub fn complete(app: &App, body: &[u8]) -> Response<Body> {
    match serde_json::from_slice::<chat::Request>(body) {
        Ok(request) if request.stream => stream_of(request.tokens(app.token_delay)),
        Ok(request) => json_of(StatusCode::OK, &request.whole()),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

/// Counters.
pub fn stats(app: &App) -> Response<Body> {
    let counts = app.events.counts();
    let stats = json!({ "subscribers": counts.subscribers, "published": counts.published, "cutOff": counts.cut_off });
    json_of(StatusCode::OK, &stats)
}

/// In the manner of the OpenAI API, which is what the clients of a chat completion look for.
pub fn refuse(status: StatusCode, why: &str) -> Response<Body> {
    json_of(status, &json!({ "error": { "message": why, "type": "invalid_request_error" } }))
}

fn json_of(status: StatusCode, json: &Value) -> Response<Body> {
    whole(status, "application/json", json.to_string())
}

fn whole(status: StatusCode, mime: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Full::new(body.into()).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    response
}

/// An event stream, with the headers that keep caches and proxies from holding it back.
fn stream_of(chunks: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    let frames = chunks.map(|chunk| Ok(Frame::data(chunk)));
    server::response(StreamBody::new(frames).boxed_unsync())
}
