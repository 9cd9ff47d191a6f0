//! How much memory a hostile peer can make a parser hold: the peak of the heap over whole streams, with a limit of `n` bytes.
//!
//! - [`Parser::next`]: under `2 n` and [`BESIDE`], for the block and the last event ID that an earlier block has left;
//! - [`Parser::next_item`]: under `3 n` and [`BESIDE`], for a comment, too.
//!
//! Counted is what is allocated at once, with a `realloc` as the size that it leads to: an allocator that has to move what it
//! enlarges holds the smaller block as well for as long as the move takes.
#![cfg(feature = "alloc")]

use ssewire::Parser;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The limit that the streams are read under.
const LIMIT: usize = 64 << 10;

/// So many lines that the bound would be passed if each left one byte behind.
const MANY: usize = 200_000;

/// What may come on top, in bytes: the smallest steps in which buffers grow.
const BESIDE: usize = 512;

/// A stream, piece by piece, since some are long.
type Stream = Box<dyn Iterator<Item = Vec<u8>>>;

fn repeated(piece: impl Into<Vec<u8>>, count: usize) -> Stream {
    Box::new(std::iter::repeat_n(piece.into(), count))
}

fn endless(start: &str) -> Stream {
    Box::new(std::iter::once(start.as_bytes().to_vec()).chain(repeated("x".repeat(1000), 10 * LIMIT / 1000)))
}

/// A line of each length, up to past the limit, each with this before and behind it.
fn growing(before: &'static str, behind: &'static str) -> Stream {
    Box::new((0..LIMIT + 2000).step_by(997).map(move |length| [before, &"x".repeat(length), behind].concat().into_bytes()))
}

fn long(name: &str, length: usize) -> Vec<u8> {
    [name, &"x".repeat(length)].concat().into_bytes()
}

fn one_after_the_other(pieces: Vec<Vec<u8>>) -> Stream {
    Box::new(pieces.into_iter())
}

