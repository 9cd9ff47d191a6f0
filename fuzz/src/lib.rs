//! What the fuzz targets share: the slow model of the tests, their ways to read, and a way to cut.

#[path = "../../tests/model/mod.rs"]
pub mod model;
#[path = "../../tests/support/rebuild.rs"]
pub mod rebuild;

#[path = "../../tests/support/gateway.rs"]
pub mod gateway;
#[path = "../../tests/support/readers.rs"]
pub mod readers;

pub use readers::*;

/// What reading gave.
pub type Got = Vec<Result<Out, TooLarge>>;

/// Cuts a stream by the bytes of `cuts`, each the size of a chunk, over and over; 0 gives an empty chunk.
pub fn cut<'s>(mut stream: &'s [u8], cuts: &[u8]) -> Vec<&'s [u8]> {
    if cuts.iter().all(|&size| size == 0) {
        return vec![stream];
    }
    let mut chunks = Vec::new();
    for &size in cuts.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (chunk, rest) = stream.split_at(usize::from(size).min(stream.len()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}

/// Only the events of these items.
pub fn events(items: &Got) -> Got {
    let is_event = |got: &&Result<Out, TooLarge>| match got {
        Ok(out) => out.is_event(),
        Err(error) => error.part != ssewire::Part::Comment,
    };
    items.iter().filter(is_event).cloned().collect()
}

/// Line ends as the wire has them.
pub fn lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
