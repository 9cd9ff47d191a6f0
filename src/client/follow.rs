//! What both sources share: all that outlives a connection, and every decision. No I/O, and no time but what it is told.

use alloc::{boxed::Box, string::ToString, vec::Vec};
use core::{
    hash::{BuildHasher, Hasher},
    time::Duration,
};

use bytes::Buf;
use http::{HeaderMap, StatusCode, header, response::Parts};

use super::{BoxError, Cause, Error, Notice, Resume, error::Then};
use crate::{
    EventBuf, Item, ItemBuf, Parser, Reconnect,
    adapters::{Owned, Session},
    reconnect::{Next, Refused, is_temporary},
};

/// How long the body of an answer that is no stream is read.
pub(super) const REFUSAL_TIME: Duration = Duration::from_secs(5);

/// And how much of it.
const REFUSAL_LENGTH: usize = 64 * 1024;

/// How much of a body is kept that may be no event stream.
const START: usize = 1024;

/// What a source gives: [`EventBuf`], [`ItemBuf`], or a [`Notice`] of one of them. Sealed.
pub trait Output: sealed::Output {}

impl<T: sealed::Output> Output for T {}

mod sealed {
    use http::response::Parts;

    use crate::adapters::Owned;

    pub trait Output: From<Self::Owned> {
        type Owned: Owned;

        /// What tells of an open connection, if something does.
        fn open(_: Parts) -> Option<Self> {
            None
        }
    }
}

impl sealed::Output for EventBuf {
    type Owned = Self;
}

impl sealed::Output for ItemBuf {
    type Owned = Self;
}

impl<T: Owned> sealed::Output for Notice<T> {
    type Owned = T;

    fn open(head: Parts) -> Option<Self> {
        Some(Self::Open(head))
    }
}

/// What to do with an answer.
pub(super) enum Answer {
    Read,
    Stop,
    /// Read why, and do this then.
    Refused(Then),
}

/// An answer that is no stream, while the start of its body is read.
pub(super) struct Refusal {
    status: StatusCode,
    headers: Box<HeaderMap>,
    body: Vec<u8>,
    then: Then,
}

impl Refusal {
    pub(super) fn new(head: &Parts, then: Then) -> Self {
        Self { status: head.status, headers: Box::new(head.headers.clone()), body: Vec::new(), then }
    }

    /// Takes more of the body. Whether that is enough.
    pub(super) fn add(&mut self, mut data: impl Buf) -> bool {
        while data.has_remaining() && self.body.len() < REFUSAL_LENGTH {
            let piece = data.chunk();
            let room = REFUSAL_LENGTH.saturating_sub(self.body.len());
            let piece = piece.get(..room).unwrap_or(piece);
            self.body.extend_from_slice(piece);
            data.advance(piece.len());
        }
        self.body.len() >= REFUSAL_LENGTH
    }

