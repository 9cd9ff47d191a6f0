//! [`Blocks`]: put together, the blocks are the stream; what is left out or replaced changes nothing else.
#![cfg(feature = "alloc")]

mod support;

use proptest::prelude::*;
use ssewire::{
    Event, EventBuf, Parser,
    blocks::{Block, Blocks, OnTooLarge},
};
use support::{
    ByNext, cases, event,
    model::{self, Out},
    read_chunks,
    streams::{cut, long_sizes, long_stream, sizes, stream},
};

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Pass,
    LeaveOut,
    Replace,
}

/// By what the event is, so that it does not depend on how the stream was cut.
fn judge(event: &Event<'_>, seed: usize) -> Verdict {
    let sum = event
        .data()
        .bytes()
        .chain(event.event_type().bytes())
        .fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    [Verdict::Pass, Verdict::LeaveOut, Verdict::Replace][(sum / 7) % 3]
}

const INSTEAD: &str = "by\nanother";

fn write(block: &Block<'_>, verdict: Verdict, out: &mut Vec<u8>) {
    let length = out.len();
    match verdict {
        Verdict::Pass => block.pass(out),
        Verdict::LeaveOut => block.leave_out(out),
        Verdict::Replace => match block.event() {
            Some(event) => block.replace(event.with_data(INSTEAD), out),
            None => block.pass(out),
        },
    }
    let residue = block.residue();
    if verdict == Verdict::LeaveOut && block.event().is_some() {
        assert!(out[length..].ends_with(&residue));
    }
}

/// What comes out for these chunks, and the events that were shown.
fn run(mut blocks: Blocks, chunks: &[&[u8]], judge: impl Fn(&Event<'_>) -> Verdict) -> (Vec<u8>, Vec<Out>, u64) {
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    let mut each = |block: &Block<'_>| {
        let verdict = block.event().map_or(Verdict::LeaveOut, |event| judge(&event));
        seen.extend(block.event().map(event));
        write(block, verdict, &mut out);
    };
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(block) = blocks.next(&mut input) {
            each(&block);
        }
        assert!(input.is_empty());
        assert!(blocks.next(&mut input).is_none());
    }
    if let Some(block) = blocks.finish() {
        each(&block);
    }
    assert!(blocks.finish().is_none());
    (out, seen, blocks.too_large())
}

fn as_it_came(chunks: &[&[u8]]) -> (Vec<u8>, Vec<Out>) {
    let (out, seen, too_large) = run(Blocks::new(), chunks, |_| Verdict::Pass);
    assert_eq!(too_large, 0);
    (out, seen)
}

/// All that a reader makes of a stream: its events, the one that its end cuts off, the last event ID, the retry.
fn read(stream: &[u8]) -> (Vec<Out>, Option<Out>, String, Option<u64>) {
    let read = model::read(stream, "");
    let events = read.items.into_iter().filter(Out::is_event).collect();
    (events, model::flush(stream, ""), read.last_event_id, read.retry)
}

/// The same without those that are left out, and with others in the place of those that are replaced.
fn judged(stream: &[u8], judge: impl Fn(&Event<'_>) -> Verdict) -> (Vec<Out>, Option<Out>, String, Option<u64>) {
    let (events, cut, last_event_id, retry) = read(stream);
    let of = |out: Out| {
        let Out::Event { event_type, data, id, last_event_id, retry, lossy } = out else { unreachable!() };
        let verdict = judge(&Event::new(&data).with_type(&event_type).unwrap());
        let (data, lossy) = if verdict == Verdict::Replace { (INSTEAD.to_owned(), false) } else { (data, lossy) };
        (verdict != Verdict::LeaveOut).then_some(Out::Event { event_type, data, id, last_event_id, retry, lossy })
    };
    (events.into_iter().filter_map(of).collect(), cut.and_then(of), last_event_id, retry)
}

/// What was replaced is text, and what passes as it came may not be.
fn without_lossy((events, cut, last_event_id, retry): (Vec<Out>, Option<Out>, String, Option<u64>)) -> String {
    let of = |out: Out| {
        let Out::Event { event_type, data, id, last_event_id, retry, .. } = out else { unreachable!() };
        format!("{event_type:?} {data:?} {id:?} {last_event_id:?} {retry:?}")
    };
    let events: Vec<_> = events.into_iter().map(of).collect();
    format!("{events:#?}\n{:?} {last_event_id:?} {retry:?}", cut.as_ref().map(without_retry).map(of))
}

/// An event that the end cuts off, without a retry: that may be cut off itself, and is then shown by the model only.
fn without_retry(out: &Out) -> Out {
    let mut out = out.clone();
    if let Out::Event { retry, .. } = &mut out {
        *retry = None;
    }
    out
}

/// A reader that knows LF and CRLF as line ends, and no lone CR. (And no BOM, which is not written anew.)
fn events_by_lf(stream: &[u8]) -> Vec<(String, String, String)> {
    let (mut events, mut data, mut event_type, mut id) = (Vec::new(), Vec::new(), String::new(), String::new());
    let text = String::from_utf8(stream.to_vec()).expect("what is written anew is text");
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "" if line.is_empty() => {
                if !data.is_empty() {
                    events.push((std::mem::take(&mut event_type), data.join("\n"), id.clone()));
                }
                data.clear();
                event_type.clear();
            }
            "data" => data.push(value),
            "event" => event_type = value,
            "id" => id = value,
            _ => {}
        }
    }
    events
}

