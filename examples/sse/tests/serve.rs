//! `sse serve`, followed by `sse watch`.
#![cfg(feature = "net")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

fn sse(arguments: &[&str]) -> Program {
    let mut sse = Command::new(env!("CARGO_BIN_EXE_sse"));
    Program(sse.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// The first line, which is where it listens.
fn url(server: &mut Program) -> String {
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    url.trim().to_owned()
}

#[test]
fn lines_of_standard_input_reach_all_who_watch() {
    let mut server = sse(&["serve", "--listen", "127.0.0.1:0", "--retry", "50"]);
    let url = url(&mut server);
    let events = format!("{url}/events");
    let mut watches = [(); 2].map(|()| sse(&["watch", &events, "--max", "2"]));
    for watch in &mut watches {
        let mut said = BufReader::new(watch.0.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert_eq!(line, "sse watch: connected\n");
        // (It is read on, so that the program can say more.)
        std::thread::spawn(move || said.read_to_string(&mut String::new()));
    }
    let mut input = server.0.stdin.take().unwrap();
    input.write_all("one\ntwo \u{1F600}\n".as_bytes()).unwrap();
    let mut outs = watches.map(|mut watch| {
        let mut out = String::new();
        watch.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        assert!(watch.0.wait().unwrap().success());
        out
    });
    assert_eq!(outs[0], outs[1]);
    let lines: Vec<_> = outs[0].split_inclusive('\n').collect();
    assert!(lines[0].starts_with(r#"{"data":"one","event":"message","id":""#), "{outs:?}");
    assert!(lines[1].contains("two \u{1F600}"));
    // Who comes back gets what it has missed.
    let id = lines[0].rsplit('"').nth(1).unwrap();
    let mut back = sse(&["watch", &events, "--since", id, "--max", "1"]);
    outs[0].clear();
    back.0.stdout.take().unwrap().read_to_string(&mut outs[0]).unwrap();
    assert!(outs[0].contains("two"));
    // At the end of the input it ends.
    drop(input);
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn a_recorded_stream_is_replayed() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../streams/anthropic.sse");
    let mut server = sse(&["serve", sample, "--listen", "127.0.0.1:0", "--rate", "20", "--repeat"]);
    let events = format!("{}/events", url(&mut server));
    let mut watch = sse(&["watch", &events, "--max", "3", "--type", "content_block_delta"]);
    let mut out = String::new();
    watch.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out.lines().filter(|line| line.contains("\"event\":\"content_block_delta\"")).count(), 3, "{out}");
}

#[test]
fn headers_and_a_body_are_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/chat", listener.local_addr().unwrap());
    let asking = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\"stream\":true}") {
            let mut buffer = [0; 1024];
            let length = socket.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..length]);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hi\n\n").unwrap();
        String::from_utf8(request).unwrap().to_lowercase()
    });
    let arguments = ["watch", &url, "--max", "1", "-H", "Authorization: Bearer x", "--data", "{\"stream\":true}"];
    let mut watch = sse(&arguments);
    assert!(watch.0.wait().unwrap().success());
    let request = asking.join().unwrap();
    for part in ["post /chat", "authorization: bearer x", "content-type: application/json", "accept: text/event-stream"] {
        assert!(request.contains(part), "{request}");
    }
}
