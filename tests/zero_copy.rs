//! What is not copied and what is not allocated, by address and by a counting allocator.
#![cfg(feature = "alloc")]

use std::cell::Cell;

use allocation_counter::measure;
use ssewire::{EventBuf, Fixed, Parser};

fn lies_in(text: &str, chunk: &[u8]) -> bool {
    let (text, chunk) = (text.as_bytes().as_ptr_range(), chunk.as_ptr_range());
    chunk.start <= text.start && text.end <= chunk.end
}

#[test]
fn an_event_with_one_data_line_in_one_chunk_is_borrowed_from_it() {
    for stream in [
        "data: some data\n\n",
        "data:some data\r\n\r\n",
        "event: type\ndata: some data\n\n",
        "id: 12\nevent: type\nretry: 5\ndata: some data\n\n",
        "data: some data\nid: 12\n: comment\nevent: other\nevent: type\r\r",
        "\u{FEFF}data: some dätä\nunknown: x\n\n",
    ] {
        let chunk = [b"data: before\n\n", stream.as_bytes(), b"data: after\n\n"].concat();
        let chunk = if stream.starts_with('\u{FEFF}') { stream.as_bytes() } else { &chunk };
        let (mut parser, mut input, mut found) = (Parser::new(), chunk, 0);
        while let Some(event) = parser.next(&mut input).unwrap() {
            assert!(lies_in(event.data(), chunk), "{stream:?}");
            if event.event_type() != "message" {
                assert!(lies_in(event.event_type(), chunk), "{stream:?}");
                assert_eq!(event.event_type(), "type");
            }
            found += 1;
        }
        assert!(found > 0);
    }
}

#[test]
fn an_event_that_ends_the_chunk_or_begins_it_is_borrowed_too() {
    let mut parser = Parser::new();
    assert_eq!(parser.next(&mut &b"data: cut in t"[..]), Ok(None));
    let chunk = b"wo\n\ndata: whole\n\ndata: rest";
    let mut input = &chunk[..];
    assert!(!lies_in(parser.next(&mut input).unwrap().unwrap().data(), chunk));
    assert!(lies_in(parser.next(&mut input).unwrap().unwrap().data(), chunk));
}

/// Reads the chunks again and again, and counts allocations from the second round on.
fn allocations(parser: &mut Parser, stream: &[u8], chunk: usize, items: bool) -> u64 {
    let mut round = || {
        let mut found = 0;
        for mut input in stream.chunks(chunk) {
            while if items {
                parser.next_item(&mut input).unwrap().is_some()
            } else {
                parser.next(&mut input).unwrap().is_some()
            } {
                found += 1;
            }
        }
        assert!(found > 0);
    };
    round();
    measure(|| (0..10).for_each(|_| round())).count_total
}

#[test]
fn no_allocation_in_steady_state() {
    let long = format!("data: {}\n\n", "x".repeat(5000));
    let characters = format!("data: {}\n\n", "事".repeat(2000));
    let lines = format!("id: 7\nevent: log\n{}\n", "data: a line of a log\n".repeat(12));
    // Larger than what a buffer may keep whatever it was used for.
    let large = format!("data: a line of data\n{long}")
        .replace("xxxxx", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    let lossy: &[u8] = b"event: \xFF\ndata: \xFE\xC3\n\nid: \xF0\x9F\ndata: x\ndata: \x80\n\n: \xE2\n";
    let streams = [
        &b"data: one\n\n"[..],
        b"event: t\nid: 1\ndata: one\n\nevent: t\nid: 2\ndata: two\n\n",
        b"data: a\ndata: b\n\n",
        long.as_bytes(),
        large.as_bytes(),
        characters.as_bytes(),
        lines.as_bytes(),
        lossy,
        b": comment\n\nretry: 5\nid: 1\n\n",
    ];
    for stream in streams {
        let stream = stream.repeat(20);
        // (A long stream takes long in chunks that small, which change nothing within a line.)
        for chunk in [1, 3, 16, 100, 1000, 1460, stream.len()].into_iter().filter(|&chunk| chunk > 3 || stream.len() < 200_000)
        {
            for items in [true, false] {
                if items || stream.windows(4).any(|four| four == b"data") {
                    let mut parser = Parser::new();
                    assert_eq!(
                        allocations(&mut parser, &stream, chunk, items),
                        0,
                        "{} in chunks of {chunk}",
                        stream[..20].escape_ascii()
                    );
                }
            }
        }
    }
}

#[test]
fn one_line_events_in_their_chunk_never_allocate() {
    let mut parser = Parser::new();
    let counted = measure(|| {
        for _ in 0..100 {
            let mut input = &b"event: t\ndata: one\n\n: c\n\ndata: two\n\nretry: 5\ndata: three\n\n"[..];
            while parser.next_item(&mut input).unwrap().is_some() {}
        }
    });
    assert_eq!(counted.count_total, 0);
}

/// A buffer that counts how often it is asked for to be written.
struct Watched<'c>([u8; 64], &'c Cell<u32>);

impl AsRef<[u8]> for Watched<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Watched<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.1.set(self.1.get() + 1);
        &mut self.0
    }
}

