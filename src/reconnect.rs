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

/// What to do next: the answer of [`Reconnect::connected`] and [`Reconnect::ended`].
#[must_use = "it says what to do"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Read the body: it is an event stream.
    Read,
    /// Stop: the server has said, by status 204, that there is nothing more.
    Stop,
    /// Give up: the answer is not an event stream and another attempt would not change that, or there were enough attempts.
    GiveUp(Refused),
    /// Connect again after this long.
    After(Duration),
    /// Forget the last event ID ([`Parser::set_last_event_id("")`](crate::Parser::set_last_event_id)), and connect again after this
    /// long: by status 431 the server says that the head of the request is too large for it. That is said once; a second 431 in a row is
    /// an answer like others.
    ForgetId(Duration),
}

/// Why there is nothing to read, and no further attempt.
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
    /// The status is not 200.
    #[error("the server answered with status {0} instead of an event stream")]
    Status(u16),
    /// The content type is another one, or there is none.
    #[error("the server's answer is not of the type text/event-stream")]
    ContentType,
    /// There were so many attempts in a row without a sign of life: see [`Reconnect::with_max_attempts`].
    #[error("{0} attempts to connect again showed no sign of life")]
    Attempts(u32),
}

/// The statuses after which another attempt may help: 408, 425, 429, 500, 502, 503 and 504. For
/// [`with_retryable`](Reconnect::with_retryable).
///
/// ```
/// use ssewire::reconnect::is_temporary;
///
/// assert!(is_temporary(503) && !is_temporary(404));
/// ```
#[must_use]
pub const fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504)
}

/// When to connect again, and when not to: the browser's rules, without I/O, clock or randomness.
///
/// Say what happened, and do what the answer is:
///
/// ```text
///  connect ──► `connected(status, …)` ──► Read ──► for each sign of life `alive()`
///     ▲   │                        ├────► Stop, GiveUp       │
///     │   │ no answer              └────► After ──┐          │ the end, or an error
///     │   ▼                                       │          ▼
///     └── `ended(…)`: After, or GiveUp ◄──────────┴──── `ended(…)`
/// ```
///
/// # The delay
///
/// The first delay is the reconnection time: what the server has set last (`retry:`), or else the client's own, three seconds. A
/// `retry: 0` cannot undercut the [floor](Self::with_bounds).
///
/// Each further attempt doubles the delay, up to the cap, until the server shows a sign of life. Signs of life are an event
/// that was delivered, an id, a comment, and a connection that lasted a minute. What was too large is none. So a server that answers and hangs up at once
/// is not hammered, and one that cuts each connection after a while is back after the reconnection time, as in browsers.
///
/// The cap bounds only the doubling. The delay is never less than the server asked for, by `retry` or by `Retry-After`, up to a
/// [ceiling](Self::with_ceiling) of a day.
///
/// Jitter comes on top: up to half of the delay, so that clients do not come back all at once. For that every call that may lead
/// to a delay takes `entropy`, any `u64` that the caller's random generator gives; 0 is no jitter. (Without a generator, std has
/// `RandomState::new().build_hasher().finish()`.)
///
/// ```
/// use core::time::Duration;
/// use ssewire::{Parser, reconnect::{Next, Reconnect, Refused}};
///
/// let mut parser = Parser::new();
/// let mut reconnect = Reconnect::new();
/// let entropy = || 0;                                        // a real client asks its random generator
/// let lasted = Duration::from_secs(5);                       // and its clock
///
/// assert_eq!(reconnect.connected(200, "text/event-stream", None, entropy()), Next::Read);
/// let mut input = &b"retry: 1000\nid: 7\ndata: x\n\n"[..];
/// while let Ok(Some(_)) = parser.next(&mut input) {
///     reconnect.alive();
/// }
/// assert_eq!(reconnect.ended(parser.retry(), lasted, entropy()), Next::After(Duration::from_secs(1)));
/// assert_eq!(Reconnect::header_value(parser.last_event_id()), Some("7"));        // the header to send
/// assert_eq!(reconnect.ended(parser.retry(), Duration::ZERO, entropy()), Next::After(Duration::from_secs(2)));
/// assert_eq!(reconnect.connected(404, "text/html", None, entropy()), Next::GiveUp(Refused::Status(404)));
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    time: Duration,
    floor: Duration,
    cap: Duration,
    ceiling: Duration,
    factor: u32,
    max_attempts: u32,
    retryable: fn(u16) -> bool,
    /// Delays since the last sign of life.
    attempts: u32,
    /// The reconnection time that the server has set, as of the last call that said so.
    server_time: Option<Duration>,
    /// The id was forgotten since the last answer that was not 431.
    has_forgotten: bool,
}

