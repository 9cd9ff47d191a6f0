//! `sse bench`, as a user runs it.

mod program;

use program::{out, run, said};

#[test]
fn measures_each_size_of_chunks() {
    let output = run("bench", &["--time", "1", "--chunks", "1,64"], b"data: a\n\ndata: b\n\n");
    let lines: Vec<Vec<&str>> = out(&output).lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, chunk) in lines[1..].iter().zip(["1", "64"]) {
        assert_eq!((line[0], line[2], line[4], line[6]), (chunk, "2", "ns", "GB/s"), "{line:?}");
        assert!(line[3].parse::<f64>().unwrap() > 0.0 && line[7].parse::<f64>().unwrap() > 0.0, "{line:?}");
    }
    assert_eq!((output.status.code(), said(&output)), (Some(0), ""));
}

#[test]
fn a_stream_without_events_has_no_time_for_each() {
    for input in [&b""[..], b"\n", b": only a comment\n\n"] {
        let output = run("bench", &["--time", "1"], input);
        assert_eq!((output.status.code(), said(&output)), (Some(0), ""));
        let lines = out(&output).lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.for_each(|line| assert_eq!(line[2..4], ["0", "-"], "{line:?}"));
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let output = run("bench", &["nowhere"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).starts_with("sse bench: cannot open nowhere: "), "{}", said(&output));
}
