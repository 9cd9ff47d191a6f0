//! The encoder: the wire form, the round trip, injection, every size of output, every kind of failure.
#![cfg(feature = "std")]

mod support;

use std::{
    io::{self, Write as _},
    time::Duration,
};

use proptest::prelude::*;
use ssewire::{Encoded, Event, EventWriter, Id, InvalidField, Item, KEEP_ALIVE, Parser, encode::ItemEncoder};
use support::{ByItem, item, model::Out, read_chunks, streams};

fn parse(wire: &[u8]) -> Vec<Out> {
    let mut reader = ByItem(Parser::new());
    let items = read_chunks(&mut reader, [wire]).into_iter().map(Result::unwrap).collect();
    assert_eq!(reader.0.finish(), Ok(()), "{}", wire.escape_ascii());
    items
}

const fn event(data: &str) -> Event<'_> {
    Event::new(data)
}

/// Every event of the table, with its bytes.
fn table() -> Vec<(Item<'static>, &'static str)> {
    let typed = |event: Event<'static>| event.with_type("t").unwrap();
    let long = Duration::from_secs(u64::MAX);
    let mut table: Vec<(Item<'static>, &'static str)> = [
        (event("a"), "data: a\n\n"),
        (event(""), "data: \n\n"),
        (event("a\nb"), "data: a\ndata: b\n\n"),
        (event("a\rb\r\nc"), "data: a\ndata: b\ndata: c\n\n"),
        (event("a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
        (event("\n"), "data: \ndata: \n\n"),
        (event("a\n"), "data: a\ndata: \n\n"),
        (event("a\r"), "data: a\ndata: \n\n"),
        (event("a\r\n\r\n"), "data: a\ndata: \ndata: \n\n"),
        (event(" a"), "data:  a\n\n"),
        (event(":a"), "data: :a\n\n"),
        (event("\u{FEFF}a"), "data: \u{FEFF}a\n\n"),
        (event("a\u{2028}b\0"), "data: a\u{2028}b\0\n\n"),
        (event("id: 5"), "data: id: 5\n\n"),
        (typed(event("a")), "event: t\ndata: a\n\n"),
        (typed(event("a")).without_type(), "data: a\n\n"),
        (event("a").with_type("").unwrap(), "data: a\n\n"),
        (event("a").with_type("message").unwrap(), "event: message\ndata: a\n\n"),
        (event("a").with_type(" \0t:").unwrap(), "event:  \0t:\ndata: a\n\n"),
        (event("a").with_id("7").unwrap(), "id: 7\ndata: a\n\n"),
        (event("a").with_id("").unwrap(), "id: \ndata: a\n\n"),
        (event("a").with_id("7").unwrap().without_id(), "data: a\n\n"),
        (event("a").with_id(" é ").unwrap(), "id:  é \ndata: a\n\n"),
        (event("a").with_retry(Duration::from_micros(3_999)), "retry: 3\ndata: a\n\n"),
        (event("a").with_retry(Duration::ZERO), "retry: 0\ndata: a\n\n"),
        (event("a").with_retry(long), "retry: 18446744073709551615\ndata: a\n\n"),
        (event("a").with_retry(long).without_retry(), "data: a\n\n"),
        (
            typed(event("a\nb")).with_id("7").unwrap().with_retry(Duration::from_millis(1234567890)),
            "event: t\nid: 7\nretry: 1234567890\ndata: a\ndata: b\n\n",
        ),
    ]
    .into_iter()
    .map(|(event, wire)| (Item::Event(event), wire))
    .collect();
    table.extend([
        (Item::Comment(""), ": \n"),
        (Item::Comment("c"), ": c\n"),
        (Item::Comment("c\rd\r\ne\n"), ": c\n: d\n: e\n: \n"),
        (Item::Comment(" data: x"), ":  data: x\n"),
        (Item::Retry(Duration::from_secs(3)), "retry: 3000\n\n"),
        (Item::LastEventId(Id::new("7").unwrap()), "id: 7\n\n"),
        (Item::LastEventId(Id::default()), "id: \n\n"),
    ]);
    table
}

#[test]
fn the_wire_form() {
    for (item, wire) in table() {
        assert_eq!(item.encode().to_vec().escape_ascii().to_string(), wire.as_bytes().escape_ascii().to_string());
    }
    assert_eq!(KEEP_ALIVE, ":\n");
    assert_eq!(parse(b":\n"), [Out::Comment(String::new())]);
}

#[test]
fn a_keep_alive_is_harmless_between_any_two_lines() {
    for (at, _) in b"event: t\nid: 1\ndata: a\ndata: b\n\n".iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        let mut wire = b"event: t\nid: 1\ndata: a\ndata: b\n\n".to_vec();
        wire.splice(at + 1..=at, KEEP_ALIVE.bytes());
        let events: Vec<_> = parse(&wire).into_iter().filter(Out::is_event).collect();
        assert!(matches!(&events[..], [Out::Event { event_type, data, .. }] if event_type == "t" && data == "a\nb"));
    }
}

#[test]
fn what_the_wire_cannot_carry_is_refused() {
    let check = |result: Result<Event<'_>, InvalidField>, byte, offset| {
        let error = result.unwrap_err();
        assert_eq!((error.byte, error.offset), (byte, offset));
    };
    check(event("").with_type("a\rb"), b'\r', 1);
    check(event("").with_type("\n"), b'\n', 0);
    check(event("").with_type("t\r\n"), b'\r', 1);
    check(event("").with_id("12\n"), b'\n', 2);
    check(event("").with_id("\r"), b'\r', 0);
    check(event("").with_id("a\0"), 0, 1);
    assert_eq!(Id::new("a\0").unwrap_err().offset, 1);
    assert!(event("").with_type("a\0").is_ok() && event("").with_type("\u{2028}\u{85}\x0B").is_ok());
}

