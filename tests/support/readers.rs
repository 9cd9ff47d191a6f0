//! Ways to read a stream chunk by chunk, with the parser's promises about the cursor checked at each call. The fuzz targets read
//! this way, too.

pub use ssewire::TooLarge;
use ssewire::{Event, Item, Parser, decode::Storage};

pub use super::model::Out;

pub fn event(event: Event<'_>) -> Out {
    Out::Event {
        event_type: event.event_type().to_owned(),
        data: event.data().to_owned(),
        id: event.id().map(str::to_owned),
        last_event_id: event.last_event_id().to_owned(),
        retry: event.retry().map(|time| u64::try_from(time.as_millis()).unwrap()),
        lossy: event.is_lossy(),
    }
}

pub fn item(item: Item<'_>) -> Out {
    match item {
        Item::Event(e) => event(e),
        Item::Comment(text) => Out::Comment(text.to_owned()),
        Item::Retry(time) => Out::Retry(u64::try_from(time.as_millis()).unwrap()),
        Item::LastEventId(id) => Out::LastEventId(id.to_string()),
        Item::Unknown(line) => Out::Unknown(line.as_str().to_owned()),
        Item::NoData(block) => {
            assert_eq!((block.data(), block.explicit_type()), ("", Some(block.event_type())));
            let Out::Event { event_type, id, retry, .. } = event(block) else { unreachable!() };
            Out::NoData { event_type, id, retry }
        }
        other => panic!("unknown item {other:?}"),
    }
}

/// A way to read one chunk to its end.
pub trait Reader {
    fn feed(&mut self, chunk: &[u8], out: &mut Vec<Result<Out, TooLarge>>);
}

/// Reads by [`Parser::next`]: events only.
pub struct ByNext<S>(pub Parser<S>);

/// Reads by [`Parser::next_item`].
pub struct ByItem<S>(pub Parser<S>);

impl<S: Storage> Reader for ByNext<S> {
    fn feed(&mut self, chunk: &[u8], out: &mut Vec<Result<Out, TooLarge>>) {
        read_chunk(chunk, out, |input| Ok(self.0.next(input)?.map(event)));
    }
}

impl<S: Storage> Reader for ByItem<S> {
    fn feed(&mut self, chunk: &[u8], out: &mut Vec<Result<Out, TooLarge>>) {
        read_chunk(chunk, out, |input| Ok(self.0.next_item(input)?.map(item)));
    }
}

/// Calls until the chunk is empty, and checks the promise about the cursor: it only moves on, is always a suffix of the
/// chunk, and is empty at `Ok(None)`.
fn read_chunk<'i>(
    chunk: &'i [u8],
    out: &mut Vec<Result<Out, TooLarge>>,
    mut call: impl FnMut(&mut &'i [u8]) -> Result<Option<Out>, TooLarge>,
) {
    let mut input = chunk;
    loop {
        let before = input;
        let result = call(&mut input);
        assert!(input.len() <= before.len());
        assert_eq!(input.as_ptr_range().end, chunk.as_ptr_range().end, "the cursor left the chunk");
        match result.transpose() {
            None => return assert!(input.is_empty(), "`None` with {} bytes left", input.len()),
            Some(result) => out.push(result),
        }
        assert!(input.len() < before.len(), "a result without a byte read");
    }
}

pub fn read_chunks<'c>(reader: &mut impl Reader, chunks: impl IntoIterator<Item = &'c [u8]>) -> Vec<Result<Out, TooLarge>> {
    let mut out = Vec::new();
    for chunk in chunks {
        reader.feed(chunk, &mut out);
    }
    out
}
