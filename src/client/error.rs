//! What happens to a source, and what comes next.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, time::Duration};

use http::{HeaderMap, StatusCode, header};

use crate::{TooLarge, Truncated, reconnect::Next};

/// Any error of an HTTP library.
pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// What happened to an [`EventSource`](super::EventSource), and what comes next.
#[derive(Debug)]
pub struct Error {
    cause: Cause,
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    Retry(Duration),
    Close,
}

impl From<Next> for Then {
    fn from(next: Next) -> Self {
        match next {
            Next::After(delay) | Next::ForgetId(delay) => Self::Retry(delay),
            Next::Read | Next::Stop | Next::GiveUp(_) => Self::Close,
        }
    }
}

/// Why there is an [`Error`]. See [the table](super#errors).
#[non_exhaustive]
pub enum Cause {
    /// An event, or a comment among items, was too large. It was skipped.
    TooLarge(TooLarge),
    /// No connection could be made, or no answer was read.
    Connect(BoxError),
    /// The answer is not an event stream.
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// Its headers: the content type, and often an id of the request, such as `x-request-id`, to quote when you ask for help.
        headers: Box<HeaderMap>,
        /// The start of its body: what came of the first 64 KiB in 5 seconds.
        body: Vec<u8>,
    },
    /// The body ended. `Some` if the end cut off an event that was discarded ([`OnTruncated`](crate::OnTruncated) decides that), `None` if
    /// not. `None` does not say that there were events, or that none was too large.
    Ended(Option<Truncated>),
    /// The transfer of the body failed.
    Lost(BoxError),
    /// Nothing came for so long, not one byte.
    Silent(Duration),
    /// The body has the type of an event stream and is none.
    NoEvents {
        /// What it looks like: `"JSON"`, `"HTML"`, `"gzip"` and the like.
        looks_like: &'static str,
        /// The start of the body, at most 1 KiB.
        body: Vec<u8>,
    },
}

impl Error {
    pub(super) fn new(cause: Cause, then: impl Into<Then>) -> Self {
        Self { cause, then: then.into() }
    }

    pub(super) const fn then(&self) -> Then {
        self.then
    }

    /// What happened.
    #[must_use]
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Whether the source ends with this error. If not, read on.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.then == Then::Close
    }

    /// After how long the source connects again, if it does.
    #[must_use]
    pub const fn retry_in(&self) -> Option<Duration> {
        if let Then::Retry(delay) = self.then { Some(delay) } else { None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::TooLarge(error) => return error.fmt(f),
            Cause::Connect(_) => f.write_str("no answer came from the server")?,
            Cause::Refused { status, headers, body } => {
                let content_type = headers.get(header::CONTENT_TYPE);
                let content_type = content_type.map_or("no type".into(), |value| String::from_utf8_lossy(value.as_bytes()));
                write!(f, "the server answered {status} ({content_type}) instead of an event stream{}", Start(body))?;
            }
            Cause::Ended(None) => f.write_str("the server ended the stream")?,
            Cause::Ended(Some(_)) => f.write_str("the stream ended in the middle of an event")?,
            Cause::Lost(_) => f.write_str("the connection was lost")?,
            Cause::Silent(time) => write!(f, "nothing came for {time:?}")?,
            Cause::NoEvents { looks_like: looks_like @ ("gzip" | "zstd"), .. } => {
                write!(f, "the body is no event stream, it looks like {looks_like}: ask for `Accept-Encoding: identity`")?;
            }
            Cause::NoEvents { looks_like, body } => {
                write!(f, "the body is no event stream, it looks like {looks_like}{}", Start(body))?;
            }
        }
        match self.then {
            Then::Retry(delay) => write!(f, "; trying again in {:?}", rounded(delay)),
            Then::Close | Then::GoOn => Ok(()),
        }
    }
}

/// To tenths of a second, or to milliseconds if it is shorter.
fn rounded(delay: Duration) -> Duration {
    let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let tenths = (millis.saturating_add(50) / 100).saturating_mul(100);
    Duration::from_millis(if millis < 1000 { millis } else { tenths })
}

/// The start of a body, as one line of text.
struct Start<'a>(&'a [u8]);

impl fmt::Display for Start<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.0);
        let mut separator = ": ";
        let mut left = 200_usize;
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
            let end = word.char_indices().nth(left).map_or(word.len(), |(end, _)| end);
            write!(f, "{separator}{}", word.get(..end).unwrap_or_default())?;
            left = left.saturating_sub(word.chars().count().saturating_add(1));
            if left == 0 {
                return f.write_str(" …");
            }
            separator = " ";
        }
        Ok(())
    }
}

/// Bodies as text, at most 1,000 characters of it: this is what a program shows whose `main` returns an [`Error`].
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(error) => f.debug_tuple("TooLarge").field(error).finish(),
            Self::Connect(error) => f.debug_tuple("Connect").field(error).finish(),
            Self::Refused { status, headers, body } => {
                f.debug_struct("Refused").field("status", status).field("headers", headers).field("body", &text(body)).finish()
            }
            Self::Ended(truncated) => f.debug_tuple("Ended").field(truncated).finish(),
            Self::Lost(error) => f.debug_tuple("Lost").field(error).finish(),
            Self::Silent(time) => f.debug_tuple("Silent").field(time).finish(),
            Self::NoEvents { looks_like, body } => {
                f.debug_struct("NoEvents").field("looks_like", looks_like).field("body", &text(body)).finish()
            }
        }
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(1000).collect()
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.cause {
            Cause::Connect(error) | Cause::Lost(error) => Some(&**error),
            Cause::Ended(Some(truncated)) => Some(truncated),
            _ => None,
        }
    }
}
