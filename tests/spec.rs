//! The standard, case by case, through every layer, storage and way to cut the stream.
#![cfg(feature = "alloc")]

mod support;

use ssewire::{Fixed, Heap, Parser, Truncated, decode::Storage};
use support::{
    ByItem, ByNext, Reader,
    cases::{CASES, Case, Want},
    event, every_cut,
    model::{self, Out},
    read_chunks,
    rebuild::Rebuild,
};

const ROOM: usize = 1024;

fn fixed(case: &Case) -> Parser<Fixed<[u8; ROOM]>> {
    started(Parser::with_storage(Fixed::new([0; ROOM])), case)
}

fn heap(case: &Case) -> Parser<Heap> {
    started(Parser::new(), case)
}

fn started<S: Storage>(mut parser: Parser<S>, case: &Case) -> Parser<S> {
    parser.set_last_event_id(case.start).unwrap();
    parser
}

fn rebuild(case: &Case) -> Rebuild {
    let mut rebuild = Rebuild::default();
    case.start.clone_into(&mut rebuild.last_event_id);
    rebuild
}

fn want(case: &Case) -> Vec<Out> {
    case.want.iter().map(Want::out).collect()
}

fn events(items: Vec<Out>) -> Vec<Out> {
    items.into_iter().filter(Out::is_event).collect()
}

fn check(reader: &mut impl Reader, chunks: &[&[u8]], want: &[Out], case: &Case) {
    let got: Vec<_> = read_chunks(reader, chunks.iter().copied()).into_iter().map(Result::unwrap).collect();
    assert_eq!(got, want, "{}\n{:?}", case.name, chunks.iter().map(|c| c.escape_ascii().to_string()).collect::<Vec<_>>());
}

/// The state after the stream, which both storages must agree on with the table and the model.
fn check_end<S: Storage + Clone>(mut parser: Parser<S>, case: &Case) {
    let model = model::read(case.input, case.start);
    let last = case.want.iter().rev().find_map(|want| match want.out() {
        Out::Event { last_event_id, .. } | Out::LastEventId(last_event_id) => Some(last_event_id),
        _ => None,
    });
    assert_eq!(parser.last_event_id(), last.as_deref().unwrap_or(case.start), "{}", case.name);
    assert_eq!(parser.last_event_id(), model.last_event_id, "{}", case.name);
    assert_eq!(parser.retry().map(|time| time.as_millis()), model.retry.map(u128::from), "{}", case.name);

    let mut flushed = parser.clone();
    let last = model::flush(case.input, case.start);
    assert_eq!(flushed.flush().map(event), last, "flush: {}", case.name);
    assert_eq!(flushed.flush(), None, "flush: {}", case.name);
    assert_eq!(flushed.last_event_id(), model.last_event_id, "flush commits no id: {}", case.name);
    assert_eq!(flushed.retry(), parser.retry(), "flush sets no retry: {}", case.name);

    // What was given out is not reported as cut off.
    for (parser, want) in [(&mut flushed, case.cut.filter(|_| last.is_none())), (&mut parser, case.cut)] {
        let cut = parser.finish().err().map(|cut: Truncated| (cut.had_data, cut.in_line));
        assert_eq!(cut, want, "{}", case.name);
        assert_eq!(parser.last_event_id(), model.last_event_id, "finish keeps the id: {}", case.name);
        assert_eq!(parser.retry().map(|time| time.as_millis()), model.retry.map(u128::from), "{}", case.name);
    }
}

#[test]
fn the_table_is_what_the_model_says() {
    assert!(CASES.len() >= 150, "{}", CASES.len());
    for case in CASES {
        let model = model::read(case.input, case.start);
        assert_eq!(model.items, want(case), "{}", case.name);
        assert_eq!(model.cut, case.cut, "{}", case.name);
    }
    let mut names: Vec<_> = CASES.iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CASES.len(), "two cases of one name");
}

#[test]
fn items_at_every_cut() {
    for case in CASES {
        let want = want(case);
        every_cut(case.input, |chunks| {
            check(&mut ByItem(heap(case)), chunks, &want, case);
            check(&mut ByItem(fixed(case)), chunks, &want, case);
            check(&mut rebuild(case), chunks, &want, case);
        });
    }
}

#[test]
fn events_at_every_cut() {
    for case in CASES {
        let want = events(want(case));
        every_cut(case.input, |chunks| {
            check(&mut ByNext(heap(case)), chunks, &want, case);
            check(&mut ByNext(fixed(case)), chunks, &want, case);
        });
    }
}

#[test]
fn the_end_at_every_cut() {
    for case in CASES {
        every_cut(case.input, |chunks| {
            let mut reader = ByItem(heap(case));
            read_chunks(&mut reader, chunks.iter().copied());
            check_end(reader.0, case);
            let mut reader = ByNext(fixed(case));
            read_chunks(&mut reader, chunks.iter().copied());
            check_end(reader.0, case);
        });
    }
}