#[test]
fn an_id_is_copied_only_when_it_changed() {
    let writes = Cell::new(0);
    let mut parser = Parser::with_storage(Fixed::new(Watched([0; 64], &writes)));
    let mut writes_of = |stream: &[u8]| {
        let before = writes.get();
        assert!(parser.next(&mut &stream[..]).unwrap().is_some());
        writes.get() - before
    };
    assert_eq!(writes_of(b"id: 1\ndata: a\n\n"), 1);
    assert_eq!(writes_of(b"id: 1\ndata: b\n\n"), 0);
    assert_eq!(writes_of(b"data: c\n\n"), 0);
    assert_eq!(writes_of(b"id: 2\ndata: d\n\n"), 1);
    assert_eq!(writes_of(b"id: 2\nevent: t\ndata: e\n\n"), 0);
}

#[test]
fn one_large_event_does_not_enlarge_what_later_events_own() {
    let mut parser = Parser::new();
    let large = format!("data: {}\ndata: {0}\n\n", "x".repeat(200_000));
    assert!(parser.next(&mut large.as_bytes()).unwrap().is_some());
    let counted = measure(|| {
        let event = EventBuf::from(parser.next(&mut &b"data: ab\n\n"[..]).unwrap().unwrap());
        assert_eq!(event.data(), "ab");
        drop(event);
    });
    assert!(counted.bytes_max < 64, "{counted:?}");
}

/// The buffer that an owned event takes is made anew for the next block, and for no other.
#[test]
fn one_large_owned_event_does_not_make_later_events_reserve() {
    let large = format!("data: {}\n\n", "x".repeat(1 << 20));
    let mut parser = Parser::new();
    for mut input in large.as_bytes().chunks(1460) {
        let _ = parser.next_owned(&mut input).unwrap();
    }
    for small in ["data: z", "data: "] {
        assert!(parser.next_owned(&mut small.as_bytes()).unwrap().is_none());
        assert!(parser.next_owned(&mut &b"\n\n"[..]).unwrap().is_some());
    }
    let counted = measure(|| {
        for _ in 0..100 {
            assert!(parser.next_owned(&mut &b"data: z"[..]).unwrap().is_none());
            assert!(parser.next_owned(&mut &b"\n\n"[..]).unwrap().is_some());
        }
    });
    assert!(counted.bytes_total < 100 * 300, "{counted:?}");
    for mut input in large.as_bytes().chunks(1460) {
        let _ = parser.next_owned(&mut input).unwrap();
    }
    assert_eq!(parser.finish(), Ok(()));
    let counted = measure(|| assert!(parser.next_owned(&mut &b"data: z"[..]).unwrap().is_none()));
    assert!(counted.bytes_total < 1000, "{counted:?}");
}

#[test]
fn capacity_comes_back_down_after_a_large_event() {
    let large = format!("event: {0}\nid: {0}\ndata: {0}\ndata: {0}\n\n", "x".repeat(200_000));
    let joined = format!("data: {0}\ndata: {0}\n\n", "x".repeat(350_000));
    // Cut, and whole in the chunk.
    for (large, cut) in [(&large, 500_000), (&large, 0), (&joined, 0)] {
        let (head, tail) = large.as_bytes().split_at(cut);
        for small in [&b"data: a\n\n"[..], b"data: a\ndata: b\n\n", b"id: 1\n\ndata: a\n\n"] {
            let counted = measure(|| {
                let mut parser = Parser::new();
                // The first block of a stream is read otherwise, since a BOM may stand before it.
                assert!(parser.next(&mut &b"data: first\n\n"[..]).unwrap().is_some());
                assert_eq!(parser.next(&mut &head[..]), Ok(None));
                assert!(parser.next(&mut &tail[..]).unwrap().is_some());
                parser.set_last_event_id("").unwrap();
                for _ in 0..10 {
                    assert!(parser.next(&mut &small[..]).unwrap().is_some());
                }
                std::mem::forget(parser);
            });
            assert!(counted.bytes_max > 600_000 && counted.bytes_current < 3 * 16 * 1024 + 256, "{counted:?}");
        }
    }
}

/// What the parser holds after each of these, and what it has asked for in all: the limit bounds the one, and the other is not
/// a multiple of it.
#[test]
fn hostile_blocks_stay_within_the_limit() {
    const LIMIT: usize = 1 << 20;
    let xs = |count| "x".repeat(count).into_bytes();
    let line = |name: &str, value: Vec<u8>| [name.as_bytes(), &value, b"\n"].concat();
    let alternating = [line("event: ", xs(3000)), line("data: ", xs(2000)), line("id: ", xs(900))].concat();
    for (what, stream, bound) in [
        ("one line", line("data: ", xs(LIMIT - 1)), LIMIT),
        ("one type", line("event: ", xs(LIMIT - 1)), LIMIT),
        ("alternating lines", alternating.repeat(170), LIMIT),
        ("data and a type to repair", [line("data: ", xs(LIMIT / 2)), line("event: ", vec![0x80; LIMIT / 6])].concat(), LIMIT),
        ("a comment beside a full block", [line("data: ", xs(LIMIT - 1)), line(": ", xs(LIMIT))].concat(), 2 * LIMIT),
        ("a type and an id", [line("event: ", xs(LIMIT / 2)), line("id: ", xs(LIMIT / 4))].concat(), LIMIT),
    ] {
        for chunk in [16, 1000, 100_000] {
            let mut parser = Parser::with_limit(LIMIT);
            let counted = measure(|| {
                for mut input in stream.chunks(chunk) {
                    while parser.next_item(&mut input).expect("within the limit").is_some() {}
                }
                let _ = parser.flush();
            });
            assert!(counted.bytes_current <= bound as i64 + 1024, "{what} in chunks of {chunk}: {counted:?}");
            assert!(counted.bytes_total <= 14 * bound as u64, "{what} in chunks of {chunk}: {counted:?}");
        }
    }
}
