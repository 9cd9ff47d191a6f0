//! The limit: what counts, when it is passed, and that the stream goes on. Each stream is read whole, byte by byte and at
//! every cut, by `Heap` and by `Fixed`: the sequence of results, errors and their offsets included, is always the same.
#![cfg(feature = "alloc")]

mod support;

use ssewire::{Fixed, Parser, Part, TooLarge, decode::Storage};
use support::{ByItem, ByNext, Reader, every_cut, model::Out, read_chunks};

/// An outcome in short: the data of an event, or what an error says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Got {
    Data(String),
    Comment(String),
    Retry(u64),
    Id(String),
    Error(Part, usize, u64),
}

fn short(result: Result<Out, TooLarge>) -> Got {
    match result {
        Ok(Out::Event { data, .. }) => Got::Data(data),
        Ok(Out::Comment(text)) => Got::Comment(text),
        Ok(Out::Retry(time)) => Got::Retry(time),
        Ok(Out::LastEventId(id)) => Got::Id(id),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Got::Error(error.part, error.limit, error.offset),
    }
}

fn got(reader: &mut impl Reader, chunks: &[&[u8]]) -> Vec<Got> {
    read_chunks(reader, chunks.iter().copied()).into_iter().map(short).collect()
}

/// Reads the stream at every cut, by both storages, by items and by events.
fn check(limit: usize, stream: &[u8], want: &[Got]) {
    // A quarter is for the last event ID, the rest for the block.
    let size = limit * 4 / 3;
    assert_eq!(size - size / 4, limit, "no `Fixed` has that limit");
    let mut buffer = vec![0xAA; size];
    let events: Vec<_> = want.iter().filter(|got| matches!(got, Got::Data(_) | Got::Error(Part::Event, ..))).cloned().collect();
    every_cut(stream, |chunks| {
        let at = || format!("limit {limit}, {:?}", chunks.iter().map(|c| c.escape_ascii().to_string()).collect::<Vec<_>>());
        assert_eq!(got(&mut ByItem(Parser::with_limit(limit)), chunks), want, "{}", at());
        assert_eq!(got(&mut ByNext(Parser::with_limit(limit)), chunks), events, "{}", at());
        assert_eq!(got(&mut ByItem(Parser::with_storage(Fixed::new(&mut buffer[..]))), chunks), want, "{}", at());
        assert_eq!(got(&mut ByNext(Parser::with_storage(Fixed::new(&mut buffer[..]))), chunks), events, "{}", at());
    });
}

fn data(data: &str) -> Got {
    Got::Data(data.to_owned())
}

const fn too_large(limit: usize, offset: u64) -> Got {
    Got::Error(Part::Event, limit, offset)
}

/// The stream is exactly at the limit with 9 bytes, and above it with 8, and the next event is whole each time.
fn at_and_above_nine(stream: &[u8], event: &str) {
    let stream = [stream, b"data: next\n\n"].concat();
    check(12, &stream, &[data(event), data("next")]);
    check(9, &stream, &[data(event), data("next")]);
    check(8, &stream, &[too_large(8, 0), data("next")]);
    check(6, &stream, &[too_large(6, 0), data("next")]);
}

#[test]
fn one_long_line() {
    at_and_above_nine(b"data: 12345678\n\n", "12345678");
    at_and_above_nine(b"data: 12345678\r\n\r\n", "12345678");
}

#[test]
fn many_lines() {
    at_and_above_nine(b"data: 12\ndata: 45\ndata: 78\n\n", "12\n45\n78");
}

#[test]
fn empty_data_lines() {
    at_and_above_nine(b"data\ndata:\ndata: \ndata\ndata\ndata\ndata\ndata\ndata\n\n", "\n\n\n\n\n\n\n\n");
}

#[test]
fn a_type() {
    at_and_above_nine(b"event: 12345\ndata: 89\n\n", "89");
    at_and_above_nine(b"data: 1\nevent: 345678\n\n", "1");
}

#[test]
fn a_type_that_is_replaced_still_counts() {
    at_and_above_nine(b"event: 12\nevent: 45\ndata: 78\n\n", "78");
    at_and_above_nine(b"event: 12345\nevent\ndata: 8\n\n", "8");
}

