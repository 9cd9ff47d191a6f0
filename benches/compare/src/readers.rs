//! Who decodes: ssewire, layer by layer, the other crates, each driven in the fastest way that it documents, and the limits.
//!
//! All of them get the same chunks as `Bytes` and give the same: event type and data of each event, as text. (sse-stream and
//! russe give the event's own id, the others the last event ID; it is not compared.)

use std::{
    convert::Infallible,
    hint::black_box,
    num::NonZeroUsize,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio_util::codec::Decoder;

/// What a reader is compared as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Does less than any decoder must.
    Limit,
    /// ssewire's tokens, which are not yet events.
    Tokens,
    /// ssewire's borrowed events.
    Borrowed,
    /// ssewire's owned events, made from borrowed ones.
    Owned,
    /// ssewire's owned events from a stream of chunks.
    Streamed,
    /// Another crate, fed with slices.
    FedRival,
    /// Another crate over a stream of chunks.
    StreamRival,
}

impl Kind {
    pub const fn is_rival(self) -> bool {
        matches!(self, Self::FedRival | Self::StreamRival)
    }

    pub const fn decodes(self) -> bool {
        !matches!(self, Self::Limit | Self::Tokens)
    }
}

/// What was read, and what must be the same for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub events: usize,
    pub bytes: usize,
}

#[derive(Clone, Copy)]
pub struct Reader {
    pub name: &'static str,
    pub kind: Kind,
    /// Its time for one long line in small chunks grows with the square of the length.
    pub quadratic: bool,
    /// Reads and counts.
    pub count: fn(&[Bytes]) -> Totals,
    /// Reads and keeps.
    pub collect: fn(&[Bytes]) -> Vec<(String, String)>,
}

macro_rules! reader {
    ($name:literal, $kind:expr, $read:path) => {
        Reader {
            name: $name,
            kind: $kind,
            quadratic: false,
            count: |chunks| {
                let mut totals = Totals::default();
                $read(chunks, |event_type: &str, data: &str| {
                    let (event_type, data) = black_box((event_type, data));
                    totals.events += 1;
                    totals.bytes += event_type.len() + data.len();
                });
                totals
            },
            collect: |chunks| {
                let mut events = Vec::new();
                $read(chunks, |event_type: &str, data: &str| events.push((event_type.to_owned(), data.to_owned())));
                events
            },
        }
    };
}

macro_rules! limit {
    ($name:literal, $kind:expr, $read:path) => {
        Reader { name: $name, kind: $kind, quadratic: false, count: $read, collect: |_| Vec::new() }
    };
}

pub const READERS: [Reader; 15] = [
    limit!("memcpy", Kind::Limit, memcpy),
    limit!("memchr2_iter", Kind::Limit, line_ends),
    limit!("UTF-8 check", Kind::Limit, utf8),
    limit!("ssewire Tokenizer", Kind::Tokens, tokens),
    reader!("ssewire Parser", Kind::Borrowed, borrowed),
    reader!("ssewire EventBuf", Kind::Owned, owned),
    reader!("ssewire EventStream", Kind::Streamed, streamed),
    reader!("sse-core", Kind::FedRival, sse_core),
    reader!("sse-parse", Kind::FedRival, sse_parse),
    reader!("tokio_sse_codec", Kind::FedRival, tokio_sse_codec),
    reader!("sse-core SseStream", Kind::StreamRival, sse_core_stream),
    reader!("sse-stream", Kind::StreamRival, sse_stream),
    reader!("sseer", Kind::StreamRival, sseer),
    Reader { quadratic: true, ..reader!("eventsrc", Kind::StreamRival, eventsrc) },
    Reader { quadratic: true, ..reader!("eventsource-stream", Kind::StreamRival, eventsource_stream) },
];

/// Reads, by each reader, borrowed events: what all others must see, too.
pub fn expected(chunks: &[Bytes]) -> Vec<(String, String)> {
    let mut events = Vec::new();
    borrowed(chunks, |event_type, data| events.push((event_type.to_owned(), data.to_owned())));
    events
}