/// Every sequence of up to four of the lines that streams are made of, which the fast paths through the parser are for, behind a
/// block that was read, at every place into two: what the model reads.
#[test]
fn every_order_of_whole_lines_at_every_cut() {
    const LINES: [&[u8]; 7] = [b"data: a\n", b"data: \xFF\r\n", b"event: t\n", b"id: 7\r\n", b"\n", b": c\n", b"retry: 5\n"];
    for length in 1..=4 {
        for number in 0..LINES.len().pow(length) {
            let lines = (0..length).map(|place| LINES[number / LINES.len().pow(place) % LINES.len()]);
            let stream: Vec<u8> =
                [&b"data: before\n\n"[..]].into_iter().chain(lines).chain([&b"data: z\n\n"[..]]).flatten().copied().collect();
            let want = model::read(&stream, "").items;
            // The first block is only cut where it ends.
            for cut in 14..=stream.len() {
                let chunks = [&stream[..cut], &stream[cut..]];
                let case = || chunks.map(|chunk| chunk.escape_ascii().to_string());
                let got = |reader: &mut dyn Reader| -> Vec<Out> {
                    let mut results = Vec::new();
                    chunks.iter().for_each(|chunk| reader.feed(chunk, &mut results));
                    results.into_iter().map(Result::unwrap).collect()
                };
                assert_eq!(got(&mut ByItem(Parser::new())), want, "{:?}", case());
                assert_eq!(got(&mut ByNext(Parser::with_storage(Fixed::new([0; 256])))), events(want.clone()), "{:?}", case());
            }
        }
    }
}

/// Texts that are longer than what the parser searches, stores and checks in small: each is what was sent, whatever the chunks.
#[test]
fn long_texts_in_chunks_of_many_sizes() {
    // (As sent, as read.)
    let plain = ["x".repeat(700), "é事😀".repeat(700), "x".repeat(9000)].map(|text| (text.clone().into_bytes(), text));
    let broken = [
        ([&b"x".repeat(9000)[..], b"\xE4\xBA"].concat(), "x".repeat(9000) + "\u{FFFD}"),
        ([b"\xFF", &b"x".repeat(9000)[..]].concat(), "\u{FFFD}".to_owned() + &"x".repeat(9000)),
        (b"x\xF0\x9F".repeat(2000), "x\u{FFFD}".repeat(2000)),
    ];
    for (sent, read) in plain.into_iter().chain(broken) {
        for (before, after, end) in
            [("", "", "\n"), ("event: t\nid: 7\ndata: first\r\n", "data:last\n", "\r\n"), ("", "data\n", "\r")]
        {
            let stream =
                [before.as_bytes(), b"data: ", &sent, end.as_bytes(), after.as_bytes(), b"\n: c\n\ndata: z\n\n"].concat();
            let want = model::read(&stream, "").items;
            let data = match after {
                "" => read.clone(),
                "data\n" => format!("{read}\n"),
                _ => format!("first\n{read}\nlast"),
            };
            assert!(matches!(&want[0], Out::Event { data: modelled, .. } if *modelled == data), "the model is wrong");
            for size in [1, 7, 16, 100, 127, 128, 255, 256, 257, 511, 1460, 4095, 4096, 4097, stream.len()] {
                for limit in [stream.len() * 3, Parser::DEFAULT_LIMIT] {
                    let mut reader = ByItem(Parser::with_limit(limit));
                    let got: Vec<_> = read_chunks(&mut reader, stream.chunks(size)).into_iter().map(Result::unwrap).collect();
                    assert!(got == want, "{} bytes behind {before:?} in chunks of {size}", sent.len());
                }
                let mut reader = ByNext(Parser::with_storage(Fixed::new(vec![0; 6 * stream.len()])));
                let got: Vec<_> = read_chunks(&mut reader, stream.chunks(size)).into_iter().map(Result::unwrap).collect();
                assert!(got == events(want.clone()), "{} bytes behind {before:?} in chunks of {size}", sent.len());
            }
        }
    }
}

/// After every prefix, what is out is what the model reads in that prefix: nothing waits for a byte that is still to come.
#[test]
fn nothing_waits_for_the_next_byte() {
    for case in CASES {
        let mut readers = (ByItem(heap(case)), ByNext(fixed(case)), rebuild(case));
        let (mut items, mut events_out, mut rebuilt) = (Vec::new(), Vec::new(), Vec::new());
        for (before, byte) in case.input.chunks(1).enumerate() {
            readers.0.feed(byte, &mut items);
            readers.1.feed(byte, &mut events_out);
            readers.2.feed(byte, &mut rebuilt);
            let want = model::read(&case.input[..=before], case.start).items;
            assert_eq!(items.len(), want.len(), "{} after byte {before}", case.name);
            assert_eq!(rebuilt.len(), want.len(), "{} after byte {before}", case.name);
            assert_eq!(events_out.len(), events(want).len(), "{} after byte {before}", case.name);
        }
    }
}
