//! What is about HTTP and not about the format: the content type, the header that resumes a stream, and what to do when a
//! connection ends
//! ([section 9.2.3](https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model)).

use core::time::Duration;

/// The media type of event streams, for `Content-Type` and `Accept`. It needs no `charset`: event streams are always UTF-8.
///
/// ```
/// use ssewire::CONTENT_TYPE;
///
/// let head = format!("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: {CONTENT_TYPE}\r\n\r\n");
/// # let _ = head;
/// ```
pub const CONTENT_TYPE: &str = "text/event-stream";

/// The name of the request header in which a client that reconnects sends its
/// [last event ID](crate::Parser::last_event_id), unless that is empty. In lower case, as HTTP/2 wants it and as libraries want
/// it in constants; HTTP/1 does not mind.
///
/// An id may hold any characters but CR, LF and NUL, and the standard sends it as UTF-8. Constructors of header values that
/// take a string (`HeaderValue::from_str` of the crate `http` is one) refuse what is not ASCII; the ones that take bytes
/// (`HeaderValue::from_bytes(id.as_bytes())`) do not, and read on the other side as bytes, too. Control characters other than
/// tab no HTTP library sends: a server that wants to be resumed does not put them into ids, and a client leaves the header out
/// ([`Reconnect::header_value`]).
///
/// ```
/// use ssewire::{LAST_EVENT_ID, Parser};
///
/// let mut parser = Parser::new();
/// assert!(parser.next(&mut "id: über\ndata: x\n\n".as_bytes())?.is_some());
/// let mut head = b"GET /events HTTP/1.1\r\nHost: localhost\r\n".to_vec();
/// for part in [LAST_EVENT_ID, ": ", parser.last_event_id(), "\r\n\r\n"] {
///     head.extend_from_slice(part.as_bytes());
/// }
/// assert!(head.ends_with("last-event-id: über\r\n\r\n".as_bytes()));
/// # Ok::<_, ssewire::TooLarge>(())
/// ```
pub const LAST_EVENT_ID: &str = "last-event-id";

/// Whether the value of a `Content-Type` header says that the body is an event stream. Parameters (`; charset=utf-8`), case and
/// surrounding white space do not matter. Takes text or bytes, and so the header values of most libraries.
///
/// ```
/// use ssewire::is_event_stream;
///
/// assert!(is_event_stream("text/event-stream; charset=utf-8"));
/// assert!(is_event_stream(b"Text/Event-Stream"));
/// assert!(!is_event_stream("application/json"));
/// assert!(!is_event_stream("text/event-stream-x"));
/// ```
#[must_use]
pub fn is_event_stream(content_type: impl AsRef<[u8]>) -> bool {
    let essence = content_type.as_ref().split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(CONTENT_TYPE.as_bytes())
}

/// What to do with an answer: see [`Reconnect::connected`].
#[must_use = "it says what to do"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Read the body: it is an event stream.
    Read,
    /// Stop: the server has said, by status 204, that there is nothing more.
    Stop,
    /// Give up: the answer is not an event stream, and asking again would not change that.
    GiveUp(Refused),
    /// Connect again after this long.
    After(Duration),
}

/// Why an answer is not an event stream.
///
/// ```
/// use ssewire::reconnect::{Next, Reconnect, Refused};
///
/// let next = Reconnect::new().connected(200, "text/html", None, 0);
/// assert_eq!(next, Next::GiveUp(Refused::ContentType));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// Its status is not 200.
    #[error("the server answered with status {0} instead of an event stream; look at the body for why")]
    Status(u16),
    /// Its content type is another one, or there is none.
    #[error("the server's answer is not of the type text/event-stream; look at the body for why")]
    ContentType,
}

