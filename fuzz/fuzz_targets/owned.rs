//! The adapters, whose events own what they hold, against the parser's borrowed ones: streams of chunks, readers and codecs, with and without a small limit, and what the end makes of a cut event. All owned
//! events are kept to the end before any is looked at.
#![no_main]

use std::{
    io::{self, BufRead, Read},
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use libfuzzer_sys::fuzz_target;
use ssewire::{
    EventBuf, EventCodec, EventReader, EventStream, ItemBuf, OnTruncated, Parser, ReadError, StreamError, TooLarge, Truncated,
};
use ssewire_fuzz::{ByItem, Out, cut, event, events, item, read_chunks};
use tokio_util::codec::Decoder;

/// Why there was no event.
#[derive(Clone, Debug, PartialEq)]
enum Amiss {
    TooLarge(TooLarge),
    Truncated(Truncated),
}

/// One chunk after the other, as a buffer.
struct Buffers<'c>(&'c [Bytes], usize);

impl Read for Buffers<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("it is read by its buffer")
    }
}

impl BufRead for Buffers<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.0.first().is_some_and(|chunk| chunk.len() == self.1) {
            (self.0, self.1) = (&self.0[1..], 0);
        }
        Ok(self.0.first().map_or(&[], |chunk| &chunk[self.1..]))
    }

    fn consume(&mut self, count: usize) {
        self.1 += count;
    }
}

fn reader_error(error: ReadError) -> Amiss {
    match error {
        ReadError::TooLarge(error) => Amiss::TooLarge(error),
        ReadError::Truncated(error) => Amiss::Truncated(error),
        other => panic!("{other}"),
    }
}

/// What a stream gave but the errors of its chunks, of which there are so many.
fn without_inner<T>(got: Vec<Result<T, StreamError<()>>>, errors: usize) -> Vec<Result<T, Amiss>> {
    assert_eq!(got.iter().filter(|next| matches!(next, Err(StreamError::Inner(())))).count(), errors);
    let amiss = |error| match error {
        StreamError::TooLarge(error) => Some(Err(Amiss::TooLarge(error))),
        StreamError::Truncated(error) => Some(Err(Amiss::Truncated(error))),
        _ => None,
    };
    got.into_iter().filter_map(|next| next.map_or_else(amiss, |owned| Some(Ok(owned)))).collect()
}

/// All that a stream has, which never waits.
fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
    let (mut stream, mut context, mut items) = (pin!(stream), Context::from_waker(Waker::noop()), Vec::new());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        items.push(item);
    }
    items
}

/// All that a decoder makes of the chunks.
fn decode<D, T>(chunks: &[Bytes], mut decoder: D) -> Vec<Result<T, Amiss>>
where
    D: Decoder<Item = Result<T, TooLarge>, Error = io::Error>,
{
    let (mut buffer, mut items) = (BytesMut::new(), Vec::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(next) = decoder.decode(&mut buffer).unwrap() {
            items.push(next.map_err(Amiss::TooLarge));
        }
    }
    loop {
        match decoder.decode_eof(&mut buffer) {
            Ok(Some(next)) => items.push(next.map_err(Amiss::TooLarge)),
            Ok(None) => return items,
            Err(error) => {
                items.push(Err(Amiss::Truncated(*error.into_inner().unwrap().downcast().unwrap())));
                return items;
            }
        }
    }
}

fn of_events(got: Vec<Result<EventBuf, Amiss>>) -> Vec<Result<Out, Amiss>> {
    got.into_iter().map(|next| next.map(|owned| event(owned.as_event()))).collect()
}

fn of_items(got: Vec<Result<ItemBuf, Amiss>>) -> Vec<Result<Out, Amiss>> {
    got.into_iter().map(|next| next.map(|owned| item(owned.as_item()))).collect()
}

fuzz_target!(|input: ([u8; 4], u8, u8, bool, &[u8])| {
    let (sizes, limit, end, shared, bytes) = input;
    let slices = cut(bytes, &sizes);
    // Chunks of their own, or parts of one that is larger.
    let whole = Bytes::copy_from_slice(bytes);
    let chunks: Vec<Bytes> = slices
        .iter()
        .map(|slice| if shared { whole.slice_ref(&whole[place(bytes, slice)]) } else { Bytes::copy_from_slice(slice) })
        .collect();

    let parser = || {
        let mut parser = if limit < 128 { Parser::with_limit(usize::from(limit)) } else { Parser::new() };
        parser.set_last_event_id(if limit % 2 == 0 { "" } else { "7" }).unwrap();
        parser
    };
    let on_truncated = [OnTruncated::Discard, OnTruncated::Error, OnTruncated::Deliver][usize::from(end % 3)];

    let mut lent = ByItem(parser());
    let items = read_chunks(&mut lent, slices);
    let last = match on_truncated {
        OnTruncated::Discard => None,
        OnTruncated::Error => lent.0.truncated().map(|cut| Err(Amiss::Truncated(cut))),
        _ => lent.0.flush().map(|last| Ok(event(last))),
    };
    let last_event_id = lent.0.last_event_id();
    let want = |got: Vec<Result<Out, TooLarge>>| -> Vec<Result<Out, Amiss>> {
        got.into_iter().map(|next| next.map_err(Amiss::TooLarge)).chain(last.clone()).collect()
    };
    let all = items.clone();
    let (events, items) = (want(events(&items)), want(items));

    // Borrowed and owned in turns, by one parser.
    let (mut turns, mut turn, mut got) = (parser(), 0, Vec::new());
    for chunk in &chunks {
        let mut input = &chunk[..];
        while !input.is_empty() {
            turn += 1;
            let next = if turn % 2 == 0 {
                turns.next_item(&mut input).map(|next| next.map(item))
            } else {
                turns.next_item_owned(&mut input).map(|next| next.map(|owned| item(owned.as_item())))
            };
            got.extend(next.transpose());
        }
    }
    assert_eq!(got, all);

    let retry = lent.0.retry();
    let check = |parser: &Parser| {
        assert_eq!(parser.last_event_id(), last_event_id);
        assert_eq!(parser.retry(), retry);
    };

    // An error before each chunk is handed on, and no more.
    let body = || stream::iter(chunks.iter().cloned().flat_map(|chunk| [Err(()), Ok(chunk)]));
    let mut owned = EventStream::with_parser(body(), parser()).on_truncated(on_truncated);
    let got = without_inner(collect(&mut owned), chunks.len());
    check(owned.parser());
    drop(owned);
    assert_eq!(of_events(got), events);
    let mut owned = EventStream::with_parser(body(), parser()).items().on_truncated(on_truncated);
    let got = without_inner(collect(&mut owned), chunks.len());
    check(owned.parser());
    drop(owned);
    assert_eq!(of_items(got), items);

    let reader = || EventReader::with_parser(Buffers(&chunks, 0), parser()).on_truncated(on_truncated);
    assert_eq!(of_events(reader().map(|next| next.map_err(reader_error)).collect()), events);
    let mut reader = reader().items();
    assert_eq!(of_items(reader.by_ref().map(|next| next.map_err(reader_error)).collect()), items);
    check(reader.parser());

    let decoder = || EventCodec::with_parser(parser()).on_truncated(on_truncated);
    assert_eq!(of_events(decode(&chunks, decoder())), events);
    assert_eq!(of_items(decode(&chunks, decoder().items())), items);
});

/// Where a part lies in the whole.
fn place(whole: &[u8], part: &[u8]) -> std::ops::Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}