/// The attacks that were found in other encoders, each in every text that can be set.
#[test]
fn injection() {
    for attack in [
        "x\ndata: injected",
        "x\rdata: injected",
        "x\r\ndata: injected",
        "x\n\ndata: injected\n\n",
        "x\r\rdata: injected\r\r",
        "x\r\n\r\nevent: evil\r\ndata: injected",
        "\nid: evil",
        "\rretry: 1",
        "x\n",
        "x\r",
        "\r\n",
        "x\r\n: comment",
        "\n\n\n",
        "x\u{2028}data: y",
        "x\u{85}data: y",
        "x\0",
        "\u{FEFF}data: y",
        "x\x0Bdata: y",
        "x\x0Cdata: y",
        " x",
        ": x",
        "data: x",
    ] {
        let lf = attack.replace("\r\n", "\n").replace('\r', "\n");
        let wire = event(attack).encode().to_vec();
        assert!(
            matches!(&parse(&wire)[..], [Out::Event { event_type, data, id: None, retry: None, .. }]
            if event_type == "message" && *data == lf),
            "{attack:?}"
        );

        let comments: Vec<_> = lf.split('\n').map(|line| Out::Comment(line.to_owned())).collect();
        assert_eq!(parse(&Item::Comment(attack).encode().to_vec()), comments);

        let breaks = attack.contains(['\r', '\n']);
        let typed = event("a").with_type(attack);
        assert_eq!(typed.is_err(), breaks);
        let with_id = event("a").with_id(attack);
        assert_eq!(with_id.is_err(), breaks || attack.contains('\0'));
        assert_eq!(Id::new(attack).is_err(), with_id.is_err());
        for made in [typed, with_id].into_iter().flatten() {
            let wire = made.encode().to_vec();
            assert_eq!(parse(&wire), [item(Item::Event(made))], "{attack:?}");
        }
        let mut writer = EventWriter::new();
        assert_eq!(writer.event_type(attack).is_err(), breaks);
    }
}

/// All that is left of it, in outputs of this size.
fn in_outputs_of(encoded: Encoded<'_>, size: usize) -> Vec<u8> {
    let mut encoded = encoded.reader();
    let mut out = Vec::new();
    loop {
        let (before, mut buffer) = (encoded.remaining(), vec![0xEE; size]);
        let copied = encoded.copy_to(&mut buffer);
        out.extend_from_slice(&buffer[..copied]);
        assert!(buffer[copied..].iter().all(|byte| *byte == 0xEE), "what lies behind is left as it was");
        assert_eq!(encoded.remaining(), before - copied);
        if copied < size {
            assert_eq!((encoded.remaining(), encoded.has_remaining()), (0, false));
            return out;
        }
    }
}

/// A long text is copied in blocks of this size, and lent in blocks of four times as much.
const BLOCK: usize = 2 * 1024;

/// Long enough for blocks: a CRLF that straddles the end of one, a line that ends with one.
fn long_texts() -> Vec<String> {
    [BLOCK, 4 * BLOCK]
        .into_iter()
        .flat_map(|block| [block - 2, block - 1, block, block + 1, 2 * block, 3 * block - 1])
        .flat_map(|length| ["", "\n", "\r\n", "\r", "\r\nend", "\nend"].map(|end| "x".repeat(length) + end))
        .collect()
}

