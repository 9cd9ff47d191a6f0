//! The client of a chat completion, against servers that behave and servers that do not.

mod support;

use serde_json::json;
use support::{Do, answer, run, send, serve, stream};

fn token(text: &str) -> Do {
    Do::Send(format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": { "content": text } }] })))
}

fn chat(url: &str, options: &[&str]) -> (String, String, Option<i32>) {
    run(env!("CARGO_BIN_EXE_chat"), &[&["--url", url, "a", "question"], options].concat())
}

#[test]
fn it_prints_the_tokens_and_stops_at_done() {
    let script =
        vec![stream(), token("Hel"), send(": alive\n\n"), token("lo,\n你"), token("好"), send("data: [DONE]\n\n"), Do::Stay];
    let (url, requests) = serve(vec![script]);
    assert_eq!(chat(&url, &[]), ("Hello,\n你好\n".to_owned(), String::new(), Some(0)));
    let request = String::from_utf8(requests.recv().unwrap()).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\n") && head.contains("accept: text/event-stream"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["messages"], json!([{ "role": "user", "content": "a question" }]));
    assert_eq!(body["stream"], true);
}

#[test]
fn an_error_body_is_reported_and_not_read_as_a_stream() {
    let json = r#"{"error": {"message": "no such model", "type": "invalid_request_error"}}"#;
    let (url, _) = serve(vec![answer("404 Not Found", "Content-Type: application/json\r\n", json)]);
    assert_eq!(chat(&url, &[]), (String::new(), "chat: 404 Not Found: no such model\n".to_owned(), Some(1)));
    // Some say 200 to everything.
    let (url, _) = serve(vec![answer("200 OK", "Content-Type: application/json\r\n", r#"{"error": "no key"}"#)]);
    assert_eq!(chat(&url, &[]), (String::new(), "chat: 200 OK: no key\n".to_owned(), Some(1)));
    let (url, _) = serve(vec![answer("403 Forbidden", "Content-Type: text/html\r\n", "<b>go away</b>")]);
    assert_eq!(chat(&url, &[]), (String::new(), "chat: 403 Forbidden: <b>go away</b>\n".to_owned(), Some(1)));
}

#[test]
fn an_error_in_the_stream_is_reported() {
    let (url, _) =
        serve(vec![vec![stream(), token("Hel"), send("data: {\"error\": {\"message\": \"overloaded\"}}\n\n"), Do::Stay]]);
    assert_eq!(chat(&url, &[]), ("Hel\n".to_owned(), "chat: overloaded\n".to_owned(), Some(1)));
}

#[test]
fn the_last_blank_line_may_be_missing() {
    for end in ["data: [DONE]\n", "data: [DONE]"] {
        let (url, _) = serve(vec![vec![stream(), token("Hello"), send(end)]]);
        assert_eq!(chat(&url, &[]), ("Hello\n".to_owned(), String::new(), Some(0)), "{end:?}");
    }
    let stop = "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n";
    let (url, _) = serve(vec![vec![stream(), token("Hello"), send(stop)]]);
    assert_eq!(chat(&url, &[]), ("Hello\n".to_owned(), String::new(), Some(0)));
}

/// It is not asked for again: that would be another answer.
#[test]
fn an_answer_that_is_cut_off_is_a_failure() {
    let (url, requests) = serve(vec![vec![stream(), token("Hel")], vec![stream(), token("Again")]]);
    assert_eq!(chat(&url, &[]), ("Hel\n".to_owned(), "chat: the answer was cut off\n".to_owned(), Some(1)));
    assert_eq!(requests.try_iter().count(), 1);
}

#[test]
fn silence_ends_it_but_heartbeats_do_not() {
    let (url, _) = serve(vec![vec![send("HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\nwhy no"), Do::Stay]]);
    assert_eq!(chat(&url, &["--silence", "400"]), (String::new(), "chat: 404 Not Found: why no\n".to_owned(), Some(1)));
    let (url, _) = serve(vec![vec![stream(), token("Hel"), Do::Stay]]);
    assert_eq!(chat(&url, &["--silence", "400"]), ("Hel\n".to_owned(), "chat: nothing came for 400 ms\n".to_owned(), Some(1)));
    // Of whatever kind, and an event that comes slowly is no silence either.
    let slowly = "data: {\"choices\": [{\"delta\": {\"content\": \"lo\"}}]}\n\n";
    let beats = [[":"; 8].concat(), "\n".repeat(8), "event: ping\n\n".repeat(8), "x: y\n\n".repeat(8), slowly.to_owned()];
    let mut script = vec![stream(), token("Hel"), send("\n")];
    for beat in beats {
        for piece in beat.as_bytes().chunks(beat.len().div_ceil(6)) {
            script.extend([Do::Wait(150), send(str::from_utf8(piece).unwrap())]);
        }
        script.push(send("\n"));
    }
    script.push(send("data: [DONE]\n\n"));
    let (url, _) = serve(vec![script]);
    assert_eq!(chat(&url, &["--silence", "2000"]), ("Hello\n".to_owned(), String::new(), Some(0)));
}

#[test]
fn it_asks_again_as_long_as_nothing_was_answered() {
    let busy =
        answer("429 Too Many Requests", "Content-Type: application/json\r\nRetry-After: 1\r\n", r#"{"error": "slow down"}"#);
    let (url, requests) = serve(vec![busy.clone(), vec![stream(), token("Hello"), send("data: [DONE]\n\n")]]);
    let start = std::time::Instant::now();
    let (out, said, status) = chat(&url, &[]);
    assert_eq!((&*out, status), ("Hello\n", Some(0)));
    assert!(said.starts_with("chat: 429 Too Many Requests: slow down; asking again after "), "{said}");
    assert!(start.elapsed().as_millis() >= 1000, "Retry-After was 1 s");
    assert_eq!(requests.try_iter().count(), 2);

    let (url, _) = serve(vec![busy]);
    let want = "chat: 429 Too Many Requests: slow down\n".to_owned();
    assert_eq!(chat(&url, &["--attempts", "1"]), (String::new(), want, Some(1)));
}

#[test]
fn wrong_usage_is_told() {
    let (out, said, status) = run(env!("CARGO_BIN_EXE_chat"), &[]);
    assert_eq!((&*out, status), ("", Some(2)));
    assert!(said.starts_with("chat: missing question\nusage: chat "), "{said}");
}