/// When to connect again, and when not to: the browser's rules, without I/O, clock or randomness.
///
/// Say what happened, and do what the answer is:
///
/// ```text
///  connect ──► `connected(status, …)` ──► Read ──► for each event `dispatched()`
///     ▲   │                        ├────► Stop, GiveUp       │
///     │   │ no answer              └────► After ──┐          │ the end, or an error
///     │   ▼                                       │          ▼
///     └── `ended(…)`: after this long ◄───────────┴──── `ended(…)`
/// ```
///
/// The delay is the reconnection time that the server has set last (`retry:`), or three seconds; at least
/// [`floor`](Self::with_bounds), which a `retry: 0` cannot undercut, and at most the cap. Each further attempt since the last event
/// doubles it: only an event that was dispatched shows that a server works; one that answers and hangs up at once is not to be
/// hammered. Up to half of it is added at random, so that clients do not come back all at once; for that every call that may lead
/// to a delay takes `entropy`, which is any `u64` that the caller's random generator gives. (Without one, std has
/// `RandomState::new().build_hasher().finish()`.)
///
/// ```
/// use core::time::Duration;
/// use ssewire::{Parser, reconnect::{Next, Reconnect, Refused}};
///
/// let mut parser = Parser::new();
/// let mut reconnect = Reconnect::new();
/// let entropy = || 0;                                        // a real client asks its random generator
///
/// assert_eq!(reconnect.connected(200, "text/event-stream", None, entropy()), Next::Read);
/// let mut input = &b"retry: 1000\nid: 7\ndata: x\n\n"[..];
/// while let Ok(Some(_)) = parser.next(&mut input) {
///     reconnect.dispatched();
/// }
/// assert_eq!(reconnect.ended(parser.retry(), entropy()), Duration::from_secs(1));
/// assert_eq!(Reconnect::header_value(parser.last_event_id()), Some("7"));        // the header to send
/// assert_eq!(reconnect.ended(parser.retry(), entropy()), Duration::from_secs(2));
/// assert_eq!(reconnect.connected(404, "text/html", None, entropy()), Next::GiveUp(Refused::Status(404)));
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    floor: Duration,
    cap: Duration,
    retryable: fn(u16) -> bool,
    /// Delays since the last event.
    attempts: u32,
    /// What the server has set, as of the last call that said so.
    time: Duration,
}

impl Reconnect {
    /// The reconnection time before a server has set one.
    ///
    /// ```
    /// use ssewire::reconnect::{Next, Reconnect};
    ///
    /// assert_eq!(Reconnect::new().ended(None, 0), Reconnect::DEFAULT_TIME);
    /// ```
    pub const DEFAULT_TIME: Duration = Duration::from_secs(3);