#[test]
fn every_size_of_output() {
    for (item, wire) in table() {
        for size in 1..=wire.len() + 1 {
            assert_eq!(in_outputs_of(item.encode(), size), wire.as_bytes(), "{size}");
        }
        assert_eq!(item.encode().reader().copy_to(&mut []), 0);
        for size in 0..wire.len() + 3 {
            let mut buffer = vec![0xEE; size];
            let copied = item.encode().copy_to(&mut buffer);
            assert_eq!(copied, (size >= wire.len()).then_some(wire.len()));
            assert!(copied.is_none_or(|length| buffer[..length] == *wire.as_bytes()));
            assert!(buffer[size.min(wire.len())..].iter().all(|byte| *byte == 0xEE), "what lies behind is left as it was");
        }
    }
    for text in long_texts() {
        let wire = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\ndata: ");
        let wire = format!("data: {wire}\n\n");
        for size in [1, 7, 1000, 8191, 8192, 8193, 100_000] {
            assert!(in_outputs_of(event(&text).encode(), size) == wire.as_bytes(), "{} in {size}", text.len());
        }
        assert!(event(&text).encode().to_vec() == wire.as_bytes());
        assert_eq!(event(&text).encode().len(), wire.len());
    }
}

#[test]
fn a_text_with_a_line_end_anywhere_is_the_same_by_every_way() {
    // Each of these begins another way to search it.
    let short = [15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 511, 512, 513, 639, 640];
    let long = [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 4 * BLOCK, 4 * BLOCK + 1, 9 * BLOCK + 1];
    for length in short.into_iter().chain(long) {
        let ends = [
            0,
            15,
            16,
            63,
            64,
            127,
            128,
            255,
            256,
            511,
            BLOCK - 1,
            BLOCK,
            2 * BLOCK - 2,
            2 * BLOCK - 1,
            4 * BLOCK - 1,
            4 * BLOCK,
        ];
        let behind = [length - 15, length - 2, length - 1, length];
        for place in ends.into_iter().filter(|end| *end < length).chain(behind) {
            for what in ["\n", "\r", "\r\n", "\t", "\0", "\u{C}\u{E}"] {
                let mut text = "x".repeat(length);
                text.insert_str(place, what);
                let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\ndata: ");
                let wire = format!("data: {lines}\n\n").into_bytes();
                let event = event(&text);
                assert!(event.encode().to_vec() == wire, "{length}, {what:?} at {place}");
                assert!(event.encode().reader().slices().collect::<Vec<_>>().concat() == wire);
                assert!(in_outputs_of(event.encode(), wire.len()) == wire);
                assert!(in_outputs_of(event.encode(), wire.len() - 1) == wire);
                assert!(in_outputs_of(event.encode(), 8 * BLOCK) == wire);
                assert!(in_outputs_of(event.encode(), 1460) == wire);
                let mut written = Vec::new();
                event.encode().write_to(&mut written).unwrap();
                assert!(written == wire);
                #[cfg(feature = "bytes")]
                assert!(event.encode().to_bytes() == wire);
            }
        }
    }
}

#[test]
fn remaining_is_what_comes_out_at_every_point() {
    for (item, wire) in table() {
        assert_eq!((item.encode().len(), item.encode().is_empty()), (wire.len(), false));
        for read in 0..=wire.len() {
            let mut reader = item.encode().reader();
            assert_eq!(reader.remaining(), wire.len());
            reader.advance(read);
            let rest = &wire.as_bytes()[read..];
            assert_eq!((reader.remaining(), reader.has_remaining()), (rest.len(), !rest.is_empty()));
            assert_eq!(reader.slices().collect::<Vec<_>>().concat(), rest);
            assert!(reader.slices().all(|slice| !slice.is_empty()));
            assert!(rest.starts_with(reader.slice()) && reader.slice().is_empty() == rest.is_empty());
            assert_eq!(format!("{reader:?}"), format!("EncodedReader(\"{}\")", rest.escape_ascii()));
            let mut out = vec![0; rest.len() + 1];
            assert_eq!(reader.copy_to(&mut out), rest.len());
            assert_eq!(out[..rest.len()], *rest);
        }
        let mut reader = item.encode().reader();
        reader.advance(usize::MAX);
        assert_eq!((reader.remaining(), reader.slice()), (0, &b""[..]));
        assert_eq!(item.encode().to_string(), wire);
    }
}

#[test]
fn what_is_not_text_is_displayed_with_replacements() {
    let mut writer = EventWriter::new();
    assert_eq!(writer.data(b"a\xFF\nb\xC3").to_string(), "data: a\u{FFFD}\ndata: b\u{FFFD}");
    assert!(writer.data(b"").is_empty());
}

