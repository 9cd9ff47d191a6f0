//! Who reads: ssewire and thirteen other crates, each driven in the plainest way that it documents, on chunks in memory.
//!
//! A reader gives what it sees, and its first error. Those that are streams are polled on after an error, as a loop over them does,
//! but no more often than twice for each byte, so that one that never ends is told from one that does.

use std::{
    convert::Infallible,
    fmt::Display,
    io,
    num::NonZeroUsize,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_util::{AsyncBufRead, AsyncRead, Stream, stream};

/// What all can tell of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub event_type: String,
    pub data: String,
    /// The last event ID, or the event's own id: as the reader has it. Empty if it says that there is none.
    pub id: String,
}

/// Which id a reader tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// The last event ID, inherited.
    Last,
    /// The one in the event's own block.
    Own,
}

pub type Read = fn(&[Bytes], &mut Vec<Seen>) -> Result<(), String>;

pub struct Reader {
    /// As Cargo.lock has it.
    pub name: &'static str,
    pub ids: Ids,
    pub read: Read,
}

pub const READERS: [Reader; 14] = [
    Reader { name: "ssewire", ids: Ids::Last, read: ssewire },
    Reader { name: "sse-parse", ids: Ids::Last, read: sse_parse },
    Reader { name: "stream-rs", ids: Ids::Last, read: stream_rs },
    Reader { name: "sse-core", ids: Ids::Last, read: sse_core },
    Reader { name: "sseer", ids: Ids::Last, read: sseer },
    Reader { name: "eventsrc", ids: Ids::Last, read: eventsrc },
    Reader { name: "sse-stream", ids: Ids::Own, read: sse_stream },
    Reader { name: "eventsource-client", ids: Ids::Last, read: eventsource_client },
    Reader { name: "eventsource-stream", ids: Ids::Last, read: eventsource_stream },
    Reader { name: "eventsource-stream2", ids: Ids::Last, read: eventsource_stream2 },
    Reader { name: "russe", ids: Ids::Own, read: russe },
    Reader { name: "sse-codec", ids: Ids::Last, read: sse_codec },
    Reader { name: "async-sse", ids: Ids::Last, read: async_sse },
    Reader { name: "tokio_sse_codec", ids: Ids::Last, read: tokio_sse_codec },
];

fn seen(event_type: &str, data: &str, id: &str) -> Seen {
    Seen { event_type: event_type.to_owned(), data: data.to_owned(), id: id.to_owned() }
}

/// All items of a stream, and its first error.
fn read_stream<T, E: Display>(
    stream: impl Stream<Item = Result<T, E>>,
    chunks: &[Bytes],
    mut each: impl FnMut(T),
) -> Result<(), String> {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    let mut end = Ok(());
    for _ in 0..10 + 2 * chunks.iter().map(Bytes::len).sum::<usize>() {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(Ok(item))) => each(item),
            Poll::Ready(Some(Err(error))) => end = end.and(Err(error.to_string())),
            Poll::Ready(None) => return end,
            Poll::Pending => return Err("never goes on".to_owned()),
        }
    }
    Err("never ends".to_owned())
}

/// The chunks as an HTTP client gives them.
fn body(chunks: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(chunks.iter().cloned().map(Ok))
}

fn ssewire(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let mut parser = ssewire::Parser::new();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = parser.next(&mut input).map_err(|error| error.to_string())? {
            out.push(seen(event.event_type(), event.data(), event.last_event_id()));
        }
    }
    Ok(())
}

fn sse_parse(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(chunk);
        while let Some(event) = parser.next_event() {
            out.push(seen(&event.event, &event.data, &event.id));
        }
    }
    parser.finish();
    Ok(())
}

fn stream_rs(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let (mut parser, mut events) = (stream_rs::sse::SseParser::new(), Vec::new());
    for chunk in chunks {
        parser.feed(chunk, &mut events);
    }
    parser.finish(&mut events);
    out.extend(
        events.iter().map(|event| {
            seen(event.event.as_deref().unwrap_or("message"), &event.data, event.id.as_deref().unwrap_or_default())
        }),
    );
    Ok(())
}

fn sse_core(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let mut decoder = sse_core::SseDecoder::with_limit(NonZeroUsize::MAX);
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = decoder.next(&mut input) {
            if let sse_core::SseEvent::Message(message) = event.map_err(|error| error.to_string())? {
                out.push(seen(&message.event, &message.data, message.last_event_id.as_deref().unwrap_or_default()));
            }
        }
    }
    Ok(())
}

fn sseer(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    read_stream(sseer::EventStream::new(body(chunks)), chunks, |event| out.push(seen(&event.event, &event.data, &event.id)))
}