fn check(stream: &[u8], chunks: &[&[u8]], seed: usize) {
    let want = read(stream);
    let (out, seen) = as_it_came(chunks);
    assert_eq!(out, stream, "as it came");
    let (of_blocks, of_cut) = seen.split_at(want.0.len());
    assert_eq!(of_blocks, want.0);
    assert_eq!(of_cut.iter().map(without_retry).collect::<Vec<_>>(), want.1.iter().map(without_retry).collect::<Vec<_>>());

    for only in [None, Some(Verdict::LeaveOut), Some(Verdict::Replace)] {
        let judge = |event: &Event<'_>| only.unwrap_or_else(|| judge(event, seed));
        let want = without_lossy(judged(stream, judge));
        let (out, ..) = run(Blocks::new(), chunks, judge);
        assert_eq!(without_lossy(read(&out)), want, "{out:?}");
        let (out, ..) = run(Blocks::new().canonical(), chunks, judge);
        assert_eq!(without_lossy(read(&out)), want, "{:?}", String::from_utf8_lossy(&out));
        let own = read_chunks(&mut ByNext(Parser::new()), chunks_of(&out, 7));
        assert_eq!(own.into_iter().map(Result::unwrap).collect::<Vec<_>>(), read(&out).0);
        let plain = read(&out).0.into_iter().map(|out| {
            let Out::Event { event_type, data, last_event_id, .. } = out else { unreachable!() };
            (if event_type == "message" { String::new() } else { event_type }, data, last_event_id)
        });
        let by_lf = events_by_lf(&out)
            .into_iter()
            .map(|(event_type, data, id)| (if event_type == "message" { String::new() } else { event_type }, data, id));
        assert_eq!(by_lf.collect::<Vec<_>>(), plain.collect::<Vec<_>>());
    }
}

fn chunks_of(stream: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    stream.chunks(size)
}