#[test]
fn an_id() {
    at_and_above_nine(b"id: 12\ndata: 45678\n\n", "45678");
}

#[test]
fn an_id_that_is_ignored_in_the_end_still_counts() {
    at_and_above_nine(b"id: 1\0\ndata: 45678\n\n", "45678");
    at_and_above_nine(b"id: \0\x01\ndata: 45678\n\n", "45678");
}

#[test]
fn replacement_characters() {
    // Three bytes and a line end, which grow by 2 + 1 and by 2 + 2.
    at_and_above_nine(b"data: \xFF\xE2\x82ab\n\n", "\u{FFFD}\u{FFFD}ab");
    at_and_above_nine(b"data: \xFF\xFFab\n\n", "\u{FFFD}\u{FFFD}ab");
    at_and_above_nine(b"event: \xFF\ndata: 6789\n\n", "6789");
}

#[test]
fn what_does_not_count() {
    let stream = b"event: t\nretry: 1234567\n: a\nunknown: 123456789\ndata: 4567\nid: 8\n\n";
    let before = [Got::Retry(1_234_567), Got::Comment("a".to_owned())];
    check(9, stream, &[&before[..], &[data("4567")]].concat());
    check(8, stream, &[&before[..], &[too_large(8, 0)]].concat());
}

#[test]
fn a_limit_of_zero_admits_nothing() {
    check(
        0,
        b"data\n\ndata: a\n\n: \nretry: 1\n\nid\n\nevent\n\n",
        &[too_large(0, 0), too_large(0, 6), Got::Comment(String::new()), Got::Retry(1), too_large(0, 28), too_large(0, 32)],
    );
}

#[test]
fn the_largest_limit_admits_everything() {
    let stream = [&b"id: 1\nevent: t\ndata: "[..], &vec![b'x'; 100_000], b"\n: c\ndata: \xFF\n\n"].concat();
    for chunk in [1, 977, stream.len()] {
        let mut reader = ByItem(Parser::with_limit(usize::MAX));
        let out = read_chunks(&mut reader, stream.chunks(chunk));
        assert_eq!(out.len(), 2);
        assert!(matches!(&out[1], Ok(Out::Event { data, lossy: true, .. }) if data.len() == 100_004));
    }
}

#[test]
fn the_default_limit_is_sixteen_mebibytes() {
    assert_eq!(Parser::DEFAULT_LIMIT, 16 << 20);
    let line = [&b"data: "[..], &vec![b'x'; (16 << 20) - 1]].concat();
    let mut parser = Parser::new();
    assert_eq!(parser.next(&mut &line[..]), Ok(None));
    assert_eq!(parser.next(&mut &b"\n\n"[..]).unwrap().unwrap().data().len(), (16 << 20) - 1);
    assert_eq!(parser.next(&mut &line[..]), Ok(None));
    assert!(parser.next(&mut &b"x\n\n"[..]).is_err(), "one byte more, and its line end");
}

#[test]
fn the_error_comes_before_the_line_ends() {
    fn endless<S: Storage>(mut parser: Parser<S>, line: &[u8], byte: u8, limit: usize) {
        assert_eq!(parser.next_item(&mut &line[..]), Ok(None));
        for read in 0..limit {
            assert_eq!(parser.next_item(&mut &[byte][..]), Ok(None), "byte {read} of {limit}");
        }
        assert!(parser.next_item(&mut &[byte][..]).is_err());
        for _ in 0..limit + 10 {
            assert_eq!(parser.next_item(&mut &[byte][..]), Ok(None), "it is said once");
        }
        let mut rest = &b"\n\ndata: n\n\n"[..];
        assert!(matches!(parser.next_item(&mut rest), Ok(Some(ssewire::Item::Event(event))) if event.data() == "n"));
    }
    for line in [&b"data: "[..], b"event:", b"id: ", b": "] {
        for byte in [b'x', 0, 0xFF] {
            endless(Parser::with_limit(9), line, byte, 9);
            let limit = if line == b"id: " { 3 } else { 9 };
            endless(Parser::with_storage(Fixed::new([0; 12])), line, byte, limit);
        }
    }
}