fn memcpy(chunks: &[Bytes]) -> Totals {
    let mut buffer = vec![0; chunks.iter().map(Bytes::len).max().unwrap_or_default()];
    for chunk in chunks {
        buffer[..chunk.len()].copy_from_slice(chunk);
        black_box(&mut buffer);
    }
    Totals::default()
}

fn line_ends(chunks: &[Bytes]) -> Totals {
    for chunk in chunks {
        for place in memchr::memchr2_iter(b'\n', b'\r', chunk) {
            black_box(place);
        }
    }
    Totals::default()
}

fn utf8(chunks: &[Bytes]) -> Totals {
    for chunk in chunks {
        // (The rest of a character that the chunk before began would end the check at once.)
        let start = chunk.iter().take_while(|byte| (0x80..0xC0).contains(*byte)).count();
        let _ = black_box(std::str::from_utf8(&chunk[start..]));
    }
    Totals::default()
}

fn tokens(chunks: &[Bytes]) -> Totals {
    let mut tokenizer = ssewire::decode::Tokenizer::new();
    for chunk in chunks {
        for token in tokenizer.tokens(&mut &chunk[..]) {
            black_box(token);
        }
    }
    Totals::default()
}

fn borrowed(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut parser = ssewire::Parser::new();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = parser.next(&mut input).expect("within the limit") {
            each(event.event_type(), event.data());
        }
    }
}

fn owned(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut parser = ssewire::Parser::new();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = parser.next(&mut input).expect("within the limit") {
            let event = black_box(ssewire::EventBuf::from(event));
            each(event.event_type(), event.data());
        }
    }
}

fn streamed(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let events = ssewire::EventStream::new(body(chunks));
    read_stream(events, |event| each(event.event_type(), event.data()));
}

/// All items of a stream that is always ready.
fn read_stream<T, E: std::fmt::Debug>(stream: impl Stream<Item = Result<T, E>>, mut each: impl FnMut(T)) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        each(item.expect("no error"));
    }
}

/// The chunks as an HTTP client gives them.
fn body(chunks: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(chunks.iter().cloned().map(Ok))
}

fn sse_core(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut decoder = sse_core::SseDecoder::with_limit(NonZeroUsize::MAX);
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = decoder.next(&mut input) {
            if let sse_core::SseEvent::Message(message) = event.expect("no error") {
                each(&message.event, &message.data);
            }
        }
    }
}

fn sse_core_stream(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut events = sse_core::SseStream::with_decoder(sse_core::SseDecoder::with_limit(NonZeroUsize::MAX));
    events.attach(body(chunks));
    read_stream(events, |event| {
        if let sse_core::SseEvent::Message(message) = event {
            each(&message.event, &message.data);
        }
    });
}

fn sse_stream(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    read_stream(sse_stream::SseByteStream::new(body(chunks)), |event| {
        if let Some(data) = &event.data {
            each(event.event.as_deref().unwrap_or("message"), data);
        }
    });
}

fn sseer(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let events = sseer::EventStream::new(body(chunks));
    read_stream(events, |event| each(&event.event, &event.data));
}

fn sse_parse(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(chunk);
        while let Some(event) = parser.next_event() {
            each(&event.event, &event.data);
        }
    }
}

fn eventsrc(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    read_stream(eventsrc::EventStream::new(body(chunks)), |event| each(event.event(), event.data()));
}

fn eventsource_stream(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    read_stream(eventsource_stream::EventStream::new(body(chunks)), |event| each(&event.event, &event.data));
}

fn tokio_sse_codec(chunks: &[Bytes], mut each: impl FnMut(&str, &str)) {
    let mut decoder = tokio_sse_codec::SseDecoder::<tokio_sse_codec::BytesStr>::new();
    let mut buffer = BytesMut::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = decoder.decode(&mut buffer).expect("no error") {
            if let tokio_sse_codec::Frame::Event(event) = frame {
                each(&event.name, &event.data);
            }
        }
    }
}