fn streams() -> Vec<(&'static str, Stream)> {
    let full = LIMIT - 1;
    let broken = || [b"data: ".to_vec(), vec![0xFF; LIMIT / 3 - 1], b"\n\n".to_vec()].concat();
    vec![
        ("an endless line", endless("data: ")),
        ("an endless comment", endless(": ")),
        ("an endless unknown field", endless("unknown: ")),
        ("an endless name", endless("data")),
        ("an endless type", endless("event: ")),
        ("an endless id", endless("id: ")),
        ("an endless retry", endless("retry: 1")),
        ("many fields", repeated("event: t\nid: i\nretry: 1\nunknown: u\ndata: d\n".repeat(1000), MANY / 5000)),
        ("many empty data lines", repeated("data\n".repeat(1000), MANY / 1000)),
        ("many types", repeated("event: t\n".repeat(1000), MANY / 1000)),
        ("many events", repeated("data: d\n\n".repeat(1000), MANY / 1000)),
        ("types that grow", growing("event: ", "\n")),
        ("types that grow, each in a block", growing("event: ", "\ndata\n\n")),
        ("ids that grow", growing("id: ", "\n")),
        ("ids that grow, each in a block", growing("id: ", "\n\n")),
        ("ids behind data that grow", growing("data\nid: ", "\n\n")),
        ("data that grows", growing("data: ", "\n\n")),
        ("lines of data that grow", growing("data\ndata: ", "\n\n")),
        ("unknown lines that grow", growing("x: ", "\n")),
        ("unknown lines in blocks that grow", growing("data: x\nx: ", "\n")),
        (
            "a last event ID as large as the limit, then another, of an event that is too large",
            one_after_the_other(vec![long("id: ", full), long("\n\nid: ", full), b"\ndata: x\n\n".to_vec()]),
        ),
        (
            "the same, and a type before the id, and ids behind it",
            one_after_the_other(vec![
                long("id: ", full),
                long("\n\nevent: ", full / 2),
                long("\nid: ", full / 2),
                b"\ndata: x\n".to_vec(),
                long("id: ", full / 2),
                long("\nid: ", full),
                b"\n\n".to_vec(),
            ]),
        ),
        ("comments that grow", growing(": ", "\n")),
        ("comments in blocks that grow", growing("data: x\n: ", "\n")),
        (
            "a last event ID as large as the limit, then data as large, then both halves",
            one_after_the_other(vec![
                long("id: ", full),
                long("\n\ndata: ", full),
                long("\n\nid: ", full / 2),
                long("\ndata: ", full / 2),
                long("\n\nevent: ", full / 2),
                long("\nid: ", full / 2),
                b"\ndata\n\n".to_vec(),
            ]),
        ),
        (
            "a last event ID as large as the limit, then data that reaches it and does not end",
            one_after_the_other(vec![long("id: ", full), long("\n\ndata: ", LIMIT)]),
        ),
        (
            "a comment as large as the limit beside data as large, beside an ID as large",
            one_after_the_other(vec![long("id: ", full), long("\n\ndata: ", full), long("\n: ", LIMIT), b"\n\n".to_vec()]),
        ),
        (
            "long data of long characters",
            repeated([&b"data: "[..], "事".repeat(LIMIT / 3 - 1).as_bytes(), b"\n\n"].concat(), 3),
        ),
        (
            "long data that is no longer text at its end",
            repeated([&b"data: "[..], "x".repeat(LIMIT - 8).as_bytes(), b"\xE4\xBA\xFF\n\n"].concat(), 3),
        ),
        (
            "a last event ID as large as the limit, then data that reaches it in the middle of a character",
            one_after_the_other(vec![
                long("id: ", full),
                long("\n\nevent: t\ndata: ", 4096),
                [&long("", LIMIT - 4096 - 5)[..], b"\xE4\xBA"].concat(),
                b"\x8B\n\n".to_vec(),
            ]),
        ),
        ("data that grows when it is repaired", one_after_the_other(vec![broken(), broken()])),
        (
            "an ID that grows when it is repaired",
            one_after_the_other(vec![[&b"id: "[..], &[0xFF; LIMIT / 3 - 1], b"\n\n"].concat()]),
        ),
    ]
}

/// The most that is on the heap at once while the stream is read, in chunks of a size, by a new parser.
fn peak(stream: Stream, chunk: usize, items: bool, options: bool) -> usize {
    // The pieces of the stream lie on the heap, too.
    let pieces: Vec<Vec<u8>> = stream.collect();
    let profiler = dhat::Profiler::builder().testing().build();
    let mut parser = Parser::with_limit(LIMIT);
    if options {
        parser = parser.with_all_items().with_skipped_ids();
    }
    for mut input in pieces.iter().flat_map(|piece| piece.chunks(chunk)) {
        while !input.is_empty() {
            if items {
                let _ = parser.next_item(&mut input);
            } else {
                let _ = parser.next(&mut input);
            }
        }
    }
    let peak = dhat::HeapStats::get().max_bytes;
    drop(profiler);
    peak
}

/// What is still held once a large comment that came in chunks has been given out, and a small event after it.
fn held_after_a_large_comment() -> usize {
    let comment = long(": ", LIMIT);
    let profiler = dhat::Profiler::builder().testing().build();
    let mut parser = Parser::with_limit(LIMIT);
    for mut input in comment.chunks(1460).chain([&b"\n"[..], b"data: x\n\n"]) {
        while let Some(item) = parser.next_item(&mut input).expect("within the limit") {
            assert!(matches!(item, ssewire::Item::Comment(_) | ssewire::Item::Event(_)));
        }
    }
    let held = dhat::HeapStats::get().curr_bytes;
    drop((parser, profiler));
    held
}