#[test]
fn an_endless_unknown_field_costs_nothing() {
    for line in [&b"unknown: "[..], b"retry: 1", b"x", b"\xEF\xBB"] {
        let mut parser = Parser::with_limit(4);
        assert_eq!(parser.next_item(&mut &line[..]), Ok(None));
        for _ in 0..1000 {
            assert_eq!(parser.next_item(&mut &b"1111111111"[..]), Ok(None));
        }
        let mut rest = &b"x\ndata: n\n\n"[..];
        assert!(matches!(parser.next_item(&mut rest), Ok(Some(ssewire::Item::Event(event))) if event.data() == "n"));
    }
}

#[test]
fn the_rest_of_a_large_event_is_not_given_out_but_retry_and_comments_act() {
    check(
        6,
        b"id: 1\ndata: 12\ndata: 5\ndata: 7\n: c\nretry: 9\nid: 2\nevent: t\ndata: 8\n\ndata: n\n\n",
        &[too_large(6, 0), Got::Comment("c".to_owned()), Got::Retry(9), data("n")],
    );
    let mut parser = Parser::with_limit(6);
    let mut input = &b"id: 1\ndata: 123456\nid: 2\n\n"[..];
    assert!(parser.next(&mut input).is_err());
    assert_eq!(parser.next(&mut input), Ok(None));
    assert_eq!(parser.last_event_id(), "");
}

#[test]
fn each_large_event_is_said_once_with_its_own_offset() {
    check(
        3,
        b"data: 1234\ndata: 1234\n\n\n: c\ndata: 1234\r\n\r\ndata: 1\n\n",
        &[too_large(3, 0), Got::Comment("c".to_owned()), too_large(3, 24), data("1")],
    );
}

#[test]
fn the_block_begins_after_the_line_end_of_the_blank_line() {
    check(3, b"data: 1\r\r\ndata: 1234\n\n", &[data("1"), too_large(3, 10)]);
    check(3, b"data: 1\r\rdata: 1234\n\n", &[data("1"), too_large(3, 9)]);
    check(3, b"\xEF\xBB\xBFdata: 1234\n\n", &[too_large(3, 0)]);
    check(3, b"\r\n\r\ndata: 1234\n\n", &[too_large(3, 4)]);
}

#[test]
fn an_id_of_a_block_without_data() {
    check(9, b"id: 12\n\nid: \xC3\n\ndata: n\n\n", &[Got::Id("12".into()), Got::Id("\u{FFFD}".into()), data("n")]);
    check(3, b"id: \xC3\n\ndata: n\n\n", &[too_large(3, 0), data("n")]);
}

#[test]
fn an_id_has_its_share_of_a_fixed_buffer() {
    // 12 for the block, 4 for the id.
    let stream = b"id: 1234\ndata: a\n\nid: 12345\ndata: b\n\nid: 1\xFF2\ndata: c\n\ndata: d\n\n";
    let id = |offset| Got::Error(Part::LastEventId, 4, offset);
    every_cut(stream, |chunks| {
        let mut reader = ByItem(Parser::with_storage(Fixed::new([0; 16])));
        assert_eq!(got(&mut reader, chunks), [data("a"), id(18), id(37), data("d")]);
        assert_eq!(reader.0.last_event_id(), "1234");
    });
}

/// Both limits are passed by one value: the one whose byte comes first is the one that is told, also where they come at once.
#[test]
fn the_limit_that_is_passed_first_is_the_one_that_is_told() {
    // 12 for the block, 4 for the id. The id has five bytes; the block has room for 2, 4 and 9 of them.
    let id = Got::Error(Part::LastEventId, 4, 0);
    for (data_line, error) in [("123456789", too_large(12, 0)), ("1234567", too_large(12, 0)), ("12", id)] {
        let stream = format!("data: {data_line}\nid: 12345\n\ndata: n\n\n");
        every_cut(stream.as_bytes(), |chunks| {
            let mut reader = ByItem(Parser::with_storage(Fixed::new([0; 16])));
            assert_eq!(got(&mut reader, chunks), [error.clone(), data("n")], "{data_line}");
        });
    }
}

