//! The adapters: the spec table through each of them, ends, errors, cancelled futures, allocations, sockets.
#![cfg(all(feature = "std", feature = "stream", feature = "codec"))]

mod support;

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read, Write},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, Stream, StreamExt, stream};
use proptest::prelude::*;
use ssewire::{
    Event, EventBuf, EventCodec, EventReader, EventStream, Item, ItemBuf, OnTruncated, Parser, ReadError, StreamError,
    Truncated,
};
use support::{
    cases::{CASES, Case, Want},
    every_cut, item,
    model::{self, Out},
    streams::{cut, sizes, stream},
};
use tokio_util::codec::{Decoder, FramedRead, FramedWrite};

/// What an adapter gave: items, and a truncated end as an error.
type Got = Vec<Result<Out, Truncated>>;

/// A way to read the chunks of a stream.
type Way = fn(&[&[u8]], Parser, OnTruncated) -> Got;

/// A reader whose buffer holds one chunk after the other, and which fails once before each.
struct Chunks<'c> {
    chunks: VecDeque<&'c [u8]>,
    error: io::ErrorKind,
    failed: bool,
}

impl<'c> Chunks<'c> {
    fn new(chunks: &[&'c [u8]], error: io::ErrorKind) -> Self {
        Self { chunks: chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect(), error, failed: false }
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("it is read by its buffer")
    }
}

impl BufRead for Chunks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !std::mem::replace(&mut self.failed, true) {
            return Err(self.error.into());
        }
        Ok(self.chunks.front().copied().unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        if let Some(chunk) = self.chunks.front_mut().filter(|_| count > 0) {
            *chunk = &chunk[count..];
            if chunk.is_empty() {
                self.chunks.pop_front();
                self.failed = false;
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn read_error(error: ReadError) -> Truncated {
    let ReadError::Truncated(truncated) = error else { panic!("{error}") };
    truncated
}

fn reader_items(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let reader = EventReader::with_parser(Chunks::new(chunks, io::ErrorKind::Interrupted), parser);
    let mut reader = reader.items().on_truncated(on_truncated);
    let mut got = Vec::new();
    for next in reader.by_ref() {
        got.push(next.map(|owned| item(owned.as_item())).map_err(read_error));
    }
    assert!(reader.next().is_none(), "it stays at its end");
    got
}

fn reader_owned(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let reader = EventReader::with_parser(Chunks::new(chunks, io::ErrorKind::Interrupted), parser).on_truncated(on_truncated);
    reader.into_iter().map(|next| next.map(|event| support::event(event.as_event())).map_err(read_error)).collect()
}

/// All that a stream has, which never waits.
fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
    let (mut stream, mut context, mut items) = (pin!(stream), Context::from_waker(Waker::noop()), Vec::new());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(item)) => items.push(item),
            Poll::Ready(None) => return items,
            Poll::Pending => {}
        }
    }
}

