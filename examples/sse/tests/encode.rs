//! `sse encode` and `sse proxy`, as a user runs them.

mod program;
#[path = "../../../tests/support/mod.rs"]
#[allow(unexpected_cfgs, reason = "it is for the tests of the crate, first of all")]
mod support;

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Output, Stdio},
};

use program::{out, said};
use proptest::prelude::*;
use ssewire::Parser;
use support::{ByItem, ByNext, model::Out, read_chunks, streams};

fn encode(input: &str) -> Output {
    program::run("encode", &[], input.as_bytes())
}

fn proxy(arguments: &[&str], input: &[u8]) -> Output {
    program::run("proxy", arguments, input)
}

fn events(stream: &[u8]) -> Vec<Out> {
    read_chunks(&mut ByNext(Parser::new()), [stream]).into_iter().map(Result::unwrap).collect()
}

fn items(stream: &[u8]) -> Vec<Out> {
    read_chunks(&mut ByItem(Parser::new()), [stream]).into_iter().map(Result::unwrap).collect()
}

#[test]
fn each_line_is_what_it_says() {
    for (json, wire) in [
        (r#"{"data":"a"}"#, "data: a\n\n"),
        (r#"{"data":""}"#, "data: \n\n"),
        (
            r#"{"data":"a\nb\r\nc","event":"t","id":"7","retry":3000}"#,
            "event: t\nid: 7\nretry: 3000\ndata: a\ndata: b\ndata: c\n\n",
        ),
        (r#"{"data":"a","comment":"c\nd"}"#, ": c\n: d\ndata: a\n\n"),
        (r#"{"comment":"c"}"#, ": c\n"),
        (r#"{"id":"7"}"#, "id: 7\n\n"),
        (r#"{"id":""}"#, "id: \n\n"),
        (r#"{"retry":5}"#, "retry: 5\n\n"),
        (r#"{"retry":5,"id":"7","comment":""}"#, ": \nretry: 5\nid: 7\n\n"),
        (r#"{"data":"a","event":""}"#, "data: a\n\n"),
        (" { \"data\" : \"a\" , \"id\" : null } \r", "data: a\n\n"),
    ] {
        let output = encode(&format!("{json}\n{json}"));
        assert_eq!((out(&output), said(&output)), (&*wire.repeat(2), ""), "{json}");
        assert_eq!(output.status.code(), Some(0));
    }
    assert_eq!(encode("").status.code(), Some(0));
}

#[test]
fn a_line_that_cannot_be_sent_ends_it() {
    for (line, why) in [
        ("", "line 2: EOF while parsing"),
        ("data", "line 2: expected value"),
        ("[1]", "line 2: invalid"),
        ("\"a\"", "line 2: invalid type"),
        (r#"["t","a","7",5,"c"]"#, "line 2: invalid type: sequence"),
        ("{}", "line 2: an object that says nothing"),
        (r#"{"event":"t"}"#, "line 2: an `event` without `data`"),
        (r#"{"event":"t","id":"1"}"#, "line 2: an `event` without `data`"),
        (r#"{"data":"a","type":"t"}"#, "line 2: unknown field `type`"),
        (r#"{"data":1}"#, "line 2: invalid type: integer"),
        (r#"{"data":"a","retry":-1}"#, "line 2: invalid value: integer `-1`"),
        (r#"{"data":"a","retry":"5"}"#, "line 2: invalid type: string"),
        (r#"{"data":"a","retry":1.5}"#, "line 2: invalid type: floating point"),
        (
            r#"{"comment":"c","data":"a","event":"t\n"}"#,
            "line 2: an event stream cannot carry the byte 0x0a that is at offset 1",
        ),
        (r#"{"data":"a","id":"\u0000"}"#, "line 2: an event stream cannot carry the byte 0x00"),
        (r#"{"id":"a\rb","retry":5}"#, "line 2: an event stream cannot carry the byte 0x0d"),
        (r#"{"data":"a"} {"data":"b"}"#, "line 2: trailing characters"),
    ] {
        let output = encode(&format!("{{\"data\":\"first\"}}\n{line}\n{{\"data\":\"never\"}}\n"));
        assert_eq!(out(&output), "data: first\n\n", "{line}");
        assert!(said(&output).starts_with(&format!("sse encode: {why}")), "{line}: {}", said(&output));
        assert_eq!(output.status.code(), Some(2), "{line}");
    }
    let output = program::run("encode", &["no-such-file"], b"");
    assert!(said(&output).starts_with("sse encode: cannot open no-such-file") && output.status.code() == Some(2));
}

#[test]
fn what_encode_writes_decode_reads() {
    let json = r#"{"event":"t","data":"a\nb","id":"7","retry":3000,"comment":"c"}
{"data":" x "}
{"id":""}
{"retry":5}
"#;
    let decoded = program::run("decode", &["--all"], &encode(json).stdout);
    assert_eq!(
        out(&decoded),
        r#"{"comment":"c"}
{"retry":3000}
{"event":"t","data":"a\nb","id":"7","own_id":"7"}
{"event":"message","data":" x ","id":"7"}
{"last_event_id":""}
{"retry":5}
{"end":{"events":2,"last_event_id":"","retry":5,"truncated":false}}
"#
    );
}

#[test]
fn encode_writes_each_event_as_it_comes() {
    let mut child = program::program("encode").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..3 {
        input.write_all(b"{\"data\":\"a\"}\n").unwrap();
        let mut event = [0; 9];
        output.read_exact(&mut event).unwrap();
        assert_eq!(&event, b"data: a\n\n");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

// ---- proxy

#[test]
fn what_the_proxy_does_not_touch_passes_byte_for_byte() {
    for path in program::streams() {
        let stream = std::fs::read(&path).unwrap();
        let output = proxy(&["--drop", "of no event"], &stream);
        assert!(output.stdout == stream, "{}", path.display());
        assert_eq!((output.status.code(), said(&output)), (Some(0), ""));
    }
    let odd = b"\xEF\xBB\xBFunknown: x\r: c\r\n\r\nData: 5\rdata:a\r\xFFx\n\r\n\n\ndata: b\r\r: \xFF\nid\n\nretry: 5\n\nevent: t\r\n\r\ndata: end";
    assert_eq!(proxy(&[], odd).stdout, odd);
}

#[test]
fn the_proxy_drops_and_renames() {
    let stream = b": c\nid: 1\nevent: ping\nx: y\nretry: 5\ndata: p\n\ndata: a\r\n\r\nevent: old\r\ndata: b\r\n: d\r\nid: 2\r\n\r\nevent: ping\ndata:\n\ndata: c\n\n";
    let output = proxy(&["--drop", "ping", "--rename", "old=new", "--rename", "message=m"], stream);
    assert_eq!(
        out(&output),
        ": c\nretry: 5\n\nid: 1\n\nevent: m\ndata: a\n\nevent: new\nid: 2\ndata: b\n\nevent: m\ndata: c\n\n"
    );
    let output = proxy(&["--drop", "ping"], stream);
    let want: Vec<_> = events(stream)
        .into_iter()
        .filter(|out| !matches!(out, Out::Event { event_type, .. } if event_type == "ping"))
        .collect();
    assert_eq!(events(&output.stdout), want, "the same last event IDs");
    assert!(out(&output).contains("data: a\r\n\r\nevent: old\r\ndata: b\r\n: d\r\nid: 2\r\n\r\n"));
}

#[test]
fn a_heartbeat_passes_the_proxy_at_once() {
    let mut child =
        program::program("proxy").args(["--drop", "x"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for (sent, line) in [(": still here\n", ": still here"), (":\r\n", ":"), ("data: a\n\n", "data: a")] {
        input.write_all(sent.as_bytes()).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), line);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_block_above_the_bound_is_dropped_and_the_rest_passes() {
    let stream = [
        &b"data: a\n\nretry: 7\nid: 9\ndata: "[..],
        &vec![b'x'; 200_000],
        b"\n\ndata: b\n\n: ",
        &vec![b'c'; 300],
        b"\ndata: c\n\n",
    ]
    .concat();
    for arguments in [&["--limit", "100"][..], &["--limit", "100", "--canonical"]] {
        let output = proxy(arguments, &stream);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains("100 bytes"), "{}", said(&output));
        let data: Vec<_> = events(&output.stdout);
        let names: Vec<_> = data
            .iter()
            .map(|out| match out {
                Out::Event { data, last_event_id, .. } => (&**data, &**last_event_id),
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(names, [("a", ""), ("b", "9"), ("c", "9")], "{arguments:?}");
        assert!(items(&output.stdout).contains(&Out::Retry(7)), "{arguments:?}");
    }
}

/// Each of these has once come out wrong: an event that nobody sent, a retry that is half a number, a block that is too large all
/// the same, an id lost, an LF of a block that was dropped.
#[test]
fn what_the_proxy_must_not_write() {
    let output = proxy(&["--drop", "ping"], b"event: ping\ndata: p\n\n\xEF\xBB\xBFdata: x\n\n");
    assert_eq!(output.stdout, b"\n\xEF\xBB\xBFdata: x\n\n");
    assert_eq!(events(&output.stdout), []);
    let output = proxy(&["--limit", "15"], b"data: ppppppppppppppppppppp\n\n\xEF\xBB\xBFdata: x\n\n");
    assert_eq!(events(&output.stdout), []);
    let output = proxy(&["--rename", "old=new"], b"event: old\ndata: x\nretry: 30");
    assert_eq!(out(&output), "event: new\ndata: x\n");
    let output = proxy(&["--limit", "20", "--rename", "old=new"], b"event: old\ndata: x\n: long long comment\n");
    assert_eq!(out(&output), "\n");
    let output = proxy(&["--limit", "20"], b"id: 7\nunknown: xxxxxxxxxxxxxxxxxxxx\n\ndata: b\n\n");
    assert_eq!(items(&output.stdout).len(), 2, "the id, and the event");

    let mut child =
        program::program("proxy").args(["--limit", "12"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut first = [0; 9];
    input.write_all(b"data: a\n\ndata: xxxxxxxxxxxxxxxxxxxx\r").unwrap();
    output.read_exact(&mut first).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    input.write_all(b"\ndata: y\n\ndata: b\n\n").unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "data: b\n\n");
    child.wait().unwrap();
}

#[test]
fn canonical_closes_the_hole_of_the_lone_cr() {
    let stream = b"data: harmless\rdata: not\revent: x\r\rid: 5\r\r: c\rretry: 07\r\n\r";
    assert_eq!(out(&proxy(&["--canonical"], stream)), "event: x\ndata: harmless\ndata: not\n\nid: 5\n\n: c\nretry: 7\n\n");
    assert_eq!(
        out(&proxy(&["--canonical", "--drop", "t"], b"id: 1\nevent: t\nretry: 5\ndata: a\n\ndata: b")),
        "retry: 5\n\nid: 1\n\ndata: b\n"
    );
}

#[test]
fn the_proxy_says_what_is_wrong_with_its_arguments() {
    for (arguments, why) in [
        (&["--rename", "a"][..], "it needs OLD=NEW"),
        (&["--rename", "a=b\n"], "cannot carry the byte 0x0a"),
        (&["--limit", "x"], "invalid digit"),
        (&["file"], "unexpected argument"),
    ] {
        let output = proxy(arguments, b"");
        assert!(said(&output).contains(why) && output.status.code() == Some(2), "{}", said(&output));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever passes: the same bytes without rules; with them, the events that are not dropped, with the same last event IDs,
    /// and every retry once.
    #[test]
    fn any_stream_through_the_proxy(parts in proptest::collection::vec(streams::stream(), 1..6)) {
        let stream = parts.concat();
        prop_assert_eq!(&proxy(&[], &stream).stdout, &stream);
        let want: Vec<_> = events(&stream).into_iter().filter(|out| !matches!(out, Out::Event { event_type, .. } if event_type == "t")).collect();
        let retries = |stream: &[u8]| items(stream).into_iter().filter(|item| matches!(item, Out::Retry(_))).count();
        let unlossy = |mut out: Vec<Out>| {
            out.iter_mut().for_each(|out| if let Out::Event { lossy, .. } = out { *lossy = false; });
            out
        };
        for arguments in [&["--drop", "t"][..], &["--drop", "t", "--canonical"]] {
            let output = proxy(arguments, &stream);
            prop_assert_eq!(unlossy(events(&output.stdout)), unlossy(want.clone()), "{:?}", arguments);
            if arguments.len() == 3 {
                prop_assert_eq!(retries(&output.stdout), retries(&stream));
            }
        }
    }
}
