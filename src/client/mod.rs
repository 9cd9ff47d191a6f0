//! Clients that come back: [`EventSource`], and [`blocking::EventSource`]. Feature `client`.
//!
//! You bring the HTTP library and the timer, as two closures; the source does the rest. It sends the right headers, looks at the answer,
//! reads the events, notices silence, waits as [`Reconnect`] says, and connects again from behind the last event ID.
//!
//! ```text
//!              answer: an event stream
//!  Connecting ─────────────────────────► Open ──────► events
//!     ▲  │ │                              │ the end, a failure, silence
//!     │  │ └─ no answer, or 503 ──────┐   │
//!     │  │                            ▼   ▼
//!     │  └─ 204, 401, HTML … ──► Closed   Waiting ─── too many attempts ──► Closed
//!     └──────────────────────────────────────┘ after the delay
//! ```
//!
//! # Errors
//!
//! An [`Error`] says what happened and what comes next. Only a [final](Error::is_final) one ends the stream.
//!
//! | cause | what it means | what comes next |
//! |---|---|---|
//! | [`Cause::Connect`] | no connection, or no answer | the next attempt |
//! | [`Cause::Refused`] | the answer is no event stream: its status, type and the start of its body | the next attempt if the status is temporary, else the end |
//! | [`Cause::Ended`] | the server closed the stream | the next attempt |
//! | [`Cause::Lost`] | the transfer failed | the next attempt |
//! | [`Cause::Silent`] | not one byte came for 45 seconds | the next attempt |
//! | [`Cause::NoEvents`] | the body has the right type, and is JSON, HTML or compressed | the stream goes on, or if the body is over, as for `Ended`; what is compressed is the end |
//! | [`Cause::TooLarge`] | one event passed the limit and was skipped | the stream goes on |
//!
//! Status 204 is no error: the server says that there is nothing more, and the stream ends.
//!
//! # What the server sees
//!
//! A request with [`Resume::headers`]: `Accept: text/event-stream`, `Cache-Control: no-cache`, and from the first id on `Last-Event-ID`.
//! An id that is longer than 4 KiB is not sent. If the server answers 431 (head too large), the id is forgotten.
//!
//! # LLM APIs
//!
//! A chat completion cannot be resumed: another attempt is another answer, and costs again. Read it
//! with `with_reconnect(Reconnect::new().with_max_attempts(0))`, which makes every loss final, and bear more silence (`with_silence`). ([`EventStream`](crate::EventStream) does for the
//! body alone, once you have looked at the head.) Many APIs end with an event whose data is
//! `[DONE]`; drop the source when you see it, or the end of the body will be taken for a loss.

/// What both sources have.
macro_rules! shared_methods {
    () => {
        /// With this parser: with a limit, or with the last event ID of an earlier run. (The default one has the limit
        /// [`Parser::DEFAULT_LIMIT`], and is made [`with_skipped_ids`](Parser::with_skipped_ids), so that it gets past nearly
        /// every event that is too large.)
        pub fn with_parser(mut self, parser: Parser) -> Self {
            self.follow.set_parser(parser);
            self
        }

        /// With other delays, other statuses, or at most so many attempts. It takes the place of the default, which is
        /// `Reconnect::new().with_retryable(is_temporary)`: begin with that to come back after a status 503.
        pub const fn with_reconnect(mut self, reconnect: Reconnect) -> Self {
            self.follow.reconnect = reconnect;
            self
        }

        /// What happens to an event that the end of a body cuts off. By default it is discarded, since it comes again. (`Error` is the
        /// same here: each end is an error, and [`Cause::Ended`] says whether something was discarded.)
        pub const fn on_truncated(mut self, on_truncated: OnTruncated) -> Self {
            self.follow.session.on_truncated = on_truncated;
            self
        }

        /// With another source of randomness for the jitter. `|| 0` is none.
        pub const fn with_entropy(mut self, entropy: fn() -> u64) -> Self {
            self.follow.entropy = entropy;
            self
        }

        /// The last event ID: what the next request will ask for.
        pub fn last_event_id(&self) -> &str {
            self.parser().last_event_id()
        }

        /// The parser, with the reconnection time and the counts.
        pub const fn parser(&self) -> &Parser {
            self.follow.parser()
        }
    };
}

pub mod blocking;
mod error;
mod follow;
mod source;

use alloc::{string::String, sync::Arc};
use core::{
    sync::atomic::{AtomicU8, Ordering},
    task::Waker,
    time::Duration,
};
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue, header, response::Parts};

pub use error::{BoxError, Cause, Error};
pub use follow::Output;
pub use source::EventSource;

#[cfg(doc)]
use crate::Reconnect;
use crate::{CONTENT_TYPE, LAST_EVENT_ID, adapters::Owned};

/// What a request must say so that the stream goes on where it left off. The argument of the closure that connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    last_event_id: Option<String>,
}

impl Resume {
    pub(crate) const fn new(last_event_id: Option<String>) -> Self {
        Self { last_event_id }
    }

    /// The last event ID to send, if there is one: [`Reconnect::header_value`].
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// The headers of the request: `accept`, `cache-control`, and `last-event-id` if there is one. For `reqwest`'s `.headers(…)`; with others,
    /// add one by one.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(header::ACCEPT, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(id) = self.last_event_id().and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok()) {
            headers.insert(HeaderName::from_static(LAST_EVENT_ID), id);
        }
        headers
    }
}

/// What a source is doing: as `readyState` in browsers, and whether it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It connects, or reads why it was refused.
    Connecting,
    /// It reads events.
    Open,
    /// It connects again after this delay.
    Waiting(Duration),
    /// It has ended for good.
    Closed,
}

/// What a source with [`notices`](EventSource::notices) gives.
#[derive(Debug)]
pub enum Notice<T> {
    /// The server has answered with an event stream. This is the head of the answer.
    Open(Parts),
    /// An event, or an item.
    Event(T),
}

impl<T: Owned> From<T> for Notice<T> {
    fn from(owned: T) -> Self {
        Self::Event(owned)
    }
}

/// Ends a source, or makes it connect anew, from elsewhere. Clones act on the same source.
#[derive(Clone, Debug, Default)]
pub struct Handle(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    wish: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

const CLOSE: u8 = 2;
const RECONNECT: u8 = 1;

impl Handle {
    /// Ends the source at once, also while it waits. Its stream then gives `None`, and its connection is dropped.
    pub fn close(&self) {
        self.wish(CLOSE);
    }

    /// Drops the connection, and connects again without a delay.
    pub fn reconnect(&self) {
        self.wish(RECONNECT);
    }

    fn wish(&self, wish: u8) {
        // The end outweighs another attempt.
        self.0.wish.fetch_max(wish, Ordering::AcqRel);
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The source is to be woken by the next wish.
    fn register(&self, waker: &Waker) {
        let mut registered = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if registered.as_ref().is_none_or(|registered| !registered.will_wake(waker)) {
            *registered = Some(waker.clone());
        }
    }

    fn is_closed(&self) -> bool {
        self.0.wish.load(Ordering::Acquire) == CLOSE
    }

    /// Whether another connection was asked for, since the last call.
    fn takes_reconnect(&self) -> bool {
        self.0.wish.compare_exchange(RECONNECT, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}