/// The chunks with a wait before each.
fn body<'c>(chunks: &'c [&'c [u8]]) -> impl Stream<Item = Result<Bytes, io::Error>> + 'c {
    let mut chunks = chunks.iter();
    let mut waited = false;
    stream::poll_fn(move |_| {
        waited = !waited;
        if waited { Poll::Pending } else { Poll::Ready(chunks.next().map(|chunk| Ok(Bytes::copy_from_slice(chunk)))) }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn stream_error<E: std::fmt::Debug>(error: StreamError<E>) -> Truncated {
    let StreamError::Truncated(truncated) = error else { panic!("{error:?}") };
    truncated
}

fn stream_items(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let stream = EventStream::with_parser(body(chunks), parser).items().on_truncated(on_truncated);
    collect(stream).into_iter().map(|next| next.map(|owned: ItemBuf| item(owned.as_item())).map_err(stream_error)).collect()
}

fn stream_events(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let stream = EventStream::with_parser(body(chunks), parser).on_truncated(on_truncated);
    collect(stream).into_iter().map(|next| next.map(|event| support::event(event.as_event())).map_err(stream_error)).collect()
}

fn codec<D, T>(chunks: &[&[u8]], mut codec: D, out: impl Fn(T) -> Out) -> Got
where
    D: Decoder<Item = Result<T, ssewire::TooLarge>, Error = io::Error>,
{
    let (mut buffer, mut got) = (BytesMut::new(), Vec::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(next) = codec.decode(&mut buffer).unwrap() {
            got.push(Ok(out(next.unwrap())));
        }
    }
    loop {
        match codec.decode_eof(&mut buffer) {
            Ok(Some(next)) => got.push(Ok(out(next.unwrap()))),
            Ok(None) => return got,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
                got.push(Err(*error.into_inner().unwrap().downcast().unwrap()));
                return got;
            }
        }
    }
}

fn codec_items(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let decoder = EventCodec::with_parser(parser).items().on_truncated(on_truncated);
    codec(chunks, decoder, |owned: ItemBuf| item(owned.as_item()))
}

fn codec_events(chunks: &[&[u8]], parser: Parser, on_truncated: OnTruncated) -> Got {
    let decoder = EventCodec::with_parser(parser).on_truncated(on_truncated);
    codec(chunks, decoder, |event: EventBuf| support::event(event.as_event()))
}

/// Each adapter, and whether it gives all items or events alone.
const WAYS: [(&str, Way, bool); 6] = [
    ("EventReader::next_item", reader_items, true),
    ("EventReader, owned", reader_owned, false),
    ("EventStream::items", stream_items, true),
    ("EventStream", stream_events, false),
    ("EventCodec::items", codec_items, true),
    ("EventCodec", codec_events, false),
];

fn parser(case: &Case) -> Parser {
    let mut parser = Parser::new();
    parser.set_last_event_id(case.start).unwrap();
    parser
}

fn spec_table(on_truncated: OnTruncated, end: impl Fn(&Case) -> Option<Result<Out, Truncated>>) {
    for case in CASES {
        let items: Vec<_> = case.want.iter().map(Want::out).map(Ok).chain(end(case)).collect();
        let events: Vec<_> = items.iter().filter(|item| item.as_ref().map_or(true, Out::is_event)).cloned().collect();
        every_cut(case.input, |chunks| {
            for (name, way, all) in WAYS {
                let got = way(chunks, parser(case), on_truncated);
                assert_eq!(got, if all { &items[..] } else { &events }, "{name}: {}", case.name);
            }
        });
    }
}

#[test]
fn the_spec_table_at_every_cut() {
    spec_table(OnTruncated::Discard, |_| None);
}

#[test]
fn the_spec_table_with_a_truncated_end_as_an_error() {
    spec_table(OnTruncated::Error, |case| {
        let mut parser = parser(case);
        let mut input = case.input;
        while parser.next(&mut input).unwrap().is_some() {}
        let cut = parser.finish().err();
        assert_eq!(cut.map(|cut| (cut.had_data, cut.in_line)), case.cut);
        cut.map(Err)
    });
}

#[test]
fn the_spec_table_with_a_truncated_end_delivered() {
    spec_table(OnTruncated::Deliver, |case| model::flush(case.input, case.start).map(Ok));
}

/// Chunks of so many events, by their blank lines.
fn cut_behind_events(stream: &[u8], count: usize) -> Vec<&[u8]> {
    let (mut chunks, mut start, mut seen) = (Vec::new(), 0, 0);
    for (place, pair) in stream.windows(2).enumerate() {
        seen += usize::from(pair == b"\n\n");
        if seen == count {
            chunks.push(&stream[start..place + 2]);
            (start, seen) = (place + 2, 0);
        }
    }
    chunks.push(&stream[start..]);
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where the stream is text, and its chunks are, but for a cut character: those are checked once, for many events. And where
    /// chunks end with an event, as servers send them.
    #[test]
    fn random_streams_at_random_cuts_are_what_the_model_reads(
        stream in stream(),
        sizes in sizes(),
        count in 1..5_usize,
        start in "[a-z0-9]{0,3}",
    ) {
        for stream in [String::from_utf8_lossy(&stream).into_owned().into_bytes(), stream] {
            let want: Got = model::read(&stream, &start).items.into_iter().map(Ok).collect();
            let events: Got = want.iter().filter(|out| out.as_ref().is_ok_and(Out::is_event)).cloned().collect();
            for (name, way, all) in WAYS {
                let mut parser = Parser::new();
                parser.set_last_event_id(&start).unwrap();
                for chunks in [cut(&stream, &sizes), cut_behind_events(&stream, count)] {
                    let got = way(&chunks, parser.clone(), OnTruncated::Discard);
                    prop_assert_eq!(got, if all { want.clone() } else { events.clone() }, "{}", name);
                }
            }
        }
    }
}

// ---- Errors

#[test]
fn the_event_after_one_that_is_too_large_arrives_in_a_plain_loop() {
    let stream = b"data: a\n\ndata: much too long\n\ndata: b\n\n";
    let limited = || Parser::with_limit(8);

    let mut reader = EventReader::with_parser(&stream[..], limited());
    assert_eq!(reader.next().unwrap().unwrap().data(), "a");
    assert!(matches!(reader.next(), Some(Err(ReadError::TooLarge(_)))));
    assert_eq!(reader.next().unwrap().unwrap().data(), "b");

    let results = collect(EventStream::with_parser(body(&[&stream[..]]), limited()));
    assert!(matches!(&results[..], [Ok(a), Err(StreamError::TooLarge(_)), Ok(b)] if a.data() == "a" && b.data() == "b"));

    let mut framed = FramedRead::new(&stream[..], EventCodec::with_parser(limited()));
    let mut seen = Vec::new();
    futures_executor(async {
        while let Some(Ok(event)) = framed.next().await {
            seen.push(event.map(|event| event.data().to_owned()).map_err(|error| error.offset));
        }
    });
    assert_eq!(seen, [Ok("a".to_owned()), Err(9), Ok("b".to_owned())]);
}

fn futures_executor<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn after_an_io_error_in_the_middle_of_an_event_reading_goes_on() {
    let chunks = Chunks::new(&[b"data: o", b"ne\n\ndata: two\n", b"\n"], io::ErrorKind::TimedOut);
    let mut reader = EventReader::new(chunks);
    let (mut seen, mut failed) = (Vec::new(), 0);
    while seen.len() < 2 {
        match reader.next().unwrap() {
            Ok(event) => seen.push(event.data().to_owned()),
            Err(ReadError::Io(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                failed += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(seen, ["one", "two"]);
    assert_eq!(failed, 3);
}

#[test]
fn an_error_of_the_inner_stream_is_handed_through_and_reading_goes_on() {
    // Its error has no traits at all.
    #[derive(PartialEq)]
    struct Odd;
    let body = stream::iter([Ok("data: o"), Err(Odd), Ok("ne\n\ndata: two\n\n"), Err(Odd)]);
    let results = collect(EventStream::new(body));
    assert!(matches!(
        &results[..],
        [Err(StreamError::Inner(Odd)), Ok(one), Ok(two), Err(StreamError::Inner(Odd))] if one.data() == "one" && two.data() == "two"
    ));
}

#[test]
fn an_event_stream_stays_at_its_end() {
    let mut polls = 0;
    let body = stream::poll_fn(|_| {
        polls += 1;
        assert!(polls <= 2, "polled after its end");
        Poll::Ready((polls == 1).then_some(Ok::<_, ()>("data: a\n\n")))
    });
    let mut events = pin!(EventStream::new(body));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(events.as_mut().poll_next(&mut context), Poll::Ready(Some(Ok(_)))));
    for _ in 0..3 {
        assert_eq!(events.as_mut().poll_next(&mut context), Poll::Ready(None));
    }
    assert!(stream::FusedStream::is_terminated(&*events));
}

/// What is known of a chunk (that it is text, and where) is not taken for known of the next one. Found by the fuzz target `owned`.
#[test]
fn an_event_in_the_chunk_behind_one_that_ends_with_an_empty_event() {
    for first in
        ["data: a\n\ndata: b\n\ndata\n\n", "data: a\n\ndata:\n\n", "data\n\ndata\n\n", "data: a\n\nevent: t\ndata: \n\n"]
    {
        for second in
            ["data: c\n\n", "event: t\ndata: c\nid: 7\n\ndata: d\n\n", "data: much longer than what came before it\n\ndata\n\n"]
        {
            let chunks = [first.as_bytes(), second.as_bytes()];
            let want: Got = model::read(&chunks.concat(), "").items.into_iter().filter(Out::is_event).map(Ok).collect();
            for (name, way, _) in WAYS.iter().filter(|(.., all)| !all) {
                assert_eq!(way(&chunks, Parser::new(), OnTruncated::Discard), want, "{name}: {first:?}, {second:?}");
            }
        }
    }
}

#[test]
fn all_events_of_a_chunk_come_before_the_next_poll() {
    let mut polls = 0;
    let mut events = pin!(EventStream::new(stream::poll_fn(|_| {
        polls += 1;
        if polls == 1 { Poll::Ready(Some(Ok::<_, ()>("data: 1\n\ndata: 2\n\ndata: 3\n\n"))) } else { panic!("polled again") }
    })));
    let mut context = Context::from_waker(Waker::noop());
    for want in ["1", "2", "3"] {
        let Poll::Ready(Some(Ok(event))) = events.as_mut().poll_next(&mut context) else { panic!() };
        assert_eq!(event.data(), want);
    }
}

/// Nothing is asked of the inner stream: not `Unpin`, not that its error is anything.
#[test]
fn a_stream_that_is_not_unpin() {
    struct Pinned(std::marker::PhantomPinned, bool);
    impl Stream for Pinned {
        type Item = Result<Vec<u8>, *const ()>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            // (Enough for a test: the end at once.)
            let _ = (&self.0, self.1);
            Poll::Ready(None)
        }
    }
    assert_eq!(collect(EventStream::new(Pinned(std::marker::PhantomPinned, false))).len(), 0);
}

/// At each point where the future of `next` waits, it is dropped and made anew.
#[test]
fn a_cancelled_next_loses_nothing() {
    let stream = b"id: 1\ndata: one\ndata: two\n\n: c\nevent: t\ndata: three\n\ndata: four\n\n";
    for size in 1..=stream.len() {
        let chunks: Vec<_> = stream.chunks(size).collect();
        let mut events = pin!(EventStream::new(body(&chunks)));
        let (mut seen, mut cancelled, mut context) = (Vec::new(), 0, Context::from_waker(Waker::noop()));
        loop {
            let mut next = Box::pin(events.next());
            match next.as_mut().poll(&mut context) {
                Poll::Ready(Some(event)) => seen.push(event.unwrap().data().to_owned()),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    drop(next);
                    cancelled += 1;
                    // At any time, all the state is in reach.
                    assert!(events.parser().last_event_id().len() <= 1);
                }
            }
        }
        assert_eq!(seen, ["one\ntwo", "three", "four"]);
        assert!(cancelled >= chunks.len());
    }
}

#[test]
fn the_next_connection_goes_on_where_the_last_one_ended() {
    let mut reader = EventReader::new(&b"id: 7\ndata: a\n\ndata: cut o"[..]);
    assert_eq!(reader.by_ref().count(), 1);
    let (rest, mut parser) = reader.into_parts();
    assert!(rest.is_empty());
    assert_eq!(parser.finish(), Ok(()), "the reader has ended the stream");
    let mut second = EventStream::with_parser(stream::iter([Ok::<_, ()>("data: b\n\n")]), parser);
    let event = collect(&mut second).remove(0).unwrap();
    assert_eq!((event.data(), event.last_event_id()), ("b", "7"));
    assert_eq!(second.into_parts().1.last_event_id(), "7");
}

#[test]
fn the_reader_is_left_behind_the_last_event() {
    let mut reader = EventReader::new(&b"data: a\n\nand something else"[..]);
    assert_eq!(reader.next().unwrap().unwrap().data(), "a");
    assert_eq!(reader.into_parts().0, b"and something else");
}

/// What each adapter delivers of a stream whose end cuts something off, and what it says of it afterwards.
fn ends(stream: &'static str, on_truncated: OnTruncated) -> (Vec<String>, Option<Truncated>) {
    let mut reader = EventReader::new(stream.as_bytes()).on_truncated(on_truncated);
    let data: Vec<_> = reader.by_ref().flatten().map(EventBuf::into_data).collect();

    let mut stream_of = EventStream::new(stream::iter([Ok::<_, io::Error>(stream)])).on_truncated(on_truncated);
    let events: Vec<_> = futures_executor(stream_of.by_ref().collect());
    assert_eq!(events.into_iter().flatten().map(EventBuf::into_data).collect::<Vec<_>>(), data);
    assert_eq!(stream_of.truncated(), reader.truncated());

    let (mut codec, mut buffer) = (EventCodec::new().on_truncated(on_truncated), BytesMut::from(stream));
    let mut decoded = Vec::new();
    while let Ok(Some(event)) = codec.decode_eof(&mut buffer) {
        decoded.push(event.unwrap().into_data());
    }
    assert_eq!(decoded, data);
    assert_eq!(codec.truncated(), reader.truncated());
    (data, reader.truncated())
}

#[test]
fn t5_whole_lines_only_and_what_was_cut_can_be_read_afterwards() {
    use OnTruncated::{Deliver, DeliverWholeLines, Discard};
    let missing = "only the blank line is missing";
    // What is given out with each setting; and what the end cuts off, which is told where it is not given out.
    for (stream, discard, deliver, whole, truncated) in [
        ("data: a\n\n", "a", "a", "a", None),
        ("data: a\n\ndata: cut in the mid", "a", "a|cut in the mid", "a", Some((true, true))),
        ("data: b\ndata: cut in the mid", "", "b\ncut in the mid", "", Some((true, true))),
        ("data: only the blank line is missing\n", "", missing, missing, Some((true, false))),
        ("data: a\n\ndata: b\nid", "a", "a|b", "a", Some((true, true))),
        ("event: t\n", "", "", "", Some((false, false))),
    ] {
        for (setting, want) in [(Discard, discard), (Deliver, deliver), (DeliverWholeLines, whole)] {
            let (data, cut) = ends(stream, setting);
            let cut = cut.map(|cut| (cut.had_data, cut.in_line));
            let is_told = want == discard;
            assert_eq!((data.join("|"), cut), (want.to_owned(), truncated.filter(|_| is_told)), "{stream:?}, {setting:?}");
        }
    }
}

#[test]
fn t4_after_a_failed_transfer_half_an_event_is_discarded() {
    let failed = || Err("reset");
    for (body, want) in [
        (vec![Ok("data: half\n"), failed()], vec![]),
        (vec![failed(), Ok("data: whole\n")], vec!["whole"]),
        // A read that timed out is no failed transfer, if it goes on.
        (vec![Ok("data: wh"), failed(), Ok("ole\n")], vec!["whole"]),
    ] {
        let mut events = EventStream::new(stream::iter(body)).on_truncated(OnTruncated::Deliver);
        let got: Vec<_> = futures_executor(events.by_ref().collect());
        let errors = got.iter().filter(|event| event.is_err()).count();
        assert_eq!(
            (errors, got.into_iter().flatten().map(EventBuf::into_data).collect::<Vec<_>>()),
            (1, want.iter().map(|w| (*w).to_owned()).collect())
        );
        assert_eq!(events.truncated().is_some(), want.is_empty(), "what was not given out");
    }

    struct Reset(&'static [u8], bool);
    impl Read for Reset {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            unreachable!()
        }
    }
    impl BufRead for Reset {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            if self.0.is_empty() && !std::mem::replace(&mut self.1, true) {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Ok(self.0)
        }
        fn consume(&mut self, count: usize) {
            self.0 = &self.0[count..];
        }
    }
    let mut events = EventReader::new(Reset(b"data: half\n", false)).on_truncated(OnTruncated::Deliver);
    assert!(events.next().unwrap().is_err());
    assert!(events.next().is_none());
    assert!(events.truncated().is_some());
}

#[test]
fn t9_an_owned_item_lends_what_it_is() {
    let mut data = Vec::new();
    for item in EventReader::new(&b": c\n\ndata: x\n\n"[..]).items() {
        let item = item.unwrap();
        let Some(event) = item.as_event() else { continue };
        data.push(event.data().to_owned());
    }
    assert_eq!(data, ["x"]);
}

#[test]
fn t3_an_explicit_message_type_can_be_told() {
    for (stream, explicit) in
        [("data: x\n\n", None), ("event: message\ndata: x\n\n", Some("message")), ("event:\ndata: x\n\n", None)]
    {
        let event = EventReader::new(stream.as_bytes()).next().unwrap().unwrap();
        assert_eq!((event.event_type(), event.explicit_type()), ("message", explicit));
        assert_eq!(event.encode().to_string(), stream.replace("event:\n", ""));
    }
}

#[test]
fn t2_a_block_without_data_is_an_item_on_request_and_can_be_sent() {
    let all = || Parser::new().with_all_items();
    let mut items = EventReader::with_parser(&b"event: ping\nid: 7\n\n"[..], all()).items();
    let item = items.next().unwrap().unwrap();
    let Item::NoData(block) = item.as_item() else { panic!("{item:?}") };
    assert_eq!((block.event_type(), block.id()), ("ping", Some("7")));
    assert_eq!(item.encode().to_string(), "event: ping\nid: 7\n\n");
    assert_eq!(items.parser().last_event_id(), "7");
    assert_eq!(Item::NoData(Event::new("never sent").with_type("ping").unwrap()).encode().to_string(), "event: ping\n\n");
}

#[test]
fn t7_a_reconnect_drops_half_an_event_and_keeps_the_id() {
    let mut reader = EventReader::new(&b"id: 7\nretry: 5\ndata: a\n\nid: 8\ndata: ha"[..]);
    assert_eq!(reader.next().unwrap().unwrap().data(), "a");
    // In the middle of the chunk, of an event, and at the end.
    for (stream, data) in [(&b"lf\n\ndata: b\n\ndata: c\n\n"[..], "b"), (b"data: d\n\nda", "d"), (b"data: e\n\n", "e")] {
        reader.reconnect(stream);
        let event = reader.next().unwrap().unwrap();
        assert_eq!((event.data(), event.last_event_id()), (data, "7"));
    }
    assert!(reader.next().is_none());
    assert_eq!(reader.parser().retry(), Some(Duration::from_millis(5)));

    let connection = |chunk: &'static str| stream::iter([Ok::<_, ()>(chunk)]);
    let mut events = EventStream::new(connection("id: 7\ndata: a\n\ndata: x\n\nid: 8\ndata: ha"));
    let next = |events: &mut EventStream<_>| futures_executor(events.next());
    assert_eq!(next(&mut events).unwrap().unwrap().data(), "a");
    for (stream, data) in [("lf\n\ndata: b\n\nid: 9\ndata: c", "b"), ("data: d\n\n", "d"), ("data: e\n\n", "e")] {
        events.reconnect(connection(stream));
        let event = next(&mut events).unwrap().unwrap();
        assert_eq!((event.data(), event.last_event_id()), (data, "7"));
    }
    assert!(next(&mut events).is_none());
    assert!(next(&mut events).is_none());
    events.reconnect(connection("data: f\n\n"));
    assert_eq!(next(&mut events).unwrap().unwrap().data(), "f", "also after its end");
}

// ---- Owned events

#[test]
fn the_events_of_a_stream_own_their_text_and_share_an_inherited_id() {
    // The second chunk begins in the middle of an event, and ends in the middle of a character; the third is not UTF-8.
    let chunks = [
        &b"data: 1\n\nevent: \xC3\xA9\ndata: 2\n\ndata: 3\n\nid: 4\nda"[..],
        b"ta: 4\n\nid: 5\ndata: 5\n\nevent: x\ndata: 6\n\ndata: \xC3",
        b"\xA9\n\ndata: 8\n\n: \xFF\ndata: 9\n\nevent: y\n: \xFF\ndata: 10\n\ndata: 11\n\n",
        b"event: z\ndata: 12\n\n",
        b"data: 13\n\n",
        b"event: q\n: \xFF\ndata: 14\n\n",
    ]
    .map(|chunk| Bytes::from(chunk.to_vec()));
    let stream = EventStream::new(stream::iter(chunks.clone().map(Ok::<_, ()>)));
    let events: Vec<_> = collect(stream).into_iter().map(Result::unwrap).collect();
    assert!(chunks.into_iter().all(|chunk| chunk.is_unique()), "nothing keeps a chunk");
    let data: Vec<_> = events.iter().map(|event| event.data().to_owned()).collect();
    assert_eq!(data, ["1", "2", "3", "4", "5", "6", "\u{e9}", "8", "9", "10", "11", "12", "13", "14"]);
    let ids: Vec<_> = events.iter().map(EventBuf::last_event_id).collect();
    assert_eq!(ids, ["", "", "", "4", "5", "5", "5", "5", "5", "5", "5", "5", "5", "5"]);
    assert!(events[5..].iter().all(|event| event.last_event_id().as_ptr() == events[5].last_event_id().as_ptr()));
    let types: Vec<_> = events.iter().map(EventBuf::event_type).filter(|name| *name != "message").collect();
    assert_eq!(types, ["\u{e9}", "x", "y", "z", "q"]);
}

#[test]
fn a_chunk_is_let_go_when_it_has_been_read() {
    let chunk = Bytes::from(b"data: 1\n\ndata: 2\n\n".to_vec());
    let mut events = pin!(EventStream::new(stream::iter([Ok::<_, ()>(chunk.clone())]).chain(stream::pending())));
    let mut context = Context::from_waker(Waker::noop());
    assert!(events.as_mut().poll_next(&mut context).is_ready());
    assert!(!chunk.is_unique(), "its second event is still to come");
    assert!(events.as_mut().poll_next(&mut context).is_ready());
    assert!(chunk.is_unique());
}

/// Long data that is stored becomes the event's with its memory, with whatever else the event has.
#[test]
fn long_events_are_what_was_sent() {
    for head in ["", "event: type\n", "id: 7\n", "id: 7\nevent: type\nretry: 5\n", "id: 6\n\n"] {
        for length in [65_535, 65_536, 200_000] {
            for text in ["x", "\u{e9}", "line\ndata: "] {
                let stream = format!("{head}data: {}\n\ndata: next\n\n", text.repeat(length / text.len()));
                let want: Got = model::read(stream.as_bytes(), "").items.into_iter().filter(Out::is_event).map(Ok).collect();
                for chunk in [1460, 65_000, stream.len()] {
                    let chunks: Vec<_> = stream.as_bytes().chunks(chunk).collect();
                    for (name, way, _) in WAYS.iter().filter(|(.., all)| !all) {
                        assert!(
                            way(&chunks, Parser::new(), OnTruncated::Discard) == want,
                            "{name}: {head:?}, {length} by {chunk}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn e1_an_owned_event_is_small_and_made_of_a_string_without_a_copy() {
    assert!(size_of::<EventBuf>() <= 64, "{}", size_of::<EventBuf>());
    assert!(size_of::<ItemBuf>() <= 72, "{}", size_of::<ItemBuf>());

    let mut data = String::with_capacity(1000);
    data.push_str("the data");
    let place = data.as_ptr();
    let event = EventBuf::new(data).with_id("7").unwrap().with_type("t").unwrap().with_retry(Duration::from_millis(5));
    let want = Event::new("the data").with_type("t").unwrap().with_id("7").unwrap().with_retry(Duration::from_millis(5));
    assert_eq!(event, want);
    assert_eq!((event.last_event_id(), event.data().as_ptr()), ("7", place));
    let event = event.with_type("another").unwrap().with_id("").unwrap();
    assert_eq!((event.event_type(), event.id(), event.last_event_id()), ("another", Some(""), ""));
    assert!(event.clone().with_type("a\nb").is_err() && event.clone().with_id("a\0b").is_err());
    let data = event.into_data();
    assert_eq!((data.as_str(), data.as_ptr()), ("the data", place));
}

#[test]
fn an_owned_event_inherits_its_id_until_it_has_one() {
    let chunks = [&b"id: 7\n\ndata: a\n\n"[..]];
    let event = collect(EventStream::new(body(&chunks))).remove(0).unwrap();
    assert_eq!((event.id(), event.last_event_id()), (None, "7"));
    let typed = event.clone().with_type("t").unwrap();
    assert_eq!((typed.event_type(), typed.id(), typed.last_event_id()), ("t", None, "7"));
    let with_id = event.with_id("8").unwrap();
    assert_eq!((with_id.id(), with_id.last_event_id()), (Some("8"), "8"));
    // Without an adapter, it is in the event's own text.
    let (mut parser, mut input) = (Parser::new(), chunks[0]);
    let event = EventBuf::from(parser.next(&mut input).unwrap().unwrap());
    let typed = event.with_type("t").unwrap();
    assert_eq!((typed.event_type(), typed.id(), typed.last_event_id()), ("t", None, "7"));
    assert_eq!(typed.into_data(), "a");
}

#[test]
fn debug_of_an_adapter_shows_no_chunk() {
    let mut events = EventStream::new(stream::iter([Ok::<_, ()>("id: 7\ndata: a\n\ndata: secret\n\n")]).map(|chunk| chunk));
    assert!(futures_executor(events.next()).is_some());
    let shown = format!("{events:?}");
    assert!(shown.contains("unread: 14") && shown.contains("\"7\"") && !shown.contains("secret"), "{shown}");
}

#[test]
fn a_codec_says_a_retry_once() {
    use tokio_util::codec::Encoder;

    let stream = &b"retry: 5\nid: 7\ndata: a\n\n: c\n"[..];
    let (mut codec, mut buffer, mut out) = (EventCodec::new().items(), BytesMut::from(stream), BytesMut::new());
    while let Some(item) = codec.decode(&mut buffer).unwrap() {
        codec.encode(item.unwrap(), &mut out).unwrap();
    }
    assert_eq!(out, "retry: 5\nid: 7\ndata: a\n\n: c\n");
}

#[test]
fn a_codec_sends_what_it_is_given_and_what_it_is_lent() {
    use tokio_util::codec::Encoder;

    let (mut codec, mut out) = (EventCodec::new(), BytesMut::new());
    let event = EventBuf::from(Event::new("a"));
    let item = ItemBuf::from(Item::Comment("c"));
    codec.encode(event.as_event(), &mut out).unwrap();
    codec.encode(item.as_item(), &mut out).unwrap();
    codec.encode(&event, &mut out).unwrap();
    codec.encode(&item, &mut out).unwrap();
    codec.encode(event, &mut out).unwrap();
    codec.encode(item, &mut out).unwrap();
    assert_eq!(out, "data: a\n\n: c\n".repeat(3));
}

#[test]
fn owned_items_are_what_they_were() {
    let chunk = Bytes::from_static(b": c\nretry: 5\nid: 7\n\nevent: t\ndata: a\n\n");
    let (mut parser, mut input) = (Parser::new(), &chunk[..]);
    while let Some(item) = parser.next_item(&mut input).unwrap() {
        for owned in [ItemBuf::from(item), ItemBuf::from(item).clone()] {
            assert_eq!(owned, item);
            assert_eq!(item, owned.as_item());
            assert_eq!(owned.encode().to_vec(), item.encode().to_vec());
            assert_eq!(bytes::Buf::copy_to_bytes(&mut owned.encode().reader(), owned.encode().len()), item.encode().to_bytes());
            assert_eq!(owned.as_comment().is_some(), matches!(item, Item::Comment(_)));
            assert_eq!(owned.as_retry().is_some(), matches!(item, Item::Retry(_)));
            assert_eq!(owned.as_last_event_id().is_some(), matches!(item, Item::LastEventId(_)));
            assert_eq!(owned.as_event().is_some(), matches!(item, Item::Event(_)));
            assert_eq!(owned.into_event().is_some(), matches!(item, Item::Event(_)));
        }
    }
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn all<T: Send + Sync + Unpin + Clone + 'static>() {}
    all::<EventBuf>();
    all::<ItemBuf>();
    all::<EventCodec>();
    all::<EventStream<stream::Empty<Result<Bytes, ()>>>>();
    all::<Parser>();
    all::<Parser<ssewire::Fixed<[u8; 8]>>>();
    all::<ssewire::decode::Tokenizer>();
    all::<Event<'_>>();
    all::<Item<'_>>();
    all::<ssewire::Encoded<'_>>();
    all::<ssewire::encode::EncodedReader<'_>>();
    all::<ssewire::EventWriter>();
    all::<ssewire::encode::ItemEncoder>();
    all::<ssewire::Reconnect>();
    all::<StreamError<()>>();
    fn sent<T: Send + Sync + Unpin>() {}
    sent::<EventReader<&[u8]>>();
    sent::<ssewire::encode::EventSink<'_, &mut Vec<u8>>>();
    sent::<ReadError>();
}

/// How many allocations a stream of this unit takes for each event, in chunks of this many units, once everything is warm.
fn allocations_per_event(unit: &[u8], units: usize) -> f64 {
    let chunk = Bytes::from(unit.repeat(units));
    let chunks: Vec<_> = std::iter::repeat_n(chunk, 100).map(Ok::<_, ()>).collect();
    let mut events = pin!(EventStream::new(stream::iter(chunks)));
    let mut context = Context::from_waker(Waker::noop());
    let mut next = || matches!(events.as_mut().poll_next(&mut context), Poll::Ready(Some(Ok(_))));
    (0..units).for_each(|_| assert!(next()));
    let mut count = 0;
    let counted = allocation_counter::measure(|| {
        while next() {
            count += 1;
        }
    });
    assert_eq!(count, 99 * units);
    counted.count_total as f64 / f64::from(u32::try_from(count).unwrap())
}

#[test]
fn an_owned_event_is_one_allocation() {
    for unit in [
        &b"data: some data\n\n"[..],
        b"event: t\ndata: some data\n\n",
        b"id: 7\nevent: t\ndata: some data\n\n",
        b"data: some data\r\nid: 8\r\nretry: 5\r\n: c\r\n\r\n",
        b"id: 1\nevent: t\ndata: one\ndata: two\n\n",
        b"data: \xFF\n\n",
        b"event: t\n: \xFF\ndata: x\n\n",
    ] {
        for units in [1, 3, 50] {
            assert_eq!(allocations_per_event(unit, units), 1.0, "{}", unit.escape_ascii());
        }
    }
}

// ---- Sockets

#[test]
fn framed_over_tcp_with_a_slow_writer() {
    futures_executor(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            use tokio::io::AsyncWriteExt;
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            for byte in b"id: 1\r\ndata: sl\xC3\xB6w\r\n\r\n" {
                socket.write_all(&[*byte]).await.unwrap();
                socket.flush().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut framed = FramedWrite::new(socket, EventCodec::new());
            framed.send(Event::new("a\nb").with_type("t").unwrap()).await.unwrap();
            framed.send(Item::Comment("c")).await.unwrap();
            framed.send(EventBuf::from(Event::new("owned"))).await.unwrap();
            framed.send(ItemBuf::from(Item::Retry(Duration::from_secs(1)))).await.unwrap();
        };
        let client = async {
            let socket = tokio::net::TcpStream::connect(address).await.unwrap();
            let mut framed = FramedRead::new(socket, EventCodec::new().items());
            let mut items = Vec::new();
            while let Some(next) = framed.next().await {
                items.push(item(next.unwrap().unwrap().as_item()));
            }
            assert_eq!(framed.decoder().parser().last_event_id(), "1");
            items
        };
        let ((), items) = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(server, client) }).await.unwrap();
        let data: Vec<_> = items
            .iter()
            .map(|item| match item {
                Out::Event { data, .. } => data.as_str(),
                Out::Comment(text) => text.as_str(),
                Out::Retry(1000) => "retry",
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(data, ["slöw", "a\nb", "c", "owned", "retry"]);
    });
}

/// A server that dies in the middle of an event, and is asked again with the last event ID of the last whole one.
#[test]
fn a_writer_that_dies_and_comes_back() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    futures_executor(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            for connection in 0..3_u8 {
                let (mut socket, _) = listener.accept().await.unwrap();
                let next = socket.read_u8().await.unwrap();
                assert_eq!(next, connection);
                let whole = format!("id: {}\ndata: event {next}\n\n", next + 1);
                let half = "id: 9\nevent: half\ndata: never\n";
                socket.write_all(&[whole.as_bytes(), half.as_bytes()].concat()).await.unwrap();
            }
        };
        let client = async {
            let (mut seen, mut parser) = (Vec::new(), Parser::new());
            for _ in 0..3 {
                let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
                let next: u8 = parser.last_event_id().parse().unwrap_or_default();
                socket.write_u8(next).await.unwrap();
                let mut events = FramedRead::new(socket, EventCodec::with_parser(parser));
                while let Some(event) = events.next().await {
                    seen.push(event.unwrap().unwrap().data().to_owned());
                }
                parser = events.decoder().parser().clone();
            }
            seen
        };
        let ((), seen) = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(server, client) }).await.unwrap();
        assert_eq!(seen, ["event 0", "event 1", "event 2"]);
    });
}

#[test]
fn a_reader_over_a_socket_with_read_timeouts() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut reader = EventReader::new(io::BufReader::new(socket));
    client.write_all(b"data: whole\n\ndata: lat").unwrap();
    let mut timeouts = 0;
    let mut next = |reader: &mut EventReader<_>| loop {
        match reader.next() {
            None => return None,
            Some(Ok(event)) => return Some(event.data().to_owned()),
            Some(Err(ReadError::Io(error))) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                timeouts += 1;
                assert!(timeouts < 500);
                // The rest comes after the first timeout, which falls into the middle of an event.
                if timeouts == 1 {
                    client.write_all(b"er\n\ndata: last\n\n").unwrap();
                    client.shutdown(std::net::Shutdown::Write).unwrap();
                }
            }
            Some(Err(error)) => panic!("{error}"),
        }
    };
    assert_eq!(next(&mut reader).as_deref(), Some("whole"));
    assert_eq!(next(&mut reader).as_deref(), Some("later"));
    assert_eq!(next(&mut reader).as_deref(), Some("last"));
    assert_eq!(next(&mut reader), None);
    assert!(timeouts >= 1);
}
