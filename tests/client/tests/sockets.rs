//! The clients of `src/lib.rs` against a server that follows a script, over real sockets.

#[path = "../../../examples/chat/tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use ssewire_client_tests::{hyper, reqwest, ureq};
use support::{Do, answer, send, serve, stream};

/// An answer with an event stream whose body ought to be longer: its end is a failure of the transfer.
fn cut() -> Do {
    send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n")
}

/// What a client says of a delay, without it: jitter makes it vary.
fn without_delay(line: String) -> String {
    line.split_once("trying again in ").map(|(what, _)| format!("{what}again")).unwrap_or(line)
}

/// All that each client says of a script, and the last event IDs that it sent. They say the same.
fn all(script: &[Vec<Do>]) -> (Vec<String>, Vec<String>) {
    let mut results = Vec::new();
    for library in ["reqwest", "hyper", "ureq"] {
        let (url, requests) = serve(script.to_vec());
        let mut lines = Vec::new();
        let say = |line: String| lines.push(without_delay(line));
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let end = match library {
            "reqwest" => runtime().block_on(reqwest(url, say)),
            "hyper" => runtime().block_on(hyper(url, say)),
            _ => ureq(url, say),
        };
        lines.extend(end.err().map(|error| format!("FINAL {error}")));
        let requests: Vec<_> = requests.try_iter().map(|request| String::from_utf8(request).unwrap().to_lowercase()).collect();
        for request in &requests {
            assert!(request.contains("\naccept: text/event-stream\r\n") && request.contains("\ncache-control: no-cache\r\n"));
        }
        let id =
            |request: &String| request.lines().find_map(|line| line.strip_prefix("last-event-id: ")).unwrap_or("").to_owned();
        results.push((library, lines, requests.iter().map(id).collect::<Vec<_>>()));
    }
    let (_, lines, ids) = results.remove(0);
    for (library, others, other_ids) in results {
        assert_eq!((others, other_ids), (lines.clone(), ids.clone()), "{library}");
    }
    (lines, ids)
}

const ENDED: &str = "the server ended the stream; again";
const CUT_OFF: &str = "the stream ended in the middle of an event; again";
const LOST: &str = "the connection was lost; again";
const NOBODY: &str = "no answer came from the server; again";

/// Ends each script.
fn nothing_more() -> Vec<Do> {
    answer("204 No Content", "", "")
}

#[test]
fn lost_in_the_head_in_an_event_between_cr_and_lf_and_behind_an_id() {
    let (lines, ids) = all(&[
        vec![stream(), send("retry: 100\nid: 1\ndata: one\n\n")],
        vec![send("HTTP/1.1 200 OK\r\nContent-Ty")],
        vec![stream(), send("id: 2\ndata: tw")],
        vec![cut(), send("id: 2\ndata: two\r\n\r")],
        vec![cut(), send("\n\nid: 3\n")],
        vec![stream(), send("id: 3\n\n")],
        vec![stream(), send("data: three\n\n")],
        nothing_more(),
    ]);
    assert_eq!(lines, ["one", ENDED, NOBODY, CUT_OFF, "two", LOST, LOST, ENDED, "three", ENDED]);
    assert_eq!(ids, ["", "1", "1", "1", "2", "2", "3", "3"]);
}

#[test]
fn statuses() {
    let retry = vec![stream(), send("retry: 100\nid: 7\ndata: x\n\n")];
    for (status, temporary) in [
        ("401 Unauthorized", false),
        ("404 Not Found", false),
        ("429 Too Many Requests", true),
        ("500 Internal Server Error", true),
        ("503 Service Unavailable", true),
    ] {
        for header in ["", "Retry-After: 1\r\n"] {
            let start = Instant::now();
            let (lines, ids) = all(&[retry.clone(), answer(status, header, "because"), nothing_more()]);
            let told = format!("the server answered {status} (no type) instead of an event stream: because");
            if temporary {
                assert_eq!(lines, ["x", ENDED, &format!("{told}; again")]);
                assert_eq!(ids, ["", "7", "7"]);
                assert!(
                    header.is_empty() || start.elapsed() >= Duration::from_secs(3),
                    "each of three clients waits for a second"
                );
            } else {
                assert_eq!(lines, ["x", ENDED, &format!("FINAL {told}")]);
            }
        }
    }
    assert_eq!(all(&[nothing_more()]).0, [""; 0]);
    // The id is forgotten, once.
    let too_large = answer("431 Request Header Fields Too Large", "", "");
    let (lines, ids) = all(&[retry.clone(), too_large.clone(), vec![stream(), send("data: y\n\n")], too_large]);
    assert_eq!((lines.len(), ids), (6, ["", "7", "", ""].map(str::to_owned).to_vec()));
}