fn eventsrc(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let events = eventsrc::EventStream::new(body(chunks));
    read_stream(events, chunks, |event| out.push(seen(event.event(), event.data(), event.id())))
}

/// A block without data comes out, too: it is no event, and its data says so.
fn sse_stream(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    read_stream(sse_stream::SseByteStream::new(body(chunks)), chunks, |event| {
        if let Some(data) = &event.data {
            let event_type = event.event.as_deref().filter(|event_type| !event_type.is_empty()).unwrap_or("message");
            out.push(seen(event_type, data, event.id.as_deref().unwrap_or_default()));
        }
    })
}

/// Its parser is its own; a transport that answers with the chunks is the way to it.
#[derive(Clone)]
struct InMemory(Vec<Bytes>);

impl launchdarkly_sdk_transport::HttpTransport for InMemory {
    fn request(&self, _: launchdarkly_sdk_transport::Request<Option<Bytes>>) -> launchdarkly_sdk_transport::ResponseFuture {
        let body: launchdarkly_sdk_transport::ByteStream = Box::pin(stream::iter(self.0.clone().into_iter().map(Ok)));
        Box::pin(std::future::ready(Ok(launchdarkly_sdk_transport::Response::new(body))))
    }
}

fn eventsource_client(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    use eventsource_client::{Client, ClientBuilder, Error, ReconnectOptions, SSE};

    let events = ClientBuilder::for_url("http://localhost/")
        .map_err(|error| error.to_string())?
        .reconnect(ReconnectOptions::reconnect(false).retry_initial(false).build())
        .build_with_transport(InMemory(chunks.to_vec()))
        .stream();
    let read = read_stream(events, chunks, |event| {
        if let SSE::Event(event) = event {
            out.push(seen(&event.event_type, &event.data, event.id.as_deref().unwrap_or_default()));
        }
    });
    // The end of the stream is an error to it, and another one in the middle of a line.
    read.or_else(|error| {
        let is_end = [Error::Eof, Error::UnexpectedEof].iter().any(|end| end.to_string() == error);
        if is_end { Ok(()) } else { Err(error) }
    })
}

fn eventsource_stream(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let events = eventsource_stream::EventStream::new(body(chunks));
    read_stream(events, chunks, |event| out.push(seen(&event.event, &event.data, &event.id)))
}

fn eventsource_stream2(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let events = eventsource_stream2::EventStream::new(body(chunks));
    read_stream(events, chunks, |event| out.push(seen(&event.event, &event.data, &event.id)))
}

fn russe(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    use tokio_util::codec::Decoder;

    let (mut decoder, mut buffer) = (russe::Decoder::default(), BytesMut::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(event) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let russe::Event::Message(message) = event {
                let event_type = message.event.as_deref().filter(|event_type| !event_type.is_empty()).unwrap_or("message");
                out.push(seen(event_type, &message.data, message.id.as_deref().unwrap_or_default()));
            }
        }
    }
    Ok(())
}

fn sse_codec(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    use futures_codec::Decoder;

    let (mut decoder, mut buffer) = (sse_codec::SSECodec::default(), BytesMut::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(event) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let sse_codec::Event::Message { id, event, data } = event {
                out.push(seen(&event, &data, id.as_deref().unwrap_or_default()));
            }
        }
    }
    Ok(())
}

struct Chunks<'a> {
    left: std::slice::Iter<'a, Bytes>,
    chunk: &'a [u8],
}

impl AsyncRead for Chunks<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        unreachable!("it is read as a buffer")
    }
}

impl AsyncBufRead for Chunks<'_> {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.chunk.is_empty() {
            let Some(chunk) = this.left.next() else { break };
            this.chunk = chunk;
        }
        Poll::Ready(Ok(this.chunk))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        self.chunk = &self.chunk[count..];
    }
}

fn async_sse(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    let events = async_sse::decode(Chunks { left: chunks.iter(), chunk: &[] });
    read_stream(events, chunks, |event| {
        if let async_sse::Event::Message(message) = event {
            let data = String::from_utf8_lossy(message.data());
            out.push(seen(message.name(), &data, message.id().as_deref().unwrap_or_default()));
        }
    })
}

fn tokio_sse_codec(chunks: &[Bytes], out: &mut Vec<Seen>) -> Result<(), String> {
    use tokio_util::codec::Decoder;

    let (mut decoder, mut buffer) = (tokio_sse_codec::SseDecoder::<String>::new(), BytesMut::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let tokio_sse_codec::Frame::Event(event) = frame {
                out.push(seen(&event.name, &event.data, event.id.as_deref().unwrap_or_default()));
            }
        }
    }
    Ok(())
}
