//! examples/live itself, on both stacks, and examples/chat against it.

use std::process::Command;

use futures_util::StreamExt;
use serde_json::{Value, json};
use ssewire_interop::{Live, Program, connect, next, ours, record::works_with};

const STACKS: [&str; 2] = ["axum", "hyper"];

#[tokio::test]
async fn what_cannot_be_published_is_refused() {
    for stack in STACKS {
        let live = Live::start(&["--stack", stack]).await;
        let url = format!("{}/publish", live.url);
        let client = reqwest::Client::new();
        let post = async |mime: &str, body: String| {
            client.post(&url).header("content-type", mime).body(body).send().await.unwrap().status().as_u16()
        };
        let json = "application/json";
        // (As a page from elsewhere could send it.)
        assert_eq!(post("text/plain", json!({ "data": "x" }).to_string()).await, 415);
        assert_eq!(post(json, "{".to_owned()).await, 400);
        assert_eq!(post(json, json!({ "event": "x" }).to_string()).await, 400);
        assert_eq!(post(json, json!({ "data": "x", "id": "7" }).to_string()).await, 400);
        assert_eq!(post(json, json!({ "data": "x", "event": "a\ndata: injected" }).to_string()).await, 400);
        assert_eq!(post(json, json!({ "data": "x".repeat(70_000) }).to_string()).await, 413);
        assert_eq!(live.stats("published").await, 0);
        assert_eq!(post(json, json!({ "data": { "any": ["json"] } }).to_string()).await, 200);
        let events = client.get(live.events()).header("origin", "http://x.example").send().await.unwrap();
        let header = |name: &str| events.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        for (name, value) in [
            ("content-type", Some("text/event-stream")),
            ("cache-control", Some("no-cache")),
            ("x-accel-buffering", Some("no")),
            ("access-control-allow-origin", Some("*")),
            ("content-encoding", None),
            ("content-length", None),
        ] {
            assert_eq!(header(name).as_deref(), value, "{name} on {stack}");
        }
        drop(events);
        assert_eq!(client.head(live.events()).send().await.unwrap().status().as_u16(), 200);
        let preflight = client.request(reqwest::Method::OPTIONS, live.events()).send().await.unwrap();
        assert_eq!(preflight.status().as_u16(), 204);
        assert_eq!(preflight.headers()["access-control-allow-headers"], "last-event-id, cache-control");
        for (path, status) in [("/nothing", 404), ("/publish", 405), ("/", 200)] {
            assert_eq!(client.get(format!("{}{path}", live.url)).send().await.unwrap().status().as_u16(), status, "{path}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_its_streams() {
    for stack in STACKS {
        let mut live = Live::start(&["--stack", stack]).await;
        let mut events = connect(&live.events(), "").await;
        live.publish("", "last words").await;
        assert_eq!(next(&mut events).await.data(), "last words");
        live.signal("TERM");
        assert!(events.next().await.is_none(), "a clean end");
        assert!(live.wait().success());
    }
}

#[tokio::test]
async fn a_chat_completion_comes_token_by_token() {
    for stack in STACKS {
        let live = Live::start(&["--stack", stack, "--token-delay", "5"]).await;
        let url = format!("{}/v1/chat/completions", live.url);
        let mut chat = Program::start(Command::new(ours("chat")).args(["--url", &url, "is", "it", "made up?"]));
        let answer = chat.line();
        assert!(answer.starts_with("You said “is it made up?”.") && answer.ends_with("👋!"), "{answer}");
        assert!(chat.wait().success());

        let client = reqwest::Client::new();
        let question = json!({ "messages": [{ "role": "user", "content": "is it made up?" }] });
        let whole: Value = client.post(&url).json(&question).send().await.unwrap().json().await.unwrap();
        assert_eq!(whole["choices"][0]["message"]["content"], answer);
        let refused = client.post(&url).json(&json!({ "stream": true })).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 400);
        assert!(refused.json::<Value>().await.unwrap()["error"]["message"].is_string());
    }
    works_with(
        "reqwest",
        &ssewire_interop::record::crate_version("reqwest"),
        "`chat` reads a completion of `live`",
        "as the whole answer",
    );
}
