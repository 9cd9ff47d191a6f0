//! The program `examples/follow.rs` against small servers on loopback.
#![cfg(feature = "std")]

mod support;

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Output,
    thread,
};

use support::program::{self, out, said};

/// Answers one connection after the other, and gives back the `Last-Event-ID` of each.
fn serve(answers: &'static [&'static str], arguments: &[&str]) -> (Output, Vec<Option<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events?x=1", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        answers
            .iter()
            .map(|answer| {
                let (socket, _) = listener.accept().unwrap();
                let id = read_request(&socket);
                (&socket).write_all(answer.as_bytes()).unwrap();
                id
            })
            .collect()
    });
    let output = program::run("follow", &[&[&*url], arguments].concat(), b"");
    (output, server.join().unwrap())
}

fn read_request(socket: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "GET /events?x=1 HTTP/1.1");
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(head.contains(&"Accept: text/event-stream".to_owned()));
    head.iter().find_map(|line| line.strip_prefix("last-event-id: ")).map(str::to_owned)
}

#[test]
fn reconnects_with_the_last_event_id_until_the_server_says_204() {
    let (output, ids) = serve(
        &[
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 100\nid: 1\ndata: one\n\nid: 2\ndata: cut o",
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
             9\r\nid: 2\neve\r\n11\r\nnt: t\ndata: two\n\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 13\r\n\r\ndata: three\n\nnot this",
            "HTTP/1.1 204 No Content\r\n\r\n",
        ],
        &[],
    );
    assert_eq!(out(&output), "message 1 one\nt 2 two\nmessage 2 three\n");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(ids, [None, Some("1".to_owned()), Some("2".to_owned()), Some("2".to_owned())]);
}

#[test]
fn gives_up_where_another_attempt_would_not_help() {
    for (answer, why) in [
        ("HTTP/1.1 404 Not Found\r\n\r\n", "status 404"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}", "not of the type text/event-stream"),
    ] {
        let answers: &'static [&'static str] = Box::leak(Box::new([answer]));
        let (output, _) = serve(answers, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(why), "{}", said(&output));
    }
}

#[test]
fn ends_after_as_many_events_as_were_asked_for() {
    let (output, _) = serve(
        &["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\ndata: 3\n\n"],
        &["--max", "2"],
    );
    assert_eq!((out(&output), output.status.code()), ("message  1\nmessage  2\n", Some(0)));
}

#[test]
fn says_what_is_wrong_with_its_arguments() {
    for arguments in [&[][..], &["https://localhost/"], &["http://"], &["http://a b/"], &["--max", "x"]] {
        let output = program::run("follow", arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).starts_with("follow: ") && said(&output).contains("usage:"), "{}", said(&output));
    }
}
