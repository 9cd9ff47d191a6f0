//! What the two clients share.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

/// The largest error body that is read.
const MAX_ERROR: usize = 64 * 1024;

/// The body of a response, which fails if nothing comes for so long: no byte, so that heartbeats of any kind keep it going, and
/// events that take their time, too.
pub fn body(response: reqwest::Response, silence: Duration) -> impl Stream<Item = io::Result<Bytes>> + Unpin {
    let chunks = stream::unfold(response.bytes_stream(), move |mut chunks| async move {
        let chunk = match timeout(silence, chunks.next()).await {
            Ok(chunk) => chunk?.map_err(|error| io::Error::other(with_sources(&error))),
            Err(_) => Err(io::Error::other(format!("nothing came for {} ms", silence.as_millis()))),
        };
        Some((chunk, chunks))
    });
    Box::pin(chunks)
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
pub async fn why(response: reqwest::Response, silence: Duration) -> String {
    let (mut chunks, mut body) = (self::body(response, silence), Vec::new());
    while let Some(Ok(chunk)) = chunks.next().await
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
