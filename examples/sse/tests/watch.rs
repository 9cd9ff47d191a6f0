//! `sse watch`, as a user runs it.
#![cfg(feature = "net")]

#[path = "../../chat/tests/support/mod.rs"]
mod support;

use support::{Do, answer, run, send, serve, stream};

fn watch(url: &str, options: &[&str]) -> (String, String, Option<i32>) {
    run(env!("CARGO_BIN_EXE_sse"), &[&["watch", url], options].concat())
}

fn last_event_id(request: &[u8]) -> Option<&[u8]> {
    request.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"last-event-id: ")).map(<[u8]>::trim_ascii_end)
}

#[test]
fn it_resumes_and_stops_when_the_server_says_so() {
    let (url, requests) = serve(vec![
        vec![stream(), send("retry: 100\nid: ünö\ndata: one\n\nid: 2\ndata: cut o")],
        vec![stream(), send("event: t\ndata: two\ndata: lines\n\n")],
        answer("204 No Content", "", ""),
    ]);
    let (out, said, status) = watch(&url, &["--since", "before"]);
    let lines = "{\"data\":\"one\",\"event\":\"message\",\"id\":\"ünö\"}\n{\"data\":\"two\\nlines\",\"event\":\"t\"}\n";
    assert_eq!((&*out, status), (lines, Some(0)), "{said}");
    let requests: Vec<_> = requests.try_iter().collect();
    let ids: Vec<_> = requests.iter().map(|request| last_event_id(request)).collect();
    assert_eq!(ids, [Some(&b"before"[..]), Some("ünö".as_bytes()), Some("ünö".as_bytes())]);
}

#[test]
fn silence_reconnects_but_heartbeats_do_not() {
    let mut beating = vec![stream(), send("retry: 100\n\ndata: one\n\n")];
    for _ in 0..30 {
        beating.extend([Do::Wait(100), send(":\n")]);
    }
    beating.push(Do::Stay);
    let (url, _) = serve(vec![beating, vec![stream(), send("data: two\n\n"), Do::Stay]]);
    let start = std::time::Instant::now();
    let (out, said, status) = watch(&url, &["--silence", "1500", "--max", "2"]);
    assert_eq!((out.lines().count(), status), (2, Some(0)), "{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert!(start.elapsed().as_millis() >= 4500, "the heartbeats of three seconds, and silence");
}

#[test]
fn an_id_that_no_header_can_carry_is_not_sent() {
    let (url, requests) = serve(vec![
        vec![stream(), send("retry: 100\nid: a\u{1}b\ndata: one\n\n")],
        vec![stream(), send("data: two\n\n"), Do::Stay],
    ]);
    let (out, said, status) = watch(&url, &["--max", "2"]);
    assert_eq!((out.lines().count(), status), (2, Some(0)), "{said}");
    assert!(requests.try_iter().all(|request| last_event_id(&request).is_none()));
}

#[test]
fn it_gives_up_where_a_browser_does() {
    let (url, requests) = serve(vec![answer("404 Not Found", "Content-Type: text/plain\r\n", "no such stream")]);
    let (out, said, status) = watch(&url, &[]);
    assert_eq!((&*out, status), ("", Some(1)));
    assert!(said.contains("404") && said.ends_with("no such stream\n"), "{said}");
    assert_eq!(requests.try_iter().count(), 1);
    let (url, _) = serve(vec![answer("200 OK", "Content-Type: text/html\r\n", "<p>")]);
    assert_eq!(watch(&url, &[]).2, Some(1));
}

#[test]
fn it_tries_again_when_there_is_no_connection() {
    // A port that nobody listens on, until somebody does.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let program = std::thread::spawn(move || watch(&url, &["--max", "1"]));
    std::thread::sleep(std::time::Duration::from_millis(300));
    let listener = std::net::TcpListener::bind(address).unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    std::io::Read::read(&mut socket, &mut [0; 1024]).unwrap();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n";
    std::io::Write::write_all(&mut socket, answer).unwrap();
    let (out, said, status) = program.join().unwrap();
    assert_eq!((&*out, status), ("{\"data\":\"x\",\"event\":\"message\"}\n", Some(0)));
    assert!(said.contains("trying again in"), "{said}");
}

#[test]
fn what_may_cost_again_is_asked_for_once() {
    let script =
        || vec![vec![stream(), send("retry: 100\n\ndata: token\n\n")], vec![stream(), send("data: token\n\n"), Do::Stay]];
    let (url, requests) = serve(script());
    let (out, said, status) = watch(&url, &["--data", "{}"]);
    assert_eq!((out.lines().count(), status), (1, Some(1)), "{said}");
    assert!(said.ends_with("the server ended the stream\n"), "{said}");
    assert_eq!(requests.try_iter().count(), 1);
    let (url, requests) = serve(script());
    let (out, said, status) = watch(&url, &["--data", "{}", "--reconnect", "--max", "2"]);
    assert_eq!((out.lines().count(), status), (2, Some(0)), "{said}");
    assert_eq!(requests.try_iter().count(), 2);
}

#[test]
fn a_url_without_a_scheme_is_refused_at_once() {
    let (out, said, status) = watch("127.0.0.1:1/events", &[]);
    assert_eq!((&*out, &*said, status), ("", "sse watch: the URL must begin with http:// or https://\n", Some(2)));
}
