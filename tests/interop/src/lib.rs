//! What the interop tests share: programs that end with the test, the server under test, a small web server, and the record of
//! what was checked, from which ci/interop.sh makes the table in docs/interop.md.

mod browser;
pub mod record;
pub mod web;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

pub use browser::Browser;
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

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that ends with its owner, and all that it has started with it.
pub struct Program {
    child: Child,
    lines: Receiver<Vec<u8>>,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; run ci/interop.sh, which installs it"));
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                // (Nobody need listen.)
                let _ = sender.send(core::mem::take(&mut line));
            }
        });
        Self { child, lines }
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

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        String::from_utf8(self.raw_line()).unwrap().trim_end().to_owned()
    }

    /// The next line that it prints, as it is.
    pub fn raw_line(&mut self) -> Vec<u8> {
        self.lines.recv_timeout(PATIENCE).expect("the program prints another line")
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
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// At once, as when a machine dies.
    pub fn kill(&mut self) {
        self.signal("KILL");
        let _ = self.child.wait();
    }

    /// A signal for the program and all that it has started.
    pub fn signal(&self, name: &str) {
        // (It may have ended.)
        let _ =
            Command::new("kill").args([&format!("-{name}"), "--", &format!("-{}", self.id())]).stderr(Stdio::null()).status();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The memory of a process, in bytes, and the processor time it has used.
pub fn program_usage(process: u32) -> (u64, Duration) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    // As the scheduler counts it, in nanoseconds: /proc/PID/stat samples at each tick, which servers that are woken by timers come with.
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_thread = |thread: std::io::Result<std::fs::DirEntry>| -> u64 {
        let schedstat = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap_or_default();
        schedstat.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default()
    };
    (resident * 1024, Duration::from_nanos(threads.map(of_thread).sum()))
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

    pub fn signal(&self, name: &str) {
        self.program.signal(name);
    }

    pub fn kill(&mut self) {
        self.program.kill();
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.program.wait()
    }
}

/// An nginx with these locations, on a port of its own.
pub struct Nginx {
    pub port: u16,
    _program: Program,
    _directory: tempfile::TempDir,
}

impl Nginx {
    pub async fn start(locations: &str) -> Self {
        Self::start_with("", locations).await
    }

    /// By TLS and HTTP/2, with a certificate that nobody else knows.
    pub async fn start_secure(locations: &str) -> Self {
        Self::start_with("ssl http2", locations).await
    }

    async fn start_with(protocols: &str, locations: &str) -> Self {
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let path = directory.path().display();
        let mut keys = String::new();
        if !protocols.is_empty() {
            keys = format!("ssl_certificate {path}/certificate; ssl_certificate_key {path}/key;");
            let mut openssl = Command::new("openssl");
            openssl.args(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2".split(' '),
            );
            openssl.args(["-keyout", &format!("{path}/key"), "-out", &format!("{path}/certificate")]);
            assert!(openssl.stderr(log("openssl")).status().unwrap().success());
        }
        let config = format!(
            "daemon off; master_process off; pid {path}/pid; error_log stderr; worker_processes 1; worker_rlimit_nofile 8192;
            events {{ worker_connections 4096; }}
            http {{
                access_log off;
                client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/fastcgi;
                uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
                server {{ listen 127.0.0.1:{port} {protocols} backlog=1024; {keys} {locations} }}
            }}"
        );
        let file = directory.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("nginx");
        // (The compiled-in log cannot be written everywhere.)
        command.arg("-e").arg("stderr").arg("-p").arg(directory.path()).arg("-c").arg(&file).stderr(log("nginx"));
        let program = Program::listening(&mut command, port).await;
        Self { port, _program: program, _directory: directory }
    }
}

/// Waits, but not for ever.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < PATIENCE, "no {what} in {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A Redis of the test's own.
pub struct Redis {
    pub url: String,
    pub program: Program,
    _directory: tempfile::TempDir,
}

impl Redis {
    pub async fn start() -> Self {
        Self::start_at(free_port()).await
    }

    pub async fn start_at(port: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(directory.path()).arg("--logfile").arg(directory.path().join("log"));
        let program = Program::listening(&mut command, port).await;
        Self { url: format!("redis://127.0.0.1:{port}/"), program, _directory: directory }
    }

    /// What Redis answers to a command.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli").arg("-u").arg(&self.url).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
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
