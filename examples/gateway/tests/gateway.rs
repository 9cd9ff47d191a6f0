//! The gateway as a program, between a client and a server of this test.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use axum::{
    Router,
    body::Bytes,
    http::HeaderMap,
    routing::{get, post},
};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

const STREAM: &str = concat!(
    ": hello\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\r\n\r\n",
    "id: 7\nevent: t\ndata: {\"user\":\"somebody\",\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n",
    "retry:5\ndata: [DONE]\n\n"
);

#[tokio::test]
async fn it_redacts_counts_and_passes_the_rest_as_it_came() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let answer = async |headers: HeaderMap, body: Bytes| {
        assert_eq!((&headers["last-event-id"], &body[..]), (&"6".parse().unwrap(), &b"a question"[..]));
        ([("content-type", "text/event-stream"), ("x-of", "upstream")], STREAM)
    };
    let compressed = async || ([("content-type", "text/event-stream"), ("content-encoding", "gzip")], "\x1F");
    let app = Router::new()
        .route("/chat", post(answer))
        .route("/compressed", get(compressed))
        .fallback(async || "no events: {\"user\":1}");
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut gateway = Command::new(env!("CARGO_BIN_EXE_gateway"));
    let mut gateway = Program(gateway.args([&upstream, "0"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(gateway.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let url = url.trim();

    let client = reqwest::Client::new();
    let got = client.post(format!("{url}/chat?x=y")).header("Last-Event-ID", "6").body("a question").send().await.unwrap();
    assert_eq!(got.headers()["x-of"], "upstream");
    let body = got.text().await.unwrap();
    let redacted = "event: t\nid: 7\ndata: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}],\"user\":\"***\"}\n\n";
    let id = STREAM.find("id: 7").unwrap();
    assert_eq!(body, [&STREAM[..id], redacted, &STREAM[STREAM.find("retry").unwrap()..]].concat());
    assert_eq!(reqwest::get(format!("{url}/tokens")).await.unwrap().text().await.unwrap(), "2");
    assert_eq!(reqwest::get(format!("{url}/page")).await.unwrap().text().await.unwrap(), "no events: {\"user\":1}");
    // What cannot be read must not pass unseen.
    assert_eq!(reqwest::get(format!("{url}/compressed")).await.unwrap().status(), 502);
}