/// No payload byte is copied to frame it.
#[test]
fn slices_are_borrowed_from_the_event() {
    let text = "first line\nsecond line";
    let encoded = event(text).encode().reader();
    let lines: Vec<_> = encoded.slices().filter(|slice| slice.ends_with(b"line")).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(text.as_bytes().as_ptr_range().contains(&line.as_ptr()));
    }
}

/// A writer that takes some bytes a call, is interrupted now and then, and fails after so many bytes.
struct Slow {
    written: Vec<u8>,
    at_once: usize,
    room: usize,
    calls: usize,
}

impl io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = bytes.len().min(self.at_once).min(self.room);
        if count == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        self.room -= count;
        self.written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writers_that_take_little_are_interrupted_or_fail() {
    let long = "y".repeat(5000) + "\n" + &"z".repeat(3000);
    let mut cases: Vec<_> = table().into_iter().map(|(item, wire)| (item, wire.to_owned())).collect();
    cases.push((Item::Event(event(&long)), format!("data: {}\n\n", long.replace('\n', "\ndata: "))));
    for (item, wire) in cases {
        for at_once in [1, 2, 3, 1000, usize::MAX] {
            let mut slow = Slow { written: Vec::new(), at_once, room: usize::MAX, calls: 0 };
            item.encode().write_to(&mut slow).unwrap();
            assert!(slow.written == wire.as_bytes());
            for room in [0, 1, wire.len() / 2, wire.len() - 1] {
                let mut slow = Slow { written: Vec::new(), at_once, room, calls: 0 };
                let error = item.encode().write_to(&mut slow).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                assert!(slow.written == wire.as_bytes()[..room]);
                // A reader stands behind what was written.
                let mut slow = Slow { written: Vec::new(), at_once, room, calls: 0 };
                let mut reader = item.encode().reader();
                let error = loop {
                    match slow.write(reader.slice()) {
                        Ok(count) => reader.advance(count),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => break error,
                    }
                };
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                assert!(slow.written == wire.as_bytes()[..room]);
                assert!(reader.slices().collect::<Vec<_>>().concat() == wire.as_bytes()[room..]);
            }
        }
        let mut plain = Vec::new();
        item.encode().write_to(&mut plain).unwrap();
        assert!(plain == wire.as_bytes());
    }
    let error = event("a").encode().write_to(&mut [0; 3][..]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
}

/// Counts how it is called.
#[derive(Default)]
struct Calls {
    written: usize,
    flushed: usize,
}

impl io::Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed += 1;
        Ok(())
    }
}

#[test]
fn an_event_of_some_kilobytes_is_one_write_a_long_line_is_written_as_it_is_and_short_lines_are_gathered() {
    let lines = "z".repeat(58) + "\n";
    for (text, writes) in [("a\nb\nc", 1), (&"z".repeat(8000), 1), (&"z".repeat(100_000), 3), (&lines.repeat(500), 4)] {
        let mut calls = Calls::default();
        event(text).encode().write_to(&mut calls).unwrap();
        assert_eq!(calls.written, writes, "{}", text.len());
    }
}

#[test]
fn flushing_a_sink_flushes_its_writer() {
    let (mut writer, mut calls) = (EventWriter::new(), Calls::default());
    let mut sink = writer.begin(&mut calls).unwrap();
    io::Write::flush(&mut sink).unwrap();
    sink.end().unwrap();
    assert_eq!(calls.flushed, 1);
}

