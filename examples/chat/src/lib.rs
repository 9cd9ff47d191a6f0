//! What the two clients share: a stream that is not allowed to fall silent.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use ssewire::{EventStream, ItemBuf, OnTruncated, Parser, StreamError};
use tokio::time::timeout;

/// The largest error body that is read.
const MAX_ERROR: usize = 64 * 1024;

/// Why a stream gave no item.
#[derive(Debug)]
pub enum Problem {
    /// An event was skipped, since it was too large. The stream goes on.
    Skipped(String),
    /// The connection failed, or nothing came for too long, not even a heartbeat.
    Lost(String),
}

/// The items of a response's body. Comments are among them, and each item says that the other end lives.
pub struct Items<S> {
    stream: EventStream<S, ItemBuf>,
    silence: Duration,
}

impl<S, B, E> Items<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<bytes::Bytes>,
    E: std::error::Error + 'static,
{
    pub fn new(body: S, parser: Parser, on_truncated: OnTruncated, silence: Duration) -> Self {
        Self { stream: EventStream::with_parser(body, parser).on_truncated(on_truncated).items(), silence }
    }

    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<ItemBuf, Problem>> {
        let Ok(next) = timeout(self.silence, self.stream.next()).await else {
            return Some(Err(Problem::Lost(format!("nothing came for {} ms", self.silence.as_millis()))));
        };
        next.map(|next| {
            next.map_err(|error| match error {
                StreamError::TooLarge(error) => Problem::Skipped(error.to_string()),
                StreamError::Inner(error) => Problem::Lost(with_sources(&error)),
                other => Problem::Lost(other.to_string()),
            })
        })
    }

    /// The parser, for the next connection.
    pub fn into_parser(self) -> Parser {
        self.stream.into_parts().1
    }
}

/// An error and what it came from.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// What the body of an answer that is not a stream says: the message of a JSON error, or the start of the text itself.
pub async fn why(mut response: reqwest::Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await
        && body.len() < MAX_ERROR
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(MAX_ERROR);
    error_message(&body).unwrap_or_else(|| String::from_utf8_lossy(&body).trim().chars().take(200).collect())
}

/// The message of `{"error": {"message": …}}` or `{"error": …}`.
pub fn error_message(json: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let error = json.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").unwrap_or(error);
    Some(message.as_str().map_or_else(|| message.to_string(), str::to_owned))
}

/// What the headers of a response say to [`ssewire::Reconnect::connected`]: the content type, and how long to wait.
pub fn heads(response: &reqwest::Response) -> (Vec<u8>, Option<Duration>) {
    let header = |name| response.headers().get(name).map(|value: &reqwest::header::HeaderValue| value.as_bytes());
    let seconds = header("retry-after").and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok());
    (header("content-type").unwrap_or_default().to_vec(), seconds.map(Duration::from_secs))
}