#[test]
fn no_id_can_brick_a_fixed_buffer() {
    for length in 0..40 {
        let mut parser = Parser::with_storage(Fixed::new([0; 32]));
        let stream = [&b"id: "[..], &vec![b'i'; length], b"\n\ndata: 01234567890123456789012\n\n"].concat();
        for chunk in [1, 7, 100] {
            let mut reader = ByNext(parser);
            let out = got(&mut reader, &stream.chunks(chunk).collect::<Vec<_>>());
            assert_eq!(out.last(), Some(&data("01234567890123456789012")), "an id of {length}");
            assert_eq!(out.len(), if length > 8 { 2 } else { 1 });
            parser = reader.0;
        }
    }
}

#[test]
fn a_comment_costs_only_itself() {
    let stream = b"data: 1\n: 123456\ndata: 5\n: 1234567\ndata: 7\n: \xFF\xFF\xFF\n\ndata: n\n\n";
    let comment = |limit| Got::Error(Part::Comment, limit, 0);
    every_cut(stream, |chunks| {
        assert_eq!(
            got(&mut ByItem(Parser::with_limit(6)), chunks),
            [Got::Comment("123456".into()), comment(6), comment(6), data("1\n5\n7"), data("n")]
        );
        // With U+FFFD for its three bytes, the last one has nine.
        let repaired = Got::Comment("\u{FFFD}".repeat(3));
        assert_eq!(got(&mut ByItem(Parser::with_limit(9)), chunks)[2], repaired);
        assert_eq!(got(&mut ByItem(Parser::with_limit(8)), chunks)[2], comment(8));
        // In `Fixed` it has what the block leaves.
        assert_eq!(
            got(&mut ByItem(Parser::with_storage(Fixed::new([0; 8]))), chunks),
            [comment(4), comment(2), comment(0), data("1\n5\n7"), data("n")]
        );
    });
}

/// The last event ID behind each stream, by a parser that keeps the ids of what it skips, at every cut. The items are the same.
fn skipped_ids(size: usize, stream: &[u8], want: &str, items: &[Got]) {
    let limit = size - size / 4;
    every_cut(stream, |chunks| {
        let at = || chunks.iter().map(|c| c.escape_ascii().to_string()).collect::<Vec<_>>();
        let mut buffer = vec![0xAA; size];
        let mut fixed = ByItem(Parser::with_storage(Fixed::new(&mut buffer[..])).with_skipped_ids());
        assert_eq!(got(&mut fixed, chunks), items, "{:?}", at());
        assert_eq!(fixed.0.last_event_id(), want, "{:?}", at());
        let mut heap = ByItem(Parser::with_limit(limit).with_skipped_ids());
        assert_eq!(got(&mut heap, chunks), items, "{:?}", at());
        assert_eq!(heap.0.last_event_id(), want, "{:?}", at());
        let mut events = ByNext(Parser::with_limit(limit).with_skipped_ids());
        got(&mut events, chunks);
        assert_eq!(events.0.last_event_id(), want, "{:?}", at());
    });
}