#[test]
fn nothing_is_allocated() {
    let text = "line\n".repeat(100) + &"x".repeat(20_000);
    let event = event(&text).with_type("t").unwrap().with_id("7").unwrap().with_retry(Duration::from_secs(1));
    let (mut buffer, mut sink, mut vec) = ([0; 100], io::sink(), Vec::with_capacity(100_000));
    let counted = allocation_counter::measure(|| {
        let mut encoded = event.encode().reader();
        while encoded.copy_to(&mut buffer) > 0 {}
        event.encode().write_to(&mut sink).unwrap();
        event.encode().append_to(&mut vec);
        let mut encoded = event.encode().reader();
        assert!(encoded.remaining() > 20_000);
        while encoded.has_remaining() {
            encoded.advance(encoded.slice().len());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_vec_with_room_is_not_enlarged_and_one_line_is_one_allocation() {
    for (item, wire) in table() {
        let mut out = Vec::with_capacity(wire.len());
        let counted = allocation_counter::measure(|| item.encode().append_to(&mut out));
        assert_eq!(counted.count_total, 0, "{wire:?}");
        let counted = allocation_counter::measure(|| drop(item.encode().to_vec()));
        let lines = wire.matches("data: ").count().max(wire.matches(": ").count() - wire.matches("event: ").count());
        assert!(counted.count_total == 1 || lines > 1, "{wire:?}");
    }
}

#[test]
fn appending_to_a_vec_of_any_room_enlarges_it_once_at_most_and_only_if_it_must() {
    let mut items: Vec<_> = table().into_iter().filter(|(_, wire)| wire.matches('\n').count() <= 3).collect();
    let full = event("d").with_type("t").unwrap().with_id("i").unwrap().with_retry(Duration::from_secs(9));
    items.push((Item::Event(full), "event: t\nid: i\nretry: 9000\ndata: d\n\n"));
    for (item, wire) in items {
        for room in 0..wire.len() + 70 {
            let mut out = Vec::with_capacity(room);
            let counted = allocation_counter::measure(|| item.encode().append_to(&mut out));
            let is_one_line = wire.matches("data: ").count() <= 1;
            assert!(counted.count_total <= 1 || !is_one_line, "{wire:?} into {room}: {}", counted.count_total);
            assert!(counted.count_total == 0 || room < wire.len(), "{wire:?} into {room}");
        }
    }
    let (mut writer, mut out) = (EventWriter::new(), Vec::with_capacity(14));
    let counted = allocation_counter::measure(|| {
        writer.data("abcd").append_to(&mut out);
        writer.data("efgh").append_to(&mut out);
        writer.data("").append_to(&mut out);
    });
    assert_eq!((counted.count_total, out.as_slice()), (0, &b"data: abcdefgh"[..]));
}

/// Between two awaits, in a future that runs on any thread.
#[test]
fn slices_can_be_sent_from_a_future() {
    fn sends<T: Send>(_: T) {}
    sends(async {
        let event = Event::new("a\nb");
        let mut encoded = event.encode().reader();
        for slice in encoded.slices() {
            std::future::ready(slice).await;
        }
        while encoded.has_remaining() {
            let length = std::future::ready(encoded.slice().len()).await;
            encoded.advance(length);
        }
    });
}

#[cfg(feature = "bytes")]
#[test]
fn as_a_buf() {
    use bytes::{Buf, BytesMut};
    for (item, wire) in table() {
        for step in 1..=wire.len() {
            let (mut encoded, mut out) = (item.encode().reader(), Vec::new());
            while Buf::has_remaining(&encoded) {
                let count = encoded.chunk().len().min(step);
                out.extend_from_slice(&encoded.chunk()[..count]);
                Buf::advance(&mut encoded, count);
                assert_eq!(Buf::remaining(&encoded), wire.len() - out.len());
            }
            assert_eq!(out, wire.as_bytes());
        }
        let mut slices = [io::IoSlice::new(&[]); 4];
        let encoded = item.encode().reader();
        let count = encoded.chunks_vectored(&mut slices);
        let joined = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect::<Vec<_>>();
        assert!(wire.as_bytes().starts_with(&joined) && count == encoded.slices().count().min(4));
        let mut out = BytesMut::new();
        item.encode().put_into(&mut out);
        assert_eq!((&out[..], &item.encode().to_bytes()[..]), (wire.as_bytes(), wire.as_bytes()));
    }
    fn sends<T: Send + Sync + 'static>() {}
    sends::<ssewire::encode::EncodedReader<'static>>();
}

#[test]
fn a_sequence_of_items_says_each_retry_once() {
    for (stream, wire) in [
        ("retry:5\ndata:a\n\n", "retry: 5\ndata: a\n\n"),
        ("retry:5\n\ndata:a\n\n", "retry: 5\n\ndata: a\n\n"),
        ("retry:5\n\nretry:5\ndata:a\n\n", "retry: 5\nretry: 5\ndata: a\n\n"),
        ("retry:5\ndata:a\nretry:6\n\n", "retry: 5\nretry: 6\ndata: a\n\n"),
        ("retry:5\nid:1\n\ndata:a\n\n", "retry: 5\nid: 1\n\ndata: a\n\n"),
        ("retry:5\n\n:c\ndata:a\n\n", "retry: 5\n: c\n\ndata: a\n\n"),
    ] {
        assert_eq!(str::from_utf8(&reencode(stream.as_bytes())).unwrap(), wire);
    }
    let mut encoder = ItemEncoder::new();
    let retry = Event::new("a").with_retry(Duration::from_secs(2));
    assert_eq!(encoder.encode(Item::Event(retry)).to_vec(), b"retry: 2000\ndata: a\n\n", "an event that no parser gave");
    assert_eq!(encoder.encode(Item::Retry(Duration::from_secs(1))).to_vec(), b"retry: 1000\n");
    assert_eq!(encoder.encode(Item::Event(retry)).to_vec(), b"retry: 2000\ndata: a\n\n");
}

fn reencode(stream: &[u8]) -> Vec<u8> {
    let (mut parser, mut encoder, mut out, mut input) = (Parser::new(), ItemEncoder::new(), Vec::new(), stream);
    while let Some(item) = parser.next_item(&mut input).unwrap() {
        encoder.encode(item).append_to(&mut out);
    }
    out
}

// ---- EventWriter

#[test]
fn a_writer_takes_fields_in_any_order() {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    writer.comment("c\nd").unwrap().append_to(&mut out);
    assert!(!writer.is_unfinished());
    writer.retry(Duration::from_millis(5)).append_to(&mut out);
    assert!(writer.is_unfinished());
    writer.comment("e").unwrap().append_to(&mut out);
    writer.data("a").append_to(&mut out);
    writer.id("1").unwrap().append_to(&mut out);
    writer.data("b").append_to(&mut out);
    writer.data("c").append_to(&mut out);
    writer.event_type("old").unwrap().append_to(&mut out);
    writer.event_type("").unwrap().append_to(&mut out);
    writer.event_type("t").unwrap().append_to(&mut out);
    writer.id("2").unwrap().append_to(&mut out);
    writer.end().append_to(&mut out);
    assert_eq!(
        str::from_utf8(&out).unwrap(),
        ": c\n: d\nretry: 5\n: e\ndata: a\nid: 1\ndata: bc\nevent: old\nevent: \nevent: t\nid: 2\n\n"
    );
    assert!(!writer.is_unfinished());
    let last = parse(&out).pop().unwrap();
    assert!(
        matches!(last, Out::Event { event_type, data, id: Some(id), .. } if event_type == "t" && data == "a\nbc" && id == "2")
    );
}

#[test]
fn an_event_without_data_has_empty_data() {
    let mut writer = EventWriter::new();
    assert_eq!(writer.end().to_vec(), b"data: \n\n");
    assert_eq!(writer.data("").to_vec(), b"data: ");
    assert_eq!(writer.data("").to_vec(), b"");
    assert_eq!(writer.end().to_vec(), b"\n\n");
    assert_eq!(writer.id("1").unwrap().to_vec(), b"id: 1\n");
    assert_eq!(writer.end().to_vec(), b"data: \n\n");
    assert_eq!(writer.data("x").to_vec(), b"data: x");
    assert_eq!(writer.id("1").unwrap().to_vec(), b"\nid: 1\n");
    assert_eq!(writer.end().to_vec(), b"\n");
}

#[test]
fn a_crlf_in_two_pieces_is_one_line_end() {
    for (pieces, data) in [
        (&["a\r", "\nb"][..], "a\nb"),
        (&["a\r", "", "\nb"], "a\nb"),
        (&["a\r", "\n", "\nb"], "a\n\nb"),
        (&["a\r", "\r", "\n"], "a\n\n"),
        (&["\r", "\n"], "\n"),
        (&["a", "\n", "b"], "a\nb"),
        (&["a\n", "\r", "b"], "a\n\nb"),
    ] {
        let (mut writer, mut out) = (EventWriter::new(), Vec::new());
        for piece in pieces {
            writer.data(*piece).append_to(&mut out);
        }
        writer.end().append_to(&mut out);
        assert!(matches!(&parse(&out)[..], [Out::Event { data: got, .. }] if got == data), "{pieces:?}");
        // A new event begins anew: an LF in it is its own.
        writer.data("\n").append_to(&mut out);
        writer.end().append_to(&mut out);
        assert!(matches!(&parse(&out)[1], Out::Event { data, .. } if data == "\n"), "{pieces:?}");
    }
}

#[test]
fn a_field_between_cr_and_lf_ends_the_line() {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    writer.data("a\r").append_to(&mut out);
    writer.id("1").unwrap().append_to(&mut out);
    writer.data("\nb").append_to(&mut out);
    writer.end().append_to(&mut out);
    assert!(matches!(&parse(&out)[..], [Out::Event { data, .. }] if data == "a\n\n\nb"));
}

#[test]
fn a_character_in_two_pieces_is_no_matter() {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    for byte in "é😀".as_bytes().chunks(1) {
        writer.data(byte).append_to(&mut out);
    }
    writer.end().append_to(&mut out);
    assert_eq!(out, "data: é😀\n\n".as_bytes());
}

#[test]
fn a_comment_cannot_go_into_a_data_line() {
    let mut writer = EventWriter::new();
    assert_eq!(writer.data("a").to_vec(), b"data: a");
    assert!(writer.comment("c").is_err());
    assert_eq!(writer.end().to_vec(), b"\n\n", "nothing was written");
}

#[test]
fn a_refused_field_writes_nothing() {
    let mut writer = EventWriter::new();
    assert!(writer.event_type("a\n").is_err() && writer.id("\0").is_err());
    assert!(!writer.is_unfinished());
    assert_eq!(writer.data("a").to_vec(), b"data: a");
    assert!(writer.id("a\r").is_err());
    assert_eq!(writer.data("b").to_vec(), b"b");
}

/// What the peer of a connection sees when an event was begun and its sink dropped.
#[test]
fn a_dropped_sink_writes_nothing_and_the_next_event_is_refused() {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    let mut event = writer.begin(&mut out).unwrap();
    event.id("1").unwrap();
    write!(event, "half").unwrap();
    drop(event);
    assert_eq!(out, b"id: 1\ndata: half");
    assert!(writer.begin(&mut out).is_err());

    // The connection is closed: the peer discards the half, and its id.
    let mut parser = Parser::new();
    assert_eq!(parser.next(&mut &out[..]), Ok(None));
    assert!(parser.finish().is_err());
    assert_eq!(parser.last_event_id(), "");

    // Or it is ended as it is.
    writer.end().append_to(&mut out);
    writer.begin(&mut out).unwrap().end().unwrap();
    assert_eq!(out, b"id: 1\ndata: half\n\ndata: \n\n");
}

#[test]
fn sinks_over_every_output() {
    #[derive(serde::Serialize)]
    struct Delta<'a> {
        text: &'a str,
    }
    let wire = b"event: t\nid: 1\nretry: 5\ndata: {\"text\":\"a\\nb\"}\ndata: and 1.5\n\n";
    fn fill<W: io::Write>(mut event: ssewire::encode::EventSink<'_, W>) {
        event.event_type("t").unwrap();
        event.id("1").unwrap();
        event.retry(Duration::from_millis(5)).unwrap();
        serde_json::to_writer(&mut event, &Delta { text: "a\nb" }).unwrap();
        write!(event, "\r\nand {}", 1.5).unwrap();
        let refused = event.id("\n").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert!(refused.get_ref().unwrap().is::<InvalidField>());
        event.end().unwrap();
    }
    let mut writer = EventWriter::new();
    let mut out = Vec::new();
    fill(writer.begin(&mut out).unwrap());
    assert_eq!(out, wire);
    let mut out = io::BufWriter::new(Vec::new());
    fill(writer.begin(&mut out).unwrap());
    assert_eq!(out.into_inner().unwrap(), wire);
    #[cfg(feature = "bytes")]
    {
        let mut out = bytes::BufMut::writer(bytes::BytesMut::new());
        fill(writer.begin(&mut out).unwrap());
        assert_eq!(&out.get_ref()[..], wire);
    }
}

#[test]
fn an_output_that_fails_leaves_the_event_unfinished() {
    let mut writer = EventWriter::new();
    let mut room = [0; 8];
    let mut event = writer.begin(&mut room[..]).unwrap();
    assert_eq!(event.event_type("too long").unwrap_err().kind(), io::ErrorKind::WriteZero);
    drop(event);
    assert!(writer.begin(io::sink()).is_err());

    let (mut writer, mut room) = (EventWriter::new(), [0; 8]);
    let mut event = writer.begin(&mut room[..]).unwrap();
    event.data("12").unwrap();
    assert_eq!(event.end().unwrap_err().kind(), io::ErrorKind::WriteZero, "also its end");
    assert!(writer.is_unfinished());
}

#[test]
fn what_write_fails_by_is_the_error_of_the_output() {
    let (mut writer, mut room) = (EventWriter::new(), [0; 8]);
    let mut event = writer.begin(&mut room[..]).unwrap();
    assert_eq!(write!(event, "{} and more", 1).unwrap_err().kind(), io::ErrorKind::WriteZero);
}

/// Also what lies in private parts of them, such as a chunk of many kilobytes, is not printed as numbers.
#[test]
fn debug_shows_text() {
    let encoded = Event::new("a\nb").with_type("t").unwrap().encode();
    let wire = r#"("event: t\ndata: a\ndata: b\n\n")"#;
    assert_eq!(format!("{encoded:?}"), format!("Encoded{wire}"));
    assert_eq!(format!("{:?}", encoded.reader()), format!("EncodedReader{wire}"));
    let (mut tokenizer, mut input) = (ssewire::decode::Tokenizer::new(), &b"data: \xFF\"\n: c\n"[..]);
    let mut tokens = tokenizer.tokens(&mut input);
    assert_eq!(format!("{:?}", tokens.next().unwrap()), r#"Field { field: Data, value: "\xff\"", end: Some(Lf) }"#);
    assert_eq!(format!("{:?}", tokens.next().unwrap()), r#"Comment { text: "c", end: Some(Lf) }"#);
}

#[test]
fn items_are_hashed_as_they_are_compared() {
    use std::hash::BuildHasher;

    let hasher = std::hash::RandomState::new();
    let (event, id) = (Event::new("x").with_id("7").unwrap(), Id::new("7").unwrap());
    for item in [Item::Event(event), Item::Comment("c"), Item::Retry(Duration::from_millis(1500)), Item::LastEventId(id)] {
        let owned = ssewire::ItemBuf::from(item);
        assert_eq!(hasher.hash_one(item), hasher.hash_one(&owned));
    }
    assert_eq!(Item::from(event), Item::Event(event));
}

#[test]
fn a_sink_takes_comments_between_lines() {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    let mut event = writer.begin(&mut out).unwrap();
    event.comment("before").unwrap();
    event.data("a").unwrap();
    assert_eq!(event.comment("never").unwrap_err().kind(), io::ErrorKind::InvalidInput);
    event.id("1").unwrap();
    event.comment("").unwrap();
    event.end().unwrap();
    assert_eq!(out, b": before\ndata: a\nid: 1\n: \n\n");
}

// ---- Properties

fn text() -> impl Strategy<Value = String> {
    const FRAGMENTS: &[&str] = &[
        "", "a", " ", ":", "\r", "\n", "\r\n", "\u{FEFF}", "\u{2028}", "\u{85}", "\0", "é", "😀", "data: ", "id: ", "\n\n",
        "\x0B",
    ];
    prop_oneof![
        3 => proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..12).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
        1 => "x{100,300}\n?y{0,200}",
    ]
}

fn lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_comes_back_as_it_was(
        data in text(), event_type in text(), id in proptest::option::of(text()), retry in proptest::option::of(any::<u64>()),
    ) {
        let mut event = Event::new(&data);
        match event.with_type(&event_type) {
            Ok(typed) => event = typed,
            Err(error) => prop_assert_eq!(event_type.as_bytes()[error.offset], error.byte),
        }
        if let Some(id) = &id {
            match event.with_id(id) {
                Ok(with_id) => event = with_id,
                Err(error) => prop_assert_eq!(id.as_bytes()[error.offset], error.byte),
            }
        }
        if let Some(retry) = retry {
            event = event.with_retry(Duration::from_millis(retry));
        }
        let wire = event.encode().to_vec();
        let (mut parser, mut input) = (Parser::new(), &wire[..]);
        let parsed = parser.next(&mut input).unwrap().unwrap();
        prop_assert!(input.is_empty());
        prop_assert_eq!(parsed.data(), lf(&data));
        prop_assert_eq!(parsed.event_type(), event.event_type());
        prop_assert_eq!((parsed.id(), parsed.retry()), (event.id(), event.retry()));
        prop_assert!(!parsed.is_lossy());
        prop_assert_eq!(parsed.encode().to_vec(), wire, "sent on, it is the same bytes");
    }

    #[test]
    fn the_items_of_any_stream_come_back(stream in streams::stream()) {
        let (mut reader, mut again) = (ByItem(Parser::new()), ByItem(Parser::new()));
        let mut items: Vec<_> = read_chunks(&mut reader, [&stream[..]]).into_iter().map(Result::unwrap).collect();
        for item in &mut items {
            // Replaced once, it is text.
            if let Out::Event { lossy, .. } = item {
                *lossy = false;
            }
        }
        let wire = reencode(&stream);
        prop_assert_eq!(read_chunks(&mut again, [&wire[..]]).into_iter().map(Result::unwrap).collect::<Vec<_>>(), items);
        prop_assert_eq!(reencode(&wire), wire, "what is canonical stays as it is");
    }

    #[test]
    fn pieces_cut_anywhere_are_the_whole(data in text(), cuts in proptest::collection::vec(0..20_usize, 0..10)) {
        let (mut writer, mut out) = (EventWriter::new(), Vec::new());
        let mut rest = data.as_bytes();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            writer.data(piece).append_to(&mut out);
            rest = after;
        }
        writer.data(rest).append_to(&mut out);
        writer.end().append_to(&mut out);
        prop_assert_eq!(out, Event::new(&data).encode().to_vec());
    }

    #[test]
    fn a_comment_is_comments_and_nothing_else(text in text()) {
        let lines: Vec<_> = lf(&text).split('\n').map(|line| Out::Comment(line.to_owned())).collect();
        prop_assert_eq!(parse(&Item::Comment(&text).encode().to_vec()), lines);
    }
}