impl Reconnect {
    /// The reconnection time before a server has set one, if the client sets [no other](Self::with_time).
    pub const DEFAULT_TIME: Duration = Duration::from_secs(3);

    /// How long a connection must last to be a sign of life by itself.
    pub const LIFE: Duration = Duration::from_secs(60);

    /// The longest last event ID that is sent as a header, in bytes. Servers refuse longer heads, some by status 431.
    pub const MAX_ID_LENGTH: usize = 4096;

    /// With doubling from 100 ms to 5 minutes, without end, and no status but 200 worth another attempt, as in browsers.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Reconnect, reconnect::Next};
    ///
    /// let mut delay = |reconnect: Reconnect| reconnect.clone().ended(Some(Duration::ZERO), Duration::ZERO, 0);
    /// assert_eq!(delay(Reconnect::new()), Next::After(Duration::from_millis(100)));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            time: Self::DEFAULT_TIME,
            floor: Duration::from_millis(100),
            cap: Duration::from_secs(300),
            ceiling: Duration::from_secs(24 * 60 * 60),
            factor: 2,
            max_attempts: u32::MAX,
            retryable: |_| false,
            attempts: 0,
            server_time: None,
            has_forgotten: false,
        }
    }

    /// With this reconnection time until the server sets one.
    #[must_use]
    pub const fn with_time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// With delays of at least `floor`, and doubling up to `cap`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Reconnect, reconnect::Next};
    ///
    /// let reconnect = Reconnect::new().with_bounds(Duration::from_secs(1), Duration::from_secs(10));
    /// let delay = |time| reconnect.clone().ended(Some(time), Duration::ZERO, 0);
    /// assert_eq!(delay(Duration::ZERO), Next::After(Duration::from_secs(1)));
    /// assert_eq!(delay(Duration::from_secs(600)), Next::After(Duration::from_secs(600)));     // the server asked for it
    /// ```
    #[must_use]
    pub const fn with_bounds(self, floor: Duration, cap: Duration) -> Self {
        Self { floor, cap, ..self }
    }

    /// With this bound for what a server may ask for: a day in [`new`](Self::new). Only jitter goes beyond it.
    #[must_use]
    pub const fn with_ceiling(self, ceiling: Duration) -> Self {
        Self { ceiling, ..self }
    }

    /// With this factor from one attempt to the next in place of 2. By 1 (and 0) all delays are alike.
    #[must_use]
    pub const fn with_factor(self, factor: u32) -> Self {
        Self { factor, ..self }
    }

    /// With at most so many attempts in a row without a sign of life. With 0, a connection that is lost is not made again.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Reconnect, reconnect::{Next, Refused}};
    ///
    /// let mut reconnect = Reconnect::new().with_max_attempts(1);
    /// assert!(matches!(reconnect.ended(None, Duration::ZERO, 0), Next::After(_)));
    /// assert_eq!(reconnect.ended(None, Duration::ZERO, 0), Next::GiveUp(Refused::Attempts(1)));
    /// ```
    #[must_use]
    pub const fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// With another attempt after these statuses, too. Browsers give up on all but 200; a client of an API may want to try again
    /// [after 429 and 5xx](is_temporary).
    ///
    /// ```
    /// use ssewire::reconnect::{Next, Reconnect, is_temporary};
    ///
    /// let mut reconnect = Reconnect::new().with_retryable(is_temporary);
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
        let has_forgotten = core::mem::replace(&mut self.has_forgotten, status == 431);
        match status {
            200 if is_event_stream(content_type) => Next::Read,
            200 => Next::GiveUp(Refused::ContentType),
            204 => Next::Stop,
            431 if !has_forgotten => match self.after(retry_after.unwrap_or_default(), entropy) {
                Next::After(delay) => Next::ForgetId(delay),
                next => next,
            },
            _ if (self.retryable)(status) => self.after(retry_after.unwrap_or_default(), entropy),
            _ => Next::GiveUp(Refused::Status(status)),
        }
    }

    /// No connection could be made, no answer was read from it, or its body has ended, cleanly or not: the standard makes no
    /// difference. The answer is [`Next::After`], or [`Next::GiveUp`] after [too many attempts](Self::with_max_attempts).
    ///
    /// `time` is the reconnection time, as [`Parser::retry`](crate::Parser::retry) has it. `lasted` is how long the body was read, zero if
    /// there was none.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::{Reconnect, reconnect::Next};
    ///
    /// let mut reconnect = Reconnect::new();
    /// let mut ended = |lasted| match reconnect.ended(None, Duration::from_secs(lasted), 0) {
    ///     Next::After(delay) => delay.as_secs(),
    ///     other => unreachable!("{other:?}"),
    /// };
    /// assert_eq!([ended(0), ended(0), ended(0), ended(60), ended(0)], [3, 6, 12, 3, 6]);
    /// ```
    pub fn ended(&mut self, time: Option<Duration>, lasted: Duration, entropy: u64) -> Next {
        self.server_time = time;
        if lasted >= Self::LIFE {
            self.alive();
        }
        self.after(Duration::ZERO, entropy)
    }

    /// A sign of life: an event was delivered, an id was set, or a comment came. The next delay is the reconnection time again.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ssewire::Reconnect;
    ///
    /// let mut reconnect = Reconnect::new();
    /// let first = reconnect.ended(None, Duration::ZERO, 0);
    /// assert_ne!(reconnect.ended(None, Duration::ZERO, 0), first);
    /// reconnect.alive();
    /// assert_eq!(reconnect.ended(None, Duration::ZERO, 0), first);
    /// ```
    pub const fn alive(&mut self) {
        self.attempts = 0;
    }

    /// How many delays were given since the last sign of life.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The value of the header [`LAST_EVENT_ID`] to send with this [last event ID](crate::Parser::last_event_id): none if it is
    /// empty, or longer than [`MAX_ID_LENGTH`](Self::MAX_ID_LENGTH). Nor is there one if it holds a control character other than tab, which no
    /// HTTP library sends: a client that insisted would never connect again.
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
        let fits = (1..=Self::MAX_ID_LENGTH).contains(&last_event_id.len());
        Some(last_event_id).filter(|id| fits && id.bytes().all(is_sent))
    }

    /// The next delay, if there is one.
    fn after(&mut self, at_least: Duration, entropy: u64) -> Next {
        if self.attempts >= self.max_attempts {
            return Next::GiveUp(Refused::Attempts(self.attempts));
        }
        let time = self.server_time.unwrap_or(self.time).max(self.floor);
        let factor = self.factor.max(1).saturating_pow(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        let doubled = time.saturating_mul(factor).min(self.cap);
        let delay = doubled.max(time).max(at_least).min(self.ceiling);
        // The upper half of the entropy, as a fraction of one half.
        let jitter = u128::from(entropy >> 32).saturating_mul(delay.as_nanos()) >> 33;
        let jitter = Duration::from_nanos(u64::try_from(jitter).unwrap_or(u64::MAX));
        Next::After(delay.saturating_add(jitter))
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
