//! What the interop tests share: programs that end with the test, the server under test, a small web server, and the record of
//! what was checked, from which ci/interop.sh makes the table in docs/interop.md.

pub mod record;
pub mod web;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use ssewire::{EventBuf, EventStream, LAST_EVENT_ID, Parser};

pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program of ours, as ci/interop.sh built it.
pub fn ours(name: &str) -> PathBuf {
    let path = PathBuf::from(std::env::var("INTEROP_PROGRAMS").expect("run ci/interop.sh")).join(name);
    assert!(path.exists(), "{} is not built: run ci/interop.sh", path.display());
    path
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that ends with its owner.
pub struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; run ci/interop.sh, which installs it"));
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The same, once it answers on this port.
    pub async fn listening(command: &mut Command, port: u16) -> Self {
        let program = Self::start(command);
        let start = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "{command:?} does not listen on {port}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        program
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints; empty at its end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next line that it prints, as it is.
    pub fn raw_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        assert!(self.output.read_until(b'\n', &mut line).unwrap() > 0, "the program has ended");
        line
    }

    /// The next lines that it prints, as JSON.
    pub fn json_lines(&mut self, count: usize) -> Vec<Value> {
        let line = |_| {
            let line = self.line();
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
        };
        (0..count).map(line).collect()
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// At once, as when a machine dies.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// examples/live, on a port of its own.
pub struct Live {
    program: Program,
    pub url: String,
    client: reqwest::Client,
}

impl Live {
    /// Without prices, so that there is only what a test publishes.
    pub async fn start(options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", options).await
    }

    pub async fn start_at(listen: &str, options: &[&str]) -> Self {
        let mut program = Program::start(Command::new(ours("live")).args(["--listen", listen, "--prices", "0"]).args(options));
        let line = program.line();
        let url = line.strip_prefix("live: ").unwrap_or_else(|| panic!("live does not listen on {listen}: {line:?}"));
        Self { url: url.to_owned(), program, client: reqwest::Client::new() }
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn events(&self) -> String {
        format!("{}/events", self.url)
    }

    /// Publishes an event; its id.
    pub async fn publish(&self, event_type: &str, data: &str) -> String {
        let event = json!({ "event": event_type, "data": data });
        let answer = self.client.post(format!("{}/publish", self.url)).json(&event).send().await.unwrap();
        let answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
        answer["id"].as_str().unwrap().to_owned()
    }

    pub async fn stats(&self, name: &str) -> u64 {
        let answer = self.client.get(format!("{}/stats", self.url)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()[name].as_u64().unwrap()
    }

    /// Waits until there are so many subscribers.
    pub async fn subscribers(&self, count: u64) {
        until(&format!("{count} subscribers"), async || self.stats("subscribers").await == count).await;
    }

    pub fn process(&self) -> u32 {
        self.program.id()
    }

    pub fn kill(&mut self) {
        self.program.kill();
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.program.wait()
    }
}

/// Waits, but not for ever.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(30), "no {what} in 30 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The events of a server, by [`EventStream`].
pub async fn connect(
    url: &str,
    last_event_id: &str,
) -> EventStream<impl Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin + use<>> {
    let mut request = reqwest::Client::new().get(url).header("accept", ssewire::CONTENT_TYPE);
    if !last_event_id.is_empty() {
        request = request.header(LAST_EVENT_ID, last_event_id);
    }
    let response = request.send().await.unwrap().error_for_status().unwrap();
    let content_type = response.headers()["content-type"].as_bytes();
    assert!(ssewire::is_event_stream(content_type), "{content_type:?}");
    // The parser goes on from there: if nothing comes, it still knows where it was.
    let mut parser = Parser::new();
    parser.set_last_event_id(last_event_id).unwrap();
    EventStream::with_parser(response.bytes_stream(), parser)
}

/// The next event, if it comes soon.
pub async fn next<S: Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin>(events: &mut EventStream<S>) -> EventBuf {
    let event = tokio::time::timeout(Duration::from_secs(20), events.next()).await.expect("an event in 20 s");
    event.expect("no end").unwrap()
}

/// Where a test's programs write what they have to say.
pub fn log(name: &str) -> File {
    let directory = here("target/logs");
    std::fs::create_dir_all(&directory).unwrap();
    File::create(directory.join(name)).unwrap()
}

/// Data that trips readers and writers up. (A CR comes back as LF: the format has no way to carry one.)
pub const TRICKY: [(&str, &str, &str); 10] = [
    ("", "plain", "plain"),
    ("priceUpdate", r#"{"symbol":"AAPL","price":189.5}"#, r#"{"symbol":"AAPL","price":189.5}"#),
    ("", "two\nlines", "two\nlines"),
    ("", "ends\n\n", "ends\n\n"),
    ("", "a CRLF\r\nand a CR\rhere", "a CRLF\nand a CR\nhere"),
    ("", " a space, : a colon", " a space, : a colon"),
    ("", "data: not a field\nid: 7", "data: not a field\nid: 7"),
    ("typ with ünïcode", "你好, 👋 \u{2028} \u{85} \u{feff}", "你好, 👋 \u{2028} \u{85} \u{feff}"),
    ("", "\u{feff}a BOM first", "\u{feff}a BOM first"),
    ("empty", "", ""),
];

/// Publishes all of [`TRICKY`]; what a client should see of it, as JSON.
pub async fn publish_tricky(live: &Live) -> Vec<Value> {
    let mut want = Vec::new();
    for (event_type, data, comes_back) in TRICKY {
        let id = live.publish(event_type, data).await;
        let event_type = if event_type.is_empty() { "message" } else { event_type };
        want.push(json!({ "type": event_type, "id": id, "data": comes_back }));
    }
    want
}