/// What is still held once a large event has been given out, or refused, and these chunks have been read behind it.
fn held_behind_a_large_event(length: usize, behind: &[&str], items: bool) -> usize {
    let event = [long("data: ", length), b"\n\n".to_vec()].concat();
    let profiler = dhat::Profiler::builder().testing().build();
    let mut parser = Parser::with_limit(LIMIT);
    for mut input in event.chunks(1460).chain(behind.iter().map(|chunk| chunk.as_bytes())) {
        while !input.is_empty() {
            if items {
                let _ = parser.next_item(&mut input);
            } else {
                let _ = parser.next(&mut input);
            }
        }
    }
    if behind.is_empty() {
        let _ = parser.finish();
    }
    let held = dhat::HeapStats::get().curr_bytes;
    drop((parser, profiler));
    held
}

/// What a clone holds that goes on with a short block, beside a last event ID as large as the limit.
fn held_by_a_clone(limit: usize) -> usize {
    let id = [long("id: ", limit - 1), b"\n\n".to_vec()].concat();
    let data = long("data: ", limit - 7);
    let profiler = dhat::Profiler::builder().testing().build();
    let mut parser = Parser::with_limit(limit);
    for mut input in [&id[..], &data] {
        assert_eq!(parser.next(&mut input), Ok(None));
    }
    let mut clone = parser.clone();
    drop(parser);
    for (mut input, has_event) in [(&b"z"[..], false), (b"\n\n", true)] {
        assert_eq!(clone.next(&mut input).expect("within the limit").is_some(), has_event);
    }
    let held = dhat::HeapStats::get().curr_bytes;
    drop((clone, profiler));
    held
}

// One test, since what is counted is the heap of the whole program.
#[test]
fn no_stream_makes_a_parser_hold_more_than_twice_the_limit_or_three_times_with_comments() {
    let mut worst = [0; 2];
    for chunk in [128, 1460, 1 << 20] {
        for (items, options) in [(false, false), (true, false), (false, true), (true, true)] {
            // (So many lines take long in chunks that small.)
            for (name, stream) in streams().into_iter().filter(|(name, _)| chunk > 128 || !name.starts_with("many")) {
                let peak = peak(stream, chunk, items, options);
                let allowed = (2 + usize::from(items)) * LIMIT + BESIDE;
                assert!(peak <= allowed, "{name}, in chunks of {chunk}, items {items}, options {options}: {peak} > {allowed}");
                worst[usize::from(items)] = worst[usize::from(items)].max(peak);
            }
        }
    }
    // The streams reach what they are there for.
    assert!(worst[0] > LIMIT * 19 / 10 && worst[1] > LIMIT * 29 / 10, "{worst:?}");
    assert!(held_after_a_large_comment() <= 1 << 10);
    let held = held_by_a_clone(384);
    assert!(held <= 2 * 384 + BESIDE, "a clone holds {held}");
    for items in [false, true] {
        let blocks: [&[&str]; 9] = [
            &[ssewire::KEEP_ALIVE],
            &[": c\n\n"],
            &[":\n", "\n"],
            &["retry: 1\n\n"],
            &["unknown: c\n\n"],
            &["id: 7\n\n"],
            &["event: t\n\n"],
            &["data: x\n\n"],
            &["\n"],
        ];
        for block in blocks {
            // (What an event has taken is given back by the call behind it.)
            let held = held_behind_a_large_event(LIMIT - 1, &block.repeat(2), items);
            assert!(held <= 1 << 10, "{held} are held behind {block:?}, items {items}");
        }
        let held = held_behind_a_large_event(LIMIT - 1, &["data: x\n"], items);
        assert!(held > LIMIT / 2, "only {held} are held in the middle of the block behind a large event");
        assert!(held_behind_a_large_event(LIMIT - 1, &[], items) <= 1 << 10, "`finish` gives it back");
        assert!(held_behind_a_large_event(LIMIT, &[": c\n"], items) <= 1 << 10, "what was refused is given back at once");
    }
    println!("limit {LIMIT}: at most {} bytes with next, {} with next_item", worst[0], worst[1]);
}