/// Streams with blocks above the limit: what comes out does not depend on how they were cut.
fn check_limit(stream: &[u8], chunks: &[&[u8]], limit: usize) {
    let passing = || Blocks::with_limit(limit).on_too_large(OnTooLarge::Pass);
    let (out, seen, too_large) = run(passing(), chunks, |_| Verdict::Pass);
    assert_eq!(out, stream, "too large passes as it came");
    let (_, whole, count) = run(passing(), &[stream], |_| Verdict::Pass);
    assert_eq!((seen, too_large), (whole, count));

    let (out, seen, too_large) = run(Blocks::with_limit(limit), chunks, |_| Verdict::Pass);
    let (whole, seen_whole, count) = run(Blocks::with_limit(limit), &[stream], |_| Verdict::Pass);
    assert_eq!((&seen, too_large), (&seen_whole, count));
    let ((events, cut, ..), want) = (read(&out), read(&whole));
    assert_eq!((&events, &cut), (&want.0, &want.1), "{out:?}");
    assert_eq!(seen, events.into_iter().chain(cut).collect::<Vec<_>>());
    // Ids and retries go on, of those that are left out, too, as far as they are known.
    assert_eq!(read(&out).3, read(stream).3);
    let mut parser = Parser::with_limit(limit).with_skipped_ids();
    let mut input = stream;
    while !input.is_empty() {
        let _ = parser.next(&mut input);
    }
    assert_eq!(read(&out).2, parser.last_event_id());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_of_events_changes_nothing_else(stream in stream(), sizes in sizes(), seed in 0..1000_usize) {
        check(&stream, &cut(&stream, &sizes), seed);
    }

    #[test]
    fn what_is_too_large_does_not_depend_on_the_cut(stream in stream(), sizes in sizes(), limit in 0..60_usize) {
        check_limit(&stream, &cut(&stream, &sizes), limit);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn long_streams(stream in long_stream(), sizes in long_sizes(), limit in 0..20_000_usize) {
        let chunks = cut(&stream, &sizes);
        check(&stream, &chunks, 0);
        check_limit(&stream, &chunks, limit);
    }
}

#[test]
fn the_spec_table_and_the_samples_at_every_split() {
    let mut streams: Vec<Vec<u8>> = cases::CASES.iter().map(|case| case.input.to_vec()).collect();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/streams")).unwrap() {
        streams.push(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(streams.len() > 240);
    for stream in streams {
        let want = read(&stream).0;
        for at in 0..=stream.len().min(5000) {
            let (one, other) = stream.split_at(at);
            let (out, seen) = as_it_came(&[one, other]);
            assert!(
                out == stream && seen.iter().take(want.len()).eq(&want),
                "split at {at}: {:?}",
                stream.escape_ascii().to_string()
            );
        }
        check(&stream, &stream.chunks(1).collect::<Vec<_>>(), 1);
    }
}

/// What there is to send after a chunk.
fn after(blocks: &mut Blocks, chunk: &[u8]) -> Vec<u8> {
    let (mut input, mut out) = (chunk, Vec::new());
    while let Some(block) = blocks.next(&mut input) {
        block.pass(&mut out);
    }
    out
}

#[test]
fn what_need_not_wait_passes_at_once() {
    for (chunk, passes) in [
        (&b": heartbeat\n"[..], &b": heartbeat\n"[..]),
        (b": hear", b": hear"),
        (b"\n", b"\n"),
        (b"ping: 1\n", b"ping: 1\n"),
        (b"unknow", b"unknow"),
        (b"id: 1\n\n: hi", b"id: 1\n\n: hi"),
        (b": hi\ndata: x", b": hi\n"),
        (b": hi\nretr", b": hi\n"),
        (b": hi\nretr\n", b": hi\nretr\n"),
        (b"data: x\n\ndata: y\n", b"data: x\n\n"),
        (b"event: t\n\nevent: u\n", b"event: t\n\n"),
        (b"\xEF\xBB", b"\xEF\xBB"),
        (b"data: x\r\r", b"data: x\r\r"),
        (b"data: x\n: in a block\n", b""),
    ] {
        let mut blocks = Blocks::new();
        assert_eq!(after(&mut blocks, chunk), passes, "{:?}", chunk.escape_ascii().to_string());
        let mut rest = after(&mut blocks, b"\n\n");
        if let Some(block) = blocks.finish() {
            block.pass(&mut rest);
        }
        assert_eq!([passes, &rest].concat(), [chunk, b"\n\n"].concat());
    }
}

#[test]
fn what_lies_in_the_chunk_is_lent_from_there() {
    let mut blocks = Blocks::new();
    let chunk = b": hi\n\nid: 1\ndata: x\n\ndata: y\n\ndata: z\n";
    let mut input = &chunk[..];
    let mut places = Vec::new();
    while let Some(block) = blocks.next(&mut input) {
        let [head, tail] = block.bytes();
        assert!(head.is_empty());
        places.push((tail.as_ptr() as usize - chunk.as_ptr() as usize, tail.len()));
    }
    assert_eq!(places, [(0, 21), (21, 9)]);
    let mut input = &b"\n"[..];
    assert_eq!(blocks.next(&mut input).unwrap().bytes(), [&b"data: z\n"[..], b"\n"]);
}

#[test]
fn a_bom_is_never_made() {
    // The block is left out, and what follows it would begin the stream.
    let stream = b"data: x\n\n\xEF\xBB\xBFdata: y\n\n";
    for size in 1..stream.len() {
        let chunks: Vec<_> = stream.chunks(size).collect();
        let (out, ..) = run(Blocks::new(), &chunks, |_| Verdict::LeaveOut);
        assert_eq!(out, b"\n\xEF\xBB\xBFdata: y\n\n");
        let (out, _, too_large) = run(Blocks::with_limit(3), &chunks, |_| Verdict::Pass);
        assert_eq!((&out[..], too_large), (&b"\n\xEF\xBB\xBFdata: y\n\n"[..], 1));
    }
    // A BOM that was there stays.
    let (out, ..) = run(Blocks::new(), &[b"\xEF\xBB\xBFdata: x\n\ndata: y\n\n"], |event| match event.data() {
        "x" => Verdict::LeaveOut,
        _ => Verdict::Pass,
    });
    assert_eq!(out, b"\xEF\xBB\xBFdata: y\n\n");
}

#[test]
fn the_residue_is_the_id_and_the_retry_and_no_more() {
    let mut blocks = Blocks::new();
    let mut input = &b": c\nevent: t\nid: 1\nretry: 5\n: d\nx: y\ndata: x\n\n"[..];
    let block = blocks.next(&mut input).unwrap();
    assert_eq!(block.residue(), b"retry: 5\n\nid: 1\n\n");
    let mut out = Vec::new();
    block.leave_out(&mut out);
    assert_eq!(out, b": c\nretry: 5\n\nid: 1\n\n");
    out.clear();
    block.replace(Event::new("y"), &mut out);
    assert_eq!(out, b": c\nid: 1\nretry: 5\ndata: y\n\n");
    out.clear();
    block.replace(Event::new("y").with_id("2").unwrap(), &mut out);
    assert_eq!(out, b": c\nid: 2\nretry: 5\ndata: y\n\n");
    let owned: EventBuf = block.event().unwrap().into();
    assert_eq!(owned.as_event().data(), "x");
}

#[test]
fn an_event_that_the_end_cuts_off_can_be_judged() {
    for (stream, verdict, want) in [
        (&b"id: 1\nretry: 7\ndata: x\nretry: 8"[..], Verdict::Pass, &b"id: 1\nretry: 7\ndata: x\nretry: 8"[..]),
        (b"id: 1\nretry: 7\ndata: x\nretry: 8", Verdict::LeaveOut, b"retry: 7\n\n"),
        (b"id: 1\nretry: 7\ndata: x\nretry: 8", Verdict::Replace, b"id: 1\nretry: 7\ndata: by\ndata: another\n"),
        (b"data: x", Verdict::LeaveOut, b"\n"),
        (b": c\ndata: x\n", Verdict::LeaveOut, b": c\n"),
        (b"id: 1\neve", Verdict::LeaveOut, b"id: 1\neve"),
    ] {
        for size in 1..=stream.len() {
            let (out, ..) = run(Blocks::new(), &stream.chunks(size).collect::<Vec<_>>(), |_| verdict);
            assert_eq!(out, want);
        }
    }
    // The next stream begins anew, and the id stays.
    let mut blocks = Blocks::new();
    let _ = after(&mut blocks, b"id: 1\ndata: x\n\ndata: half");
    assert!(blocks.finish().is_some());
    let mut input = &b"\xEF\xBB\xBFdata: y\n\n"[..];
    let event = blocks.next(&mut input).unwrap().event().unwrap();
    assert_eq!((event.data(), event.last_event_id()), ("y", "1"));
}

#[test]
fn in_canonical_form_the_next_hop_sees_life() {
    for (chunk, out) in [
        (&b": heartbeat\r\r"[..], &b": heartbeat\n"[..]),
        (b":\n\n", b":\n"),
        (b"\n", b":\n"),
        (b"ping: 1\n", b":\n"),
        (b"event: ping\n\n", b":\n"),
        (b"event: ping\nid: 4\n\n", b"id: 4\n\n"),
        (b"data: a piece of a large ev", b":\n"),
        (b"data: x\n\ndata: a piece", b"data: x\n\n"),
        (b"", b""),
    ] {
        let mut blocks = Blocks::new().canonical();
        let got = after(&mut blocks, chunk);
        assert_eq!(got, out, "{:?} gives {:?}", chunk.escape_ascii().to_string(), got.escape_ascii().to_string());
    }
}
