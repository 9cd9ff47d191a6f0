//! The streams, each cut into chunks of several sizes: one row of the tables each.

#[path = "../../streams/mod.rs"]
mod streams;

use bytes::Bytes;

pub struct Row {
    pub stream: &'static str,
    pub chunks_of: ChunksOf,
    pub chunks: Vec<Bytes>,
    pub events: usize,
    pub bytes: usize,
    /// What bounds it is one copy of a very long line.
    pub one_long_line: bool,
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

/// All rows; `small` ones only show that everything works.
pub fn rows(small: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for stream in streams::streams() {
        let long = stream.unit.len() > 64 << 10 && !stream.unit[..1024].contains(&b'\n');
        let size = if small && !long { 4096 } else { SIZE };
        let (bytes, events) = stream.of_size(size);
        let bytes = Bytes::from(bytes);
        let ten = matches!(stream.name, "llm 250 B" | "ticker 68 B" | "10 B" | "cjk").then_some(10);
        let sizes = ten.into_iter().chain([128, 1460, 16384]).map(ChunksOf::Bytes);
        for chunks_of in sizes.chain([ChunksOf::OneEvent]) {
            let size = match chunks_of {
                ChunksOf::Bytes(size) => size,
                ChunksOf::OneEvent => stream.unit.len(),
            };
            rows.push(Row {
                stream: stream.name,
                chunks_of,
                chunks: (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..bytes.len().min(at + size))).collect(),
                events,
                bytes: bytes.len(),
                one_long_line: stream.unit.len() > 32 << 10 && !stream.unit[..1024].contains(&b'\n'),
            });
        }
    }
    rows
}
