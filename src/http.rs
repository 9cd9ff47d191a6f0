//! What is about HTTP and not about the format: the content type and the header that resumes a stream.

/// The media type of event streams, for `Content-Type` and `Accept`. It needs no `charset`: event streams are always UTF-8.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// The name of the request header in which a client that reconnects sends its
/// [last event ID](crate::Parser::last_event_id), unless that is empty. In lower case, as HTTP/2 wants it and as libraries want
/// it in constants; HTTP/1 does not mind.
///
/// An id may hold any characters but CR, LF and NUL, and the standard sends it as UTF-8. Constructors of header values that
/// take a string (`HeaderValue::from_str` of the crate `http` is one) refuse what is not ASCII; the ones that take bytes
/// (`HeaderValue::from_bytes(id.as_bytes())`) do not, and read on the other side as bytes, too. Control characters other than
/// tab no HTTP library sends: a server that wants to be resumed does not put them into ids.
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
