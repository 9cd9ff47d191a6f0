//! The program whose instructions ci/instructions.sh counts, and compares with those in benches/instructions.txt: a few streams,
//! read in chunks of 1460 bytes, or of one event each, or encoded.
//!
//! `instructions LAYER STREAM`; it prints the number of events, which the count is divided by. `instructions --list` prints all pairs. Without
//! arguments (as under `cargo bench -- --test`) it runs each once.

mod streams;

use std::hint::black_box;

use ssewire::{
    Fixed, Parser,
    decode::{Storage, Tokenizer},
};

const STREAMS: [&str; 10] = [
    "llm 250 B",
    "event + data 128 B",
    "ticker 68 B",
    "10 B",
    "1 line 64 B",
    "2 lines 64 B",
    "12-line log",
    "crlf",
    "cjk",
    "40 KiB line",
];
const LAYERS: &[&str] = if cfg!(feature = "stream") {
    &[
        "tokens",
        "heap",
        "heap, one event a chunk",
        "heap, 128 B",
        "fixed",
        "owned",
        "owned, one event a chunk",
        "encode",
        "to_bytes",
    ]
} else {
    &["tokens", "heap", "heap, one event a chunk", "heap, 128 B", "fixed", "encode"]
};

fn tokens(stream: &[u8], chunk: usize) -> usize {
    let mut tokenizer = Tokenizer::new();
    stream.chunks(chunk).map(|mut chunk| tokenizer.tokens(&mut chunk).map(black_box).count()).sum()
}

fn events<S: Storage>(parser: &mut Parser<S>, stream: &[u8], chunk: usize) -> usize {
    let mut events = 0;
    for mut input in stream.chunks(chunk) {
        while let Some(event) = parser.next(&mut input).expect("within the limit") {
            black_box(event);
            events += 1;
        }
    }
    events
}

/// Through an `EventStream`.
#[cfg(feature = "stream")]
fn owned(stream: &[u8], chunk: usize) -> usize {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use futures_util::Stream as _;

    let stream = bytes::Bytes::copy_from_slice(stream);
    let chunks = (0..stream.len()).step_by(chunk).map(|at| stream.slice(at..stream.len().min(at + chunk)));
    let mut stream = pin!(ssewire::EventStream::new(futures_util::stream::iter(chunks.map(Ok::<_, std::convert::Infallible>))));
    let (mut context, mut events) = (Context::from_waker(Waker::noop()), 0);
    while let Poll::Ready(Some(event)) = stream.as_mut().poll_next(&mut context) {
        let _ = black_box(event.expect("within the limit"));
        events += 1;
    }
    events
}

fn encode(layer: &str, stream: &[u8]) -> usize {
    let (mut parser, mut input, mut events) = (Parser::new(), stream, Vec::new());
    while let Some(event) = parser.next(&mut input).expect("within the limit") {
        events.push(ssewire::EventBuf::from(event));
    }
    #[cfg(feature = "stream")]
    if layer == "to_bytes" {
        encode_to_bytes(&events);
        return events.len();
    }
    assert_eq!(layer, "encode");
    let mut out = Vec::with_capacity(64 << 10);
    encode_all(&events, &mut out);
    events.len()
}

// Counted by their names.
#[inline(never)]
fn measured(layer: &str, stream: &[u8], unit: usize) -> usize {
    match layer {
        "tokens" => tokens(stream, 1460),
        "heap" => events(&mut Parser::new(), stream, 1460),
        "heap, one event a chunk" => events(&mut Parser::new(), stream, unit),
        "heap, 128 B" => events(&mut Parser::new(), stream, 128),
        #[cfg(feature = "stream")]
        "owned" => owned(stream, 1460),
        #[cfg(feature = "stream")]
        "owned, one event a chunk" => owned(stream, unit),
        _ => events(&mut Parser::with_storage(Fixed::new([0; 4096])), stream, 1460),
    }
}

#[inline(never)]
fn encode_all(events: &[ssewire::EventBuf], out: &mut Vec<u8>) {
    for event in events {
        out.clear();
        event.encode().append_to(out);
        black_box(&mut *out);
    }
}

#[cfg(feature = "stream")]
#[inline(never)]
fn encode_to_bytes(events: &[ssewire::EventBuf]) {
    for event in events {
        black_box(event.encode().to_bytes());
    }
}

fn is_encoding(layer: &str) -> bool {
    matches!(layer, "encode" | "to_bytes")
}

fn run(layer: &str, name: &str) -> usize {
    let stream = streams::streams().into_iter().find(|stream| stream.name == name).expect("a stream");
    let (bytes, count) = stream.of_size(64 << 10);
    let seen = if is_encoding(layer) { encode(layer, &bytes) } else { measured(layer, &bytes, stream.unit.len()) };
    assert!(seen == count || layer == "tokens" && seen > count, "{layer} {name}");
    count
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // (The buffer is not for lines that long.)
    let fits = |pair: &(&str, &str)| *pair != ("fixed", "40 KiB line");
    let pairs = || LAYERS.iter().flat_map(|layer| STREAMS.map(|stream| (*layer, stream))).filter(fits);
    match &arguments[..] {
        [list] if list == "--list" => pairs().for_each(|(layer, stream)| println!("{layer}\t{stream}")),
        [layer, stream] if !layer.starts_with('-') => println!("{}", run(layer, stream)),
        _ => pairs().for_each(|(layer, stream)| assert!(run(layer, stream) > 0)),
    }
}