#[test]
fn redirects_are_the_librarys() {
    let script = vec![
        answer("307 Temporary Redirect", "Location: /elsewhere\r\n", ""),
        vec![stream(), send("data: x\n\n")],
        nothing_more(),
    ];
    let (url, _) = serve(script);
    let mut lines = Vec::new();
    ureq(url, |line| lines.push(without_delay(line))).unwrap();
    assert_eq!(lines, ["x", ENDED]);
}

#[test]
fn what_is_no_stream() {
    let told = |lines: Vec<String>| lines.into_iter().next_back().unwrap();
    let html = answer("200 OK", "Content-Type: text/html\r\n", "<h1>Hello</h1>");
    assert_eq!(told(all(&[html]).0), "FINAL the server answered 200 OK (text/html) instead of an event stream: <h1>Hello</h1>");
    let none = answer("200 OK", "", "data: x\n\n");
    assert_eq!(told(all(&[none]).0), "FINAL the server answered 200 OK (no type) instead of an event stream: data: x");
    // An endless body: the client goes after 64 KiB.
    let mut endless = vec![send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")];
    endless.extend(std::iter::repeat_n(send(&"endless ".repeat(1000)), 1000));
    assert!(told(all(&[endless]).0).ends_with("endless endless …"));
    // A body that never comes.
    let never = vec![send("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"), Do::Stay];
    assert_eq!(told(all(&[never]).0), "FINAL the server answered 404 Not Found (no type) instead of an event stream");
    // JSON of the right type.
    let json = vec![stream(), send(r#"{"error":"quota"}"#)];
    let looks = r#"the body is no event stream, it looks like JSON: {"error":"quota"}"#;
    assert_eq!(all(&[json, nothing_more()]).0, [format!("{looks}; again")]);
    // Compressed, though nobody asked for it.
    let gzip = vec![stream(), Do::Bytes(b"\x1F\x8B\x08\0\0\0\0\0\0\x03KI,ITH\xAA\xE4\xE2\x02\0"), Do::Stay];
    assert!(told(all(&[gzip]).0).starts_with("FINAL the body is no event stream, it looks like gzip"));
}

#[test]
fn a_hundred_connections_lose_nothing_and_give_nothing_twice() {
    let mut script: Vec<_> = (1..=100)
        .map(|id| {
            let text = format!("retry: 1\n: hello\n\nid: {id}\r\ndata: {id}\r\ndata: ü\r\n\r\nid: {}\ndata: cut", id + 1);
            let (head, pieces) = if id % 2 == 0 { (stream(), 1) } else { (cut(), 7) };
            let chunk = text.len().div_ceil(pieces);
            // (At characters.)
            let ends: Vec<_> = (1..=pieces)
                .map(|piece| {
                    (piece * chunk..).find(|end| text.is_char_boundary((*end).min(text.len()))).unwrap().min(text.len())
                })
                .collect();
            let starts = std::iter::once(0).chain(ends.clone());
            std::iter::once(head).chain(starts.zip(ends).map(|(start, end)| send(&text[start..end]))).collect()
        })
        .collect();
    script.push(nothing_more());
    let (lines, ids) = all(&script);
    let data: Vec<_> = lines.into_iter().filter(|line| line.ends_with('ü')).collect();
    assert_eq!(data, (1..=100).map(|id| format!("{id}\nü")).collect::<Vec<_>>());
    assert_eq!(ids[1..], (1..=100).map(|id| id.to_string()).collect::<Vec<_>>());
}