#[test]
fn r7_the_id_of_an_event_that_is_too_large_is_committed_on_request() {
    let id = |id: &str| Got::Id(id.to_owned());
    let large = || too_large(12, 0);
    for (stream, want, items) in [
        (&b"id: 42\ndata: 1234567890\n\n"[..], "42", vec![large(), id("42")]),
        (b"data: 12345678901234\nid: 42\n\n", "42", vec![large(), id("42")]),
        (b"data: 12345678901234\nid: 1\nid: 42\n\n", "42", vec![large(), id("42")]),
        (b"id: 1\ndata: 12345678901234\nid: 42\n\n", "42", vec![large(), id("42")]),
        (b"id: 42\ndata: 12345678901234\ndata: 12345678901234\n\n", "42", vec![large(), id("42")]),
        (b"id: 42\nevent: 123456789012\n\n", "42", vec![large(), id("42")]),
        // A line that is ignored changes nothing, here as everywhere.
        (b"id: 42\ndata: 12345678901234\nid: 1\0\n\n", "42", vec![large(), id("42")]),
        (b"id: 1\ndata: 12345678901234\nid\n\n", "", vec![large(), id("")]),
        // It is not committed before the blank line, and the next event is as ever.
        (b"id: 42\ndata: 12345678901234\n", "", vec![large()]),
        (b"id: 42\ndata: 12345678901234\n\ndata: x\n\n", "42", vec![large(), id("42"), data("x")]),
        // An id that is itself what is too large: none.
        (b"id: 1\nevent: 12345678\nid: 42\n\n", "", vec![large()]),
        (b"id: 1\ndata: 12345678901234\nid: 2\nid: 3\nid: 4\nid: 5\nid: 6\nid: 7\n\n", "", vec![large()]),
        (b"id: 1\ndata: 12345678901234\nid: 2\nid: 3\nid: 4\nid: 5\nid: 6\nid: 7\nid: 8\n\n", "8", vec![large(), id("8")]),
        // Lines before it that are not UTF-8: none, since it would depend on the cut whether there was room for it.
        (b"id: 1\ndata: \xFF\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"data: \xFF\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"event: \xFF\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"id: \xFF\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"data: \xF0\x9F\x98\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"event: \xF0\x9F\x98\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"id: \xF0\x9F\x98\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"id: 1\nevent: \xFF\nevent: 1234567890\n\n", "", vec![large()]),
        (b"id: \xF0\x9F\x98\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        (b"event: \xF0\x9F\x98\nevent: t\nid: 1\ndata: 12345678901234\n\n", "", vec![large()]),
        // The line that is too large does not matter, nor do those behind it.
        (b"id: 1\ndata: \xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\n\n", "1", vec![large(), id("1")]),
        (b"id: 1\ndata: 12345678901234\ndata: \xFF\n\n", "1", vec![large(), id("1")]),
        (b"data: 12345678901234\nid: \xFF\n\n", "\u{FFFD}", vec![large(), id("\u{FFFD}")]),
        // What is too large only since something was replaced: none, since there may be no room for it.
        (b"id: 1\ndata: \xFF\xFF\xFF\xFF\n\n", "", vec![large()]),
    ] {
        skipped_ids(16, stream, want, &items);
    }
}

/// The memory that it lies in is given back behind the block, and not before.
#[test]
fn r7_the_id_of_a_skipped_event_may_be_large() {
    let id = "7".repeat(40_000);
    let stream = format!("event: t\nid: {id}\nevent: {id}\n: c\n\n");
    for size in [1000, 1460, 50_000, usize::MAX] {
        let mut parser = Parser::with_limit(60_000).with_skipped_ids();
        let mut errors = 0;
        for mut chunk in stream.as_bytes().chunks(size) {
            while !chunk.is_empty() {
                errors += u32::from(parser.next(&mut chunk).is_err());
            }
        }
        assert_eq!((errors, parser.last_event_id().len()), (1, 40_000), "{size}");
    }
}

#[test]
fn without_a_request_no_id_of_a_skipped_event_is_committed() {
    every_cut(b"id: 42\ndata: 12345678901234\nid: 43\n\n", |chunks| {
        let mut parser = ByItem(Parser::with_limit(12));
        assert_eq!(got(&mut parser, chunks), [too_large(12, 0)]);
        assert_eq!(parser.0.last_event_id(), "");
    });
}

#[test]
fn an_unknown_line_that_is_too_large_costs_only_itself() {
    let stream = b"data: x\n{\"error\": \"far too long\"}\nno\n\n";
    every_cut(stream, |chunks| {
        let mut parser = ByItem(Parser::with_limit(12).with_all_items());
        let out: Vec<_> = read_chunks(&mut parser, chunks.iter().copied());
        let [Err(error), Ok(Out::Unknown(line)), Ok(Out::Event { data, .. })] = &out[..] else { panic!("{out:?}") };
        assert_eq!((error.part, error.limit, error.offset), (Part::UnknownLine, 12, 0));
        assert_eq!((&**line, &**data), ("no", "x"));
    });
}
