//! Servers that fan out and resume: [`Broadcast`], and [`response`]. Feature `server`.
//!
//! A [`Broadcast`] is a [`Replay`] with listeners. Each connection is a [`Subscription`]: a stream of `Bytes`, and an `http_body::Body`.
//!
//! ```text
//!  publish ──► Replay: encoded once ──► Subscription: `retry`, what was missed or `gap`, live events, comments on silence
//!                  ▲                         │
//!                  └── a place in it ◄───────┘ no buffer of its own
//! ```
//!
//! A subscriber that is so slow that its next event is forgotten is cut off: its stream ends. It comes back with its last event ID, and is told of the gap.
//!
//! For topics, keep a map of broadcasts: each has a past and bounds of its own, and nobody is woken for what does not concern him.

mod broadcast;

pub use broadcast::{Broadcast, Counts, Subscription};

use http::{HeaderName, HeaderValue, Response, header};

use crate::CONTENT_TYPE;
#[cfg(doc)]
use crate::Replay;

/// The headers of an event stream, for frameworks without `http::Response`: the type, no caching, and no buffering in nginx.
pub const HEADERS: [(&str, &str); 3] =
    [("content-type", CONTENT_TYPE), ("cache-control", "no-cache"), ("x-accel-buffering", "no")];

/// [`KEEP_ALIVE`](crate::KEEP_ALIVE) as bytes, for frameworks whose bodies are made of bytes.
pub const KEEP_ALIVE: &[u8] = crate::KEEP_ALIVE.as_bytes();

/// An answer with this body, and with the three [`HEADERS`] of an event stream.
///
/// ```
/// let response = ssewire::server::response("data: hello\n\n");
/// assert_eq!(response.headers()["content-type"], ssewire::CONTENT_TYPE);
/// ```
pub fn response<B>(body: B) -> Response<B> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