    pub(super) fn error(&mut self) -> Error {
        let (headers, body) = (core::mem::take(&mut self.headers), core::mem::take(&mut self.body));
        Error::new(Cause::Refused { status: self.status, headers, body }, self.then)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Follow<T> {
    pub(super) session: Session<T>,
    pub(super) reconnect: Reconnect,
    pub(super) entropy: fn() -> u64,
    /// The request had an id.
    has_sent_id: bool,
    /// What the parser had counted at the last sign of life.
    life: u64,
    /// The start of the body, as long as nothing in it had a meaning.
    start: Option<Vec<u8>>,
}

impl Follow<EventBuf> {
    pub(super) fn new() -> Self {
        Self {
            session: Session::new(Parser::new().with_skipped_ids()),
            reconnect: Reconnect::new().with_retryable(is_temporary),
            entropy: || std::hash::RandomState::new().build_hasher().finish(),
            has_sent_id: false,
            life: 0,
            start: None,
        }
    }
}

impl<T> Follow<T> {
    pub(super) fn items(self) -> Follow<ItemBuf> {
        let Self { session, reconnect, entropy, has_sent_id, life, start } = self;
        Follow { session: session.items(), reconnect, entropy, has_sent_id, life, start }
    }

    pub(super) const fn parser(&self) -> &Parser {
        &self.session.parser
    }

    pub(super) fn set_parser(&mut self, parser: Parser) {
        self.session.parser = parser;
        self.life = self.counted_life();
    }

    /// What the next request must say.
    pub(super) fn resume(&mut self) -> Resume {
        let id = Reconnect::header_value(self.session.parser.last_event_id()).map(ToString::to_string);
        self.has_sent_id = id.is_some();
        Resume::new(id)
    }

    /// The server has answered.
    pub(super) fn answered(&mut self, head: &Parts) -> Answer {
        let content_type = head.headers.get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let next = self.reconnect.connected(head.status.as_u16(), content_type, retry_after(&head.headers), (self.entropy)());
        match next {
            Next::Read => {
                self.start = Some(Vec::new());
                Answer::Read
            }
            Next::Stop => Answer::Stop,
            Next::ForgetId(_) if !self.has_sent_id => Answer::Refused(Then::Close),
            Next::ForgetId(_) => {
                let forgotten = self.session.parser.set_last_event_id("");
                debug_assert!(forgotten.is_ok(), "every storage keeps an empty id");
                Answer::Refused(next.into())
            }
            Next::After(_) | Next::GiveUp(_) => Answer::Refused(next.into()),
        }
    }

    /// The connection is gone, or there was none: what comes next.
    pub(super) fn lost(&mut self, cause: Cause, lasted: Duration) -> Error {
        self.session.finish();
        let next = self.reconnect.ended(self.session.parser.retry(), lasted, (self.entropy)());
        debug_assert!(matches!(next, Next::After(_) | Next::GiveUp(Refused::Attempts(_))), "an end leads to nothing else");
        Error::new(cause, next)
    }

    pub(super) fn no_connection(&mut self, error: BoxError) -> Error {
        self.lost(Cause::Connect(error), Duration::ZERO)
    }

    /// The body has ended, and [`last`](Self::last) was asked for.
    pub(super) fn ended(&mut self, lasted: Duration) -> Error {
        let cause = match self.start.take() {
            Some(body) if is_no_stream(&body) => Cause::NoEvents { looks_like: looks_like(&body), body },
            _ => Cause::Ended(self.session.truncated),
        };
        self.lost(cause, lasted)
    }

    /// The source starts over by request.
    pub(super) fn start_over(&mut self) {
        self.session.finish();
        self.reconnect.alive();
    }

    /// A chunk has come.
    pub(super) fn received(&mut self, chunk: &[u8]) -> Option<Error> {
        let start = self.start.as_mut()?;
        let room = START.saturating_sub(start.len());
        start.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
        let looks_like = magic(start)?;
        // It cannot become one, and another attempt would bring the same.
        let body = self.start.take().unwrap_or_default();
        self.session.finish();
        Some(Error::new(Cause::NoEvents { looks_like, body }, Then::Close))
    }

    /// The chunk has been read. If all that came so far has no meaning, says so, once.
    pub(super) fn read(&mut self) -> Option<Error> {
        let start = self.start.as_ref()?;
        let (has_line, is_full) = (start.iter().any(|byte| matches!(byte, b'\n' | b'\r')), start.len() == START);
        if !(has_line || is_full) {
            return None;
        }
        if !is_no_stream(start) {
            self.start.take_if(|_| is_full);
            return None;
        }
        let body = self.start.take().unwrap_or_default();
        Some(Error::new(Cause::NoEvents { looks_like: looks_like(&body), body }, Then::GoOn))
    }

    /// Starts over with the delays, if there was a sign of life.
    #[inline]
    fn note_life(&mut self) {
        let life = self.counted_life();
        if life != self.life {
            (self.life, self.start) = (life, None);
            self.reconnect.alive();
        }
    }

    const fn counted_life(&self) -> u64 {
        let counts = self.session.parser.counts();
        counts.events.wrapping_add(counts.comments).wrapping_add(counts.ids)
    }
}

impl<T: Owned> Follow<T> {
    /// The body has ended: the event that the end cut off, if that is to be given out.
    pub(super) fn last(&mut self) -> Option<T> {
        let last = self.session.end()?.ok();
        self.note_life();
        last
    }

    /// The next thing in the chunk.
    #[inline]
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Option<Result<T, Error>> {
        let next = self.session.next(input);
        self.note_life();
        next.map(|next| next.map_err(|error| Error::new(Cause::TooLarge(error), Then::GoOn)))
    }
}

/// How long the server asks to wait: seconds, or a date, which is compared with the server's own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let value = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text| httpdate::parse_http_date(text).ok();
    date(value)?.duration_since(date(text(header::DATE)?)?).ok()
}

/// Whether the start of a body has lines without meaning, and nothing else, and one that is not even a field.
fn is_no_stream(start: &[u8]) -> bool {
    let mut parser = Parser::new().with_all_items();
    let mut is_none = false;
    for mut input in [start, b"\n"] {
        // A line that is not finished may become one with a meaning.
        if parser.truncated().is_some() {
            return false;
        }
        while let Ok(Some(item)) = parser.next_item(&mut input) {
            let Item::Unknown(line) = item else { return false };
            // Fields that nobody knows are heartbeats, as a rule.
            let name = line.as_str().split(':').next().unwrap_or_default();
            is_none |= !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        }
    }
    is_none
}

/// What no event stream starts with.
fn magic(start: &[u8]) -> Option<&'static str> {
    [(&b"\x1F\x8B"[..], "gzip"), (b"\x28\xB5\x2F\xFD", "zstd"), (b"\xFF\xFE", "UTF-16"), (b"\xFE\xFF", "UTF-16")]
        .into_iter()
        .find_map(|(magic, name)| start.starts_with(magic).then_some(name))
}

const fn looks_like(start: &[u8]) -> &'static str {
    match start.trim_ascii_start().first() {
        Some(b'{' | b'[') => "JSON",
        Some(b'<') => "HTML",
        _ => "plain text",
    }
}
