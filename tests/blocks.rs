//! [`Blocks`]: put together, the blocks are the stream; what is left out or replaced changes nothing else.
#![cfg(feature = "alloc")]

mod support;

use proptest::prelude::*;
use ssewire::{
    Event, EventBuf,
    blocks::{Blocks, OnTooLarge},
};
use support::{
    cases,
    gateway::{Verdict, as_it_came, check, check_limit, read, run},
    streams::{cut, long_sizes, long_stream, sizes, stream},
};

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
fn a_comment_between_events_passes_byte_by_byte() {
    let mut blocks = Blocks::new();
    for (stream, waits) in [("data: x\n\n", true), (": hi\n\n:\r\r", false), ("data: x\n: in it\n\n", true)] {
        for (place, byte) in stream.as_bytes().chunks(1).enumerate() {
            let mut input = byte;
            let passed = blocks.next(&mut input).map(|block| block.bytes().concat());
            assert!(blocks.next(&mut input).is_none());
            let is_last = place + 1 == stream.len();
            let want = if waits { stream.as_bytes() } else { byte };
            assert_eq!(passed.as_deref(), (!waits || is_last).then_some(want), "{place} of {stream:?}");
        }
    }
}

#[test]
fn limits_hold_where_the_parser_holds_short_blocks() {
    let texts = ["", "x", &"x".repeat(360), &"x".repeat(380), &"x".repeat(400)];
    for between in ["", ":", "x: ", "id: ", "event: ", "retry: "] {
        for (one, other) in texts.iter().flat_map(|one| texts.iter().map(move |other| (one, other))) {
            let stream = format!("data: x\n\n{between}{one}\ndata: {other}\n\nid: 1\ndata: x\n\n").into_bytes();
            for limit in [383, 384, 385, 390, 800] {
                for size in [1, 7, 100] {
                    check_limit(&stream, &stream.chunks(size).collect::<Vec<_>>(), limit);
                }
            }
        }
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
    // The same if the parser refuses it, at once or at its end.
    for first in [&b"data: xxxx\n\n"[..], b"data: \xFF\xFF\n\n"] {
        for (before, left) in [(&b""[..], &b"\n"[..]), (b": c\n", b": c\n"), (b"\n", b"\n")] {
            let stream = [before, first, b"\xEF\xBB\xBFdata: y\n\n"].concat();
            for size in 1..=stream.len() {
                let (out, _, too_large) =
                    run(Blocks::with_limit(3), &stream.chunks(size).collect::<Vec<_>>(), |_| Verdict::Pass);
                assert_eq!((out, too_large), ([left, b"\xEF\xBB\xBFdata: y\n\n"].concat(), 1), "by {size}");
            }
        }
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

#[test]
fn what_is_too_large_is_counted_once() {
    for stream in [
        &b"data: 123456789\ndata: x\n\ndata: y\n\n"[..],
        b"data: 123456789\ndata: x",
        b"data: y\n\ndata: 123456789",
        b"data: y\n\ndata: 12\ndata: 34",
        b"data: y\n\ndata: 12\ndata: 34\n\n",
        b"data: \xFF\xFF\xFF\n\ndata: y\n\n",
        b"data: \xFF\xFF\xFF",
        b": 123456789\ndata: y\n\nx: 123456789\nid: 3\nretry: 123456789\ndata: 123456789\n\n",
    ] {
        for canonical in [false, true] {
            for size in 1..stream.len() {
                let blocks = Blocks::with_limit(if canonical { 5 } else { 9 });
                let blocks = if canonical { blocks.canonical() } else { blocks };
                let (_, seen, too_large) = run(blocks, &stream.chunks(size).collect::<Vec<_>>(), |_| Verdict::Pass);
                let events = stream.windows(7).filter(|window| *window == b"data: y").count();
                assert_eq!((seen.len(), too_large), (events, 1), "{:?} by {size}", stream.escape_ascii().to_string());
            }
        }
    }
}

#[test]
fn what_is_too_large_at_the_end_leaves_its_retry_or_passes() {
    let bad = [&b"data: "[..], &[0xFF; 10]].concat();
    for (stream, limit, left) in [
        (b"retry: 7\ndata: 1234567890".to_vec(), 20, &b"retry: 7\n\n"[..]),
        (b"data: 1234567890".to_vec(), 9, b"\n"),
        (b": c\ndata: 1234567890".to_vec(), 9, b": c\n"),
        // In bytes it is not too large, as text it is.
        (bad.clone(), 20, b"\n"),
        ([&b"retry: 7\n"[..], &bad].concat(), 26, b"retry: 7\n\n"),
        ([&b": c\n"[..], &bad].concat(), 20, b": c\n"),
        // The same, and its lines have ended.
        ([&b"id: 1\ndata: x\n\nretry: 7\n"[..], &bad, b"\n"].concat(), 27, b"id: 1\ndata: x\n\nretry: 7\n\n"),
    ] {
        for size in 1..=stream.len() {
            let chunks: Vec<_> = stream.chunks(size).collect();
            for (blocks, want) in
                [(Blocks::with_limit(limit), left), (Blocks::with_limit(limit).on_too_large(OnTooLarge::Pass), &stream)]
            {
                let (out, _, too_large) = run(blocks, &chunks, |_| Verdict::Pass);
                assert_eq!((&*out, too_large), (want, 1), "{:?} by {size}", stream.escape_ascii().to_string());
            }
        }
    }
}
