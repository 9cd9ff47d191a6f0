//! `sse decode`, as a user runs it.

mod program;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Output, Stdio},
};

use program::{out, said, stream};

fn decode() -> Command {
    program::program("decode")
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    program::run("decode", arguments, input)
}

#[test]
fn prints_each_event_as_a_line_of_json() {
    let output = run(&[], b"data: a\n\nid: 1\nevent: t\ndata: \"b\ndata: \xC3\xA9\\\n\n: c\n\nid: 2\n\n");
    assert_eq!(
        out(&output),
        "{\"event\":\"message\",\"data\":\"a\",\"id\":\"\"}\n{\"event\":\"t\",\"data\":\"\\\"b\\né\\\\\",\"id\":\"1\"}\n"
    );
    assert_eq!((output.status.code(), said(&output)), (Some(0), ""));
}

#[test]
fn prints_everything_with_all() {
    let output = run(&["--all"], b": c\nretry: 3000\nid: 1\ndata: a\n\nid: 2\n\n: x\n\ndata: b");
    assert_eq!(
        out(&output),
        r#"{"comment":"c"}
{"retry":3000}
{"event":"message","data":"a","id":"1","own_id":"1"}
{"last_event_id":"2"}
{"comment":"x"}
{"end":{"events":1,"last_event_id":"2","retry":3000,"truncated":true}}
"#
    );
    let output = run(&["--all"], b"");
    assert_eq!(out(&output), "{\"end\":{\"events\":0,\"last_event_id\":\"\",\"retry\":null,\"truncated\":false}}\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn flush_gives_out_what_the_end_cuts_off() {
    let output = run(&["--flush", "--all"], b"id: 1\ndata: a");
    assert_eq!(
        out(&output),
        "{\"event\":\"message\",\"data\":\"a\",\"id\":\"1\",\"own_id\":\"1\"}\n\
         {\"end\":{\"events\":1,\"last_event_id\":\"\",\"retry\":null,\"truncated\":true}}\n"
    );
    assert_eq!(out(&run(&[], b"data: a")), "");
}

#[test]
fn starts_with_the_last_event_id() {
    let output = run(&["--last-event-id", "41", "--all"], b"data: a\n\n");
    assert!(out(&output).starts_with("{\"event\":\"message\",\"data\":\"a\",\"id\":\"41\"}\n"));
    assert!(out(&output).contains("\"last_event_id\":\"41\""));
}

#[test]
fn every_sample_stream_is_the_same_at_every_chunk_size() {
    for path in program::streams() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let path = path.to_str().unwrap();
        let whole = run(&["--all", path], b"");
        assert_eq!((whole.status.code(), said(&whole)), (Some(0), ""), "{name}");
        assert_eq!(out(&whole).contains("\"truncated\":true"), name.starts_with("cut-off"), "{name}");
        assert!(out(&whole).lines().count() >= 2, "{name}");
        for chunk in ["1", "2", "7", "100"] {
            let cut = run(&["--all", "--chunk", chunk, path], b"");
            assert_eq!(out(&cut), out(&whole), "{name} in chunks of {chunk}");
        }
        assert_eq!(out(&run(&["--all"], &std::fs::read(path).unwrap())), out(&whole), "{name} on standard input");
    }
}

#[test]
fn an_event_dropped_for_its_size_is_said_and_the_rest_is_printed() {
    let input = b"data: 1\n\ndata: much too long\n\ndata: 2\n\n";
    let output = run(&["--limit", "8"], input);
    assert_eq!(out(&output).lines().count(), 2);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("larger than the limit of 8 bytes"), "{}", said(&output));
    let output = run(&["--limit", "8", "--all"], input);
    assert!(out(&output).contains("{\"error\":\"the event in the block at byte 9"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(1));
    // A comment is no event.
    let output = run(&["--limit", "8", "--all"], b": much too long\ndata: 1\n\n");
    assert!(out(&output).contains("{\"error\":\"the comment"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn bad_input_is_a_clear_sentence_and_status_2() {
    let missing = stream("no-such-stream.sse").into_os_string().into_string().unwrap();
    let directory = stream("").into_os_string().into_string().unwrap();
    for (arguments, why) in [
        (&[&*missing][..], "cannot open"),
        (&[&directory], "cannot read"),
        (&["--chunk", "0"], "0 is not in 1.."),
        (&["--chunk", "many"], "invalid digit"),
        (&["--chunk"], "a value is required"),
        (&["--limit=-1"], "invalid digit"),
        (&["--unknown"], "unexpected argument '--unknown'"),
        (&["one", "two"], "unexpected argument 'two'"),
        (&["--last-event-id", "a\nb"], "cannot carry the byte 0x0a"),
    ] {
        let output = run(arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(why), "{arguments:?}: {}", said(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
    let help = run(&["--help"], b"");
    assert!(out(&help).contains("Usage: sse decode") && help.status.success());
}

#[test]
fn a_stream_cut_off_in_an_event_loses_nothing_before_it() {
    let output = run(&["--all", stream("cut-off.sse").to_str().unwrap()], b"");
    let lines: Vec<_> = out(&output).lines().collect();
    assert_eq!(lines[0], r#"{"event":"message","data":"whole","id":"1","own_id":"1"}"#);
    assert_eq!(lines[1], r#"{"end":{"events":1,"last_event_id":"1","retry":null,"truncated":true}}"#);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn each_event_is_printed_as_it_arrives() {
    let mut child = decode().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for (stream, data) in [("data: a\r\r", "a"), ("\ndata: b\n\nda", "b"), ("ta: c\n\n", "c")] {
        input.write_all(stream.as_bytes()).unwrap();
        // Would wait for good if the program waited for more.
        assert!(lines.next().unwrap().unwrap().contains(&format!("\"data\":\"{data}\"")));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut child = decode().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(&b"data: a\n\n".repeat(10_000));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), said(&output)), (Some(0), ""));
}
