//! The program whose instructions ci/instructions.sh counts, and compares with those in benches/instructions.txt: a few streams,
//! read in chunks of 1460 bytes or encoded.
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
    &["tokens", "heap", "fixed", "owned", "encode"]
} else {
    &["tokens", "heap", "fixed", "encode"]
};
fn chunk() -> usize {
    std::env::var("CHUNK").map_or(1460, |c| c.parse().unwrap())
}

fn tokens(stream: &[u8]) -> usize {
    let mut tokenizer = Tokenizer::new();
    stream.chunks(chunk()).map(|mut chunk| tokenizer.tokens(&mut chunk).map(black_box).count()).sum()
}

fn events<S: Storage>(parser: &mut Parser<S>, stream: &[u8]) -> usize {
    let mut events = 0;
    for mut input in stream.chunks(chunk()) {
        while let Some(event) = parser.next(&mut input).expect("within the limit") {
            black_box(event);
            events += 1;
        }
    }
    events
}

/// Through an `EventStream`.
#[cfg(feature = "stream")]
fn owned(stream: &[u8]) -> usize {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use futures_util::Stream as _;

    let stream = bytes::Bytes::copy_from_slice(stream);
    let chunks = (0..stream.len()).step_by(chunk()).map(|at| stream.slice(at..stream.len().min(at + chunk())));
    let mut stream = pin!(ssewire::EventStream::new(futures_util::stream::iter(chunks.map(Ok::<_, std::convert::Infallible>))));
    let (mut context, mut events) = (Context::from_waker(Waker::noop()), 0);
    while let Poll::Ready(Some(event)) = stream.as_mut().poll_next(&mut context) {
        let _ = black_box(event.expect("within the limit"));
        events += 1;
    }
    events
}

fn encode(stream: &[u8]) -> usize {
    let (mut parser, mut input, mut events) = (Parser::new(), stream, Vec::new());
    while let Some(event) = parser.next(&mut input).expect("within the limit") {
        events.push(ssewire::EventBuf::from(event));
    }
    let mut out = Vec::with_capacity(64 << 10);
    encode_all(&events, &mut out);
    events.len()
}

// Counted by their names.
#[inline(never)]
fn measured(layer: &str, stream: &[u8]) -> usize {
    match layer {
        "tokens" => tokens(stream),
        "heap" => events(&mut Parser::new(), stream),
        #[cfg(feature = "stream")]
        "owned" => owned(stream),
        _ => events(&mut Parser::with_storage(Fixed::new([0; 4096])), stream),
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

fn run(layer: &str, name: &str) -> usize {
    let stream = streams::streams().into_iter().find(|stream| stream.name == name).expect("a stream");
    let (bytes, count) = stream.of_size(64 << 10);
    let seen = if layer == "encode" { encode(&bytes) } else { measured(layer, &bytes) };
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