    /// With delays from 100 ms to 5 minutes, and no status but 200 worth another attempt, as in browsers.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Reconnect;
    ///
    /// let mut reconnect = Reconnect::new();
    /// assert_eq!(reconnect.ended(Some(Duration::ZERO), 0), Duration::from_millis(100));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            floor: Duration::from_millis(100),
            cap: Duration::from_secs(300),
            retryable: |_| false,
            attempts: 0,
            time: Self::DEFAULT_TIME,
        }
    }

    /// With delays of at least `floor` and at most `cap`. If the floor is above the cap, the cap holds.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Reconnect;
    ///
    /// let mut reconnect = Reconnect::new().with_bounds(Duration::from_secs(1), Duration::from_secs(10));
    /// assert_eq!(reconnect.ended(Some(Duration::ZERO), 0), Duration::from_secs(1));
    /// assert_eq!(reconnect.ended(Some(Duration::MAX), 0), Duration::from_secs(10));
    /// ```
    #[must_use]
    pub const fn with_bounds(self, floor: Duration, cap: Duration) -> Self {
        Self { floor, cap, ..self }
    }

    /// With another attempt after these statuses, too. Browsers give up on all but 200; a client of an API may want to try again
    /// after 429 and 5xx.
    ///
    /// ```
    /// use ssewire::reconnect::{Next, Reconnect};
    ///
    /// let mut reconnect = Reconnect::new().with_retryable(|status| status == 429 || status >= 500);
    /// let retry_after = Some(core::time::Duration::from_secs(20));
    /// assert_eq!(reconnect.connected(503, "", retry_after, 0), Next::After(retry_after.unwrap()));
    /// ```
    #[must_use]
    pub const fn with_retryable(self, retryable: fn(u16) -> bool) -> Self {
        Self { retryable, ..self }
    }

    /// The server has answered, with this status (after redirections, which are the HTTP client's) and this `Content-Type`, empty
    /// if there is none. `retry_after` is what its `Retry-After` header says, if it has one; it counts for the statuses that are
    /// [retryable](Self::with_retryable).
    ///
    /// ```
    /// use ssewire::reconnect::{Next, Reconnect, Refused};
    ///
    /// let mut reconnect = Reconnect::new();
    /// assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
    /// assert_eq!(reconnect.connected(204, "", None, 0), Next::Stop);
    /// assert_eq!(reconnect.connected(500, "text/plain", None, 0), Next::GiveUp(Refused::Status(500)));
    /// ```
    pub fn connected(
        &mut self,
        status: u16,
        content_type: impl AsRef<[u8]>,
        retry_after: Option<Duration>,
        entropy: u64,
    ) -> Next {
        match status {
            200 if is_event_stream(content_type) => Next::Read,
            200 => Next::GiveUp(Refused::ContentType),
            204 => Next::Stop,
            _ if (self.retryable)(status) => Next::After(self.after(retry_after.unwrap_or_default(), entropy)),
            _ => Next::GiveUp(Refused::Status(status)),
        }
    }

    /// No connection could be made, no answer was read from it, or its body has ended, cleanly or not: the standard makes no
    /// difference. Connect again after this long. `time` is the reconnection time, as [`Parser::retry`](crate::Parser::retry) has it.
    ///
    /// ```
    /// use ssewire::Reconnect;
    ///
    /// let mut reconnect = Reconnect::new();
    /// let mut seconds = || reconnect.ended(None, 0).as_secs();
    /// assert_eq!([seconds(), seconds(), seconds()], [3, 6, 12]);
    /// ```
    #[must_use = "it says when to connect again"]
    pub fn ended(&mut self, time: Option<Duration>, entropy: u64) -> Duration {
        self.time = time.unwrap_or(Self::DEFAULT_TIME);
        self.after(Duration::ZERO, entropy)
    }

    /// An event was dispatched: the server works, so the next delay is the reconnection time again.
    ///
    /// ```
    /// use ssewire::Reconnect;
    ///
    /// let mut reconnect = Reconnect::new();
    /// let first = reconnect.ended(None, 0);
    /// assert_ne!(reconnect.ended(None, 0), first);
    /// reconnect.dispatched();
    /// assert_eq!(reconnect.ended(None, 0), first);
    /// ```
    pub const fn dispatched(&mut self) {
        self.attempts = 0;
    }

    /// The value of the header [`LAST_EVENT_ID`] to send with this [last event ID](crate::Parser::last_event_id): none if it is
    /// empty. Nor is there one if it holds a control character other than tab, which no HTTP library sends: a client that insisted
    /// would never connect again.
    ///
    /// ```
    /// use ssewire::Reconnect;
    ///
    /// assert_eq!(Reconnect::header_value("7"), Some("7"));
    /// assert_eq!(Reconnect::header_value(""), None);
    /// assert_eq!(Reconnect::header_value("7\u{1}"), None);
    /// ```
    #[must_use]
    pub fn header_value(last_event_id: &str) -> Option<&str> {
        let is_sent = |byte: u8| !byte.is_ascii_control() || byte == b'\t';
        Some(last_event_id).filter(|id| !id.is_empty() && id.bytes().all(is_sent))
    }

    /// Doubles with each attempt, within the bounds; jitter adds up to half, within the cap.
    fn after(&mut self, at_least: Duration, entropy: u64) -> Duration {
        // 2^32 times the smallest floor is above every sensible cap, and saturation does the rest.
        let factor = 1_u32.checked_shl(self.attempts).unwrap_or(u32::MAX);
        self.attempts = self.attempts.saturating_add(1);
        let delay = self.time.max(self.floor).saturating_mul(factor).max(at_least).min(self.cap);
        // The upper half of the entropy, as a fraction of one half.
        let jitter = u128::from(entropy >> 32).saturating_mul(delay.as_nanos()) >> 33;
        let jitter = Duration::from_nanos(u64::try_from(jitter).unwrap_or(u64::MAX));
        delay.saturating_add(jitter).min(self.cap)
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_is_what_stands_before_the_parameters() {
        for yes in ["text/event-stream", " text/event-stream\t", "TEXT/EVENT-STREAM;charset=UTF-8", "text/event-stream ;"] {
            assert!(is_event_stream(yes), "{yes:?}");
        }
        for no in ["", ";", "text/event-strea", "text/event-stream2", "text/plain; text/event-stream", "text / event-stream"] {
            assert!(!is_event_stream(no), "{no:?}");
        }
    }
}
