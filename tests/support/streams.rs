//! Random hostile streams, and random ways to cut them.

use proptest::prelude::*;

/// What streams are made of: names whole and in parts, line ends, bad UTF-8 and plain bytes.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    const HOSTILE: &[&[u8]] = &[
        b"data: ",
        b"data:",
        b"data",
        b"event: ",
        b"event:",
        b"id: ",
        b"id:",
        b"id",
        b"retry: ",
        b"retry:",
        b": ",
        b":",
        b"\n",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\r\r",
        b" ",
        b"  ",
        b"d",
        b"da",
        b"e",
        b"i",
        b"retr",
        b"x: y",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xEF\xBB",
        b"\0",
        b"\xE2\x82\xAC",
        b"\xE2\x82",
        b"\xFF",
        b"\xED\xA0\x80",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"0",
        b"12",
        b"18446744073709551616",
        b"+5",
        b"[DONE]",
        b"data: x\n\n",
        b"event: t\ndata: y\n\n",
        b"id: 7\ndata: z\n\n",
        b"0123456789012345678901234567890123456789012345678901234567890123456789",
        b"\xC2\x85",
        b"event: \xC3\n",
        b"id: \xA9\n",
        b"\xE2\x80\xA8",
    ];
    prop_oneof![
        12 => proptest::sample::select(HOSTILE).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
        1 => "[a-z :]{0,40}".prop_map(String::into_bytes),
    ]
}

/// A line of a stream as servers write them.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        6 => "data: [a-z€]{0,20}",
        2 => "event: [a-z]{0,8}",
        2 => "id: [0-9\u{0}]{0,4}",
        1 => "retry: [0-9]{0,4}",
        1 => ": [a-z]{0,8}",
        4 => Just(String::new()),
    ];
    (field, prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")]).prop_map(|(line, end)| (line + end).into_bytes())
}

/// An event of one line of data, often empty, as most are.
fn event() -> impl Strategy<Value = Vec<u8>> {
    let name =
        prop_oneof![6 => Just(""), 1 => Just("event: t\n"), 1 => Just("id: 7\n"), 1 => Just("id\n"), 1 => Just(": c\n\n")];
    let data = prop_oneof![4 => "data: [a-z€]{1,30}", 2 => Just("data:".to_owned()), 1 => Just("data".to_owned())];
    (name, data).prop_map(|(name, data)| format!("{name}{data}\n\n").into_bytes())
}

/// Some of them hostile, some as servers write them, line by line or event by event, with something hostile now and then.
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    let lines = prop_oneof![20 => line(), 1 => fragment()];
    let events = prop_oneof![20 => event(), 1 => line(), 1 => fragment()];
    prop_oneof![
        proptest::collection::vec(fragment(), 0..40),
        proptest::collection::vec(lines, 0..20),
        proptest::collection::vec(events, 0..12),
    ]
    .prop_map(|fragments| fragments.concat())
}

/// A few events of long data: plain text, characters of two, three and four bytes, short lines, and now and then what is not
/// UTF-8.
pub fn long_stream() -> impl Strategy<Value = Vec<u8>> {
    let run = |text: &'static str, most: usize| (0..most).prop_map(move |times| text.repeat(times).into_bytes());
    let few = |bytes: &'static [u8]| Just(bytes.to_vec());
    let piece = prop_oneof![
        8 => run("x", 6000),
        2 => run("ü", 3000),
        4 => run("事件流", 700),
        2 => run("\u{1F600}", 1500),
        3 => few(b"\ndata: "),
        1 => run("\r\ndata: short", 400),
        1 => run("\ndata", 60),
        2 => few(b"\n\ndata: "),
        1 => few(b"\nevent: \xE2\nid: \xE4\xBA\x8B\ndata:"),
        1 => few(b"\xE4\xBA"),
        1 => few(b"\xF0"),
        1 => few(b"\xFF"),
    ];
    proptest::collection::vec(piece, 1..16).prop_map(|pieces| [&b"data: "[..], &pieces.concat(), b"\n\n"].concat())
}

/// Sizes of chunks for long streams.
pub fn long_sizes() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![4 => 200..2000_usize, 1 => 1..8_usize, 1 => 2000..9000_usize], 1..20)
}

/// Sizes of the chunks, one after the other, 0 among them.
pub fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        proptest::collection::vec(0..8_usize, 1..20),
        proptest::collection::vec(0..80_usize, 1..20),
        Just(vec![1]),
        Just(vec![usize::MAX]),
    ]
    .prop_filter("some byte a round", |sizes| sizes.iter().any(|&size| size > 0))
}

pub fn cut<'s>(mut stream: &'s [u8], sizes: &[usize]) -> Vec<&'s [u8]> {
    let mut chunks = Vec::new();
    for size in sizes.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (chunk, rest) = stream.split_at(*size.min(&stream.len()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}
