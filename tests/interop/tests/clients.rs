//! Clients that others have written read our server.

use std::process::Command;

use serde_json::{Value, json};
use ssewire::Parser;
use ssewire_interop::{
    Live, Program, TRICKY, here, publish_tricky,
    record::{version_of, works_with},
};

const STACKS: [&str; 2] = ["axum", "hyper"];

/// Publishes while the client listens, and compares what it prints.
async fn reads(what: &str, version: &str, client: impl Fn(&str) -> Command) {
    for stack in STACKS {
        let live = Live::start(&["--stack", stack, "--heartbeat", "50"]).await;
        let mut program = Program::start(&mut client(&live.events()));
        live.subscribers(1).await;
        // A few heartbeats.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let want = publish_tricky(&live).await;
        assert_eq!(program.json_lines(TRICKY.len()), want, "{what} on {stack}");
        assert!(program.wait().success(), "{what} on {stack}");
        live.subscribers(0).await;
    }
    let figure = format!("{} events, on axum and on hyper", TRICKY.len());
    works_with(what, version, "reads our server: types, ids, multi-line data, Unicode, heartbeats", &figure);
}

fn count() -> String {
    TRICKY.len().to_string()
}

fn npm_version(package: &str) -> String {
    let json = std::fs::read_to_string(here(&format!("node/node_modules/{package}/package.json"))).expect("run ci/interop.sh");
    serde_json::from_str::<Value>(&json).unwrap()["version"].as_str().unwrap().to_owned()
}

fn debian_version(package: &str) -> String {
    let output = Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn pip_version(package: &str) -> String {
    let requirements = include_str!("../python/requirements.txt");
    requirements.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix("==")).unwrap().to_owned()
}

#[tokio::test]
async fn the_npm_package_eventsource() {
    reads("Node, `eventsource`", &npm_version("eventsource"), |url| {
        let mut command = Command::new("node");
        command.arg(here("node/eventsource.mjs")).args([url, &count()]).args(TRICKY.map(|(event_type, ..)| event_type));
        command
    })
    .await;
}

/// The same package on another runtime, with another `fetch`.
#[tokio::test]
async fn the_npm_package_eventsource_on_bun() {
    let version = format!("{} on Bun {}", npm_version("eventsource"), npm_version("bun"));
    reads("Bun, `eventsource`", &version, |url| {
        let mut command = Command::new(here("node/node_modules/.bin/bun"));
        command.arg(here("node/eventsource.mjs")).args([url, &count()]).args(TRICKY.map(|(event_type, ..)| event_type));
        command
    })
    .await;
}

#[tokio::test]
async fn deno() {
    reads("Deno, `EventSource`", &npm_version("deno"), |url| {
        let mut command = Command::new(here("node/node_modules/.bin/deno"));
        command.args(["run", "--allow-net"]).arg(here("node/deno.mjs")).args([url, &count()]);
        command.args(TRICKY.map(|(event_type, ..)| event_type));
        command
    })
    .await;
}

#[tokio::test]
async fn go() {
    reads("Go, `donovanhide/eventsource`", &debian_version("golang-github-donovanhide-eventsource-dev"), |url| {
        let mut command = Command::new("go");
        // Where Debian has the sources of Go's packages.
        command.envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOFLAGS", "-buildvcs=false")]);
        command.env("GOCACHE", here("target/go"));
        command.arg("run").arg(here("go/client.go")).args([url, &count()]);
        command
    })
    .await;
}

#[tokio::test]
async fn the_npm_package_eventsource_parser() {
    reads("Node, `fetch` and `eventsource-parser`", &npm_version("eventsource-parser"), |url| {
        let mut command = Command::new("node");
        command.arg(here("node/eventsource-parser.mjs")).args([url, &count()]);
        command
    })
    .await;
}

#[tokio::test]
async fn httpx_sse_in_python() {
    reads("Python, `httpx-sse`", &pip_version("httpx-sse"), |url| {
        let mut command = Command::new(here("target/venv/bin/python"));
        command.arg(here("python/client.py")).args([url, &count()]);
        command
    })
    .await;
}

/// What curl prints is the stream as it came.
#[tokio::test]
async fn curl() {
    for stack in STACKS {
        let live = Live::start(&["--stack", stack, "--heartbeat", "50"]).await;
        let mut program = Program::start(Command::new("curl").args(["--silent", "--no-buffer", &live.events()]));
        live.subscribers(1).await;
        let want = publish_tricky(&live).await;
        let (mut parser, mut got) = (Parser::new(), Vec::new());
        while got.len() < want.len() {
            let line = program.raw_line();
            let mut input = &line[..];
            while let Some(event) = parser.next(&mut input).unwrap() {
                got.push(json!({ "type": event.event_type(), "id": event.last_event_id(), "data": event.data() }));
            }
        }
        assert_eq!(got, want);
    }
    let figure = format!("{} events, on axum and on hyper", TRICKY.len());
    works_with("`curl -N`", &version_of("curl", "--version"), "reads our server, line by line as it comes", &figure);
}
