//! The streams, each cut into chunks of several sizes: one row of the tables each.

#[path = "../../streams/mod.rs"]
mod streams;

use bytes::Bytes;

pub struct Row {
    pub stream: String,
    pub chunks_of: ChunksOf,
    pub chunks: Vec<Bytes>,
    /// How many times the chunks are read, each time by a new reader.
    pub times: usize,
    /// In all, like `bytes`.
    pub events: usize,
    pub bytes: usize,
    /// Each event is one very long line.
    pub long_line: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ChunksOf {
    Bytes(usize),
    OneEvent,
}

impl std::fmt::Display for ChunksOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(size) => write!(f, "{size} B"),
            Self::OneEvent => f.write_str("one event"),
        }
    }
}

const SIZE: usize = 1 << 20;

/// All rows. Small ones only show that everything works.
pub fn rows(small: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let size = if small { 4096 } else { SIZE };
    for stream in streams::streams() {
        let ten = matches!(stream.name, "llm 250 B" | "ticker 68 B" | "10 B" | "cjk").then_some(10);
        let sizes = ten.into_iter().chain([128, 1460, 16384]).map(ChunksOf::Bytes);
        for chunks_of in sizes.chain([ChunksOf::OneEvent]) {
            rows.push(row(&stream, stream.name.to_owned(), chunks_of, size, 1));
        }
        // A stream of a few events, and a new reader for each such stream.
        let events = match stream.name {
            "llm 250 B" => 20,
            "40 KiB line" => 1,
            _ => continue,
        };
        for chunks_of in [ChunksOf::Bytes(1460), ChunksOf::Bytes(16384), ChunksOf::OneEvent] {
            let times = size.div_ceil(events * stream.unit.len());
            rows.push(row(&stream, format!("{}, new reader", stream.name), chunks_of, events * stream.unit.len(), times));
        }
    }
    rows
}

fn row(stream: &streams::Stream, name: String, chunks_of: ChunksOf, size: usize, times: usize) -> Row {
    let (bytes, events) = stream.of_size(size);
    let bytes = Bytes::from(bytes);
    let chunk = match chunks_of {
        ChunksOf::Bytes(size) => size,
        ChunksOf::OneEvent => stream.unit.len(),
    };
    Row {
        stream: name,
        chunks_of,
        chunks: (0..bytes.len()).step_by(chunk).map(|at| bytes.slice(at..bytes.len().min(at + chunk))).collect(),
        times,
        events: times * events,
        bytes: times * bytes.len(),
        long_line: stream.unit.len() > 32 << 10 && !stream.unit[..1024].contains(&b'\n'),
    }
}

impl Row {
    /// Whether it is one of those that live streams are: an event below 1 KiB in a chunk of its own.
    pub fn is_live(&self) -> bool {
        self.chunks_of == ChunksOf::OneEvent && self.events > 0 && self.bytes / self.events < 1024
    }
}
