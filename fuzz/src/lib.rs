//! What the fuzz targets share: the slow model and the rebuilding reader of the tests, ways to cut, and ways to read.

#[path = "../../tests/model/mod.rs"]
pub mod model;
#[path = "../../tests/support/rebuild.rs"]
pub mod rebuild;

pub use model::Out;
pub use ssewire::TooLarge;
use ssewire::{Event, Item, Parser, Storage};

/// What reading gave.
pub type Got = Vec<Result<Out, TooLarge>>;

/// A way to read one chunk to its end.
pub trait Reader {
    fn feed(&mut self, chunk: &[u8], out: &mut Got);
}

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

pub fn read<'c>(reader: &mut impl Reader, chunks: impl IntoIterator<Item = &'c [u8]>) -> Got {
    let mut out = Vec::new();
    chunks.into_iter().for_each(|chunk| reader.feed(chunk, &mut out));
    out
}

pub fn event(event: Event<'_>) -> Out {
    Out::Event {
        event_type: event.event_type().to_owned(),
        data: event.data().to_owned(),
        id: event.id().map(str::to_owned),
        last_event_id: event.last_event_id().to_owned(),
        retry: event.retry().map(|time| time.as_millis() as u64),
        lossy: event.is_lossy(),
    }
}

pub fn item(item: Item<'_>) -> Out {
    match item {
        Item::Event(e) => event(e),
        Item::Comment(text) => Out::Comment(text.to_owned()),
        Item::Retry(time) => Out::Retry(time.as_millis() as u64),
        Item::LastEventId(id) => Out::LastEventId(id.to_string()),
        _ => unreachable!(),
    }
}

/// Reads by `next`.
pub struct ByNext<S>(pub Parser<S>);

/// Reads by `next_item`.
pub struct ByItem<S>(pub Parser<S>);

impl<S: Storage> Reader for ByNext<S> {
    fn feed(&mut self, chunk: &[u8], out: &mut Got) {
        feed(chunk, out, |input| Ok(self.0.next(input)?.map(event)));
    }
}

impl<S: Storage> Reader for ByItem<S> {
    fn feed(&mut self, chunk: &[u8], out: &mut Got) {
        feed(chunk, out, |input| Ok(self.0.next_item(input)?.map(item)));
    }
}

fn feed<'i>(chunk: &'i [u8], out: &mut Got, mut call: impl FnMut(&mut &'i [u8]) -> Result<Option<Out>, TooLarge>) {
    let mut input = chunk;
    loop {
        let before = input.len();
        let result = call(&mut input);
        assert_eq!(input.as_ptr_range().end, chunk.as_ptr_range().end, "the cursor left the chunk");
        match result.transpose() {
            None => return assert!(input.is_empty()),
            Some(result) => out.push(result),
        }
        assert!(input.len() < before, "a result without a byte read");
    }
}

/// Only the events of these items.
pub fn events(items: &Got) -> Got {
    let is_event = |got: &&Result<Out, TooLarge>| match got {
        Ok(out) => out.is_event(),
        Err(error) => error.part() != ssewire::Part::Comment,
    };
    items.iter().filter(is_event).cloned().collect()
}

/// Line ends as the wire has them.
pub fn lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
