//! The client without a runtime.

mod support;

use support::{answer, run, send, serve, stream};

fn follow(arguments: &[&str]) -> (String, String, Option<i32>) {
    run(env!("CARGO_BIN_EXE_follow"), arguments)
}

#[test]
fn c3_it_resumes_skips_early_hints_and_stops_when_the_server_says_so() {
    let (url, requests) = serve(vec![
        vec![stream(), send("retry: 100\nid: 1\ndata: one\n\nid: 2\ndata: cut o")],
        vec![send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
             9\r\nid: 2\neve\r\n11\r\nnt: t\ndata: two\n\n\r\n0\r\n\r\n",
        )],
        // Informational answers come first.
        vec![send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), stream(), send("data: three\n\n")],
        answer("204 No Content", "", ""),
    ]);
    let (out, said, status) = follow(&[&url]);
    assert_eq!((&*out, status), ("message 1 one\nt 2 two\nmessage 2 three\n", Some(0)), "{said}");
    let requests: Vec<_> = requests.try_iter().map(|request| String::from_utf8(request).unwrap().to_lowercase()).collect();
    let ids: Vec<_> =
        requests.iter().map(|request| request.lines().find_map(|line| line.strip_prefix("last-event-id: "))).collect();
    assert_eq!(ids, [None, Some("1"), Some("2"), Some("2")]);
    assert!(requests.iter().all(|request| request.contains("\naccept: text/event-stream\r\n")));
}

#[test]
fn it_gives_up_where_another_attempt_would_not_help() {
    let (url, _) = serve(vec![answer("404 Not Found", "Content-Type: text/plain\r\n", "no such stream")]);
    let (_, said, status) = follow(&[&url]);
    assert_eq!(status, Some(1));
    assert!(said.contains("404") && said.ends_with("no such stream\n"), "{said}");
    let (url, _) = serve(vec![answer("200 OK", "Content-Type: application/json\r\n", "{}")]);
    assert_eq!(follow(&[&url]).2, Some(1));
}

#[test]
fn it_ends_after_as_many_events_as_were_asked_for() {
    let (url, _) = serve(vec![vec![stream(), send("data: 1\n\ndata: 2\n\ndata: 3\n\n")]]);
    let (out, _, status) = follow(&[&url, "--max", "2"]);
    assert_eq!((&*out, status), ("message  1\nmessage  2\n", Some(0)));
}

#[test]
fn wrong_usage_is_told() {
    for arguments in [&[][..], &["http://"], &["http://a b/"], &["http://a/", "--max", "x"], &["--what"]] {
        let (_, said, status) = follow(arguments);
        assert_eq!(status, Some(2), "{arguments:?}");
        assert!(said.starts_with("follow: ") && said.contains("usage:"), "{said}");
    }
}
