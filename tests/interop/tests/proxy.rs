//! nginx between our server and our client; and a proxy that cuts connections.

use std::{
    io::Write,
    process::Command,
    time::{Duration, Instant},
};

use ssewire_interop::{
    Live, Program, connect, free_port, log, next, ours,
    record::{version_of, works_with},
};
use tokio::net::{TcpListener, TcpStream};

/// An nginx with three ways to the server: as it is by default, with the header ignored but buffering off, and with the header
/// ignored and buffering on.
struct Nginx {
    port: u16,
    _program: Program,
    _directory: tempfile::TempDir,
}

impl Nginx {
    async fn start(upstream: u16) -> Self {
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let path = directory.path().display();
        let config = format!(
            "daemon off; master_process off; pid {path}/pid; error_log stderr; worker_processes 1;
            events {{ }}
            http {{
                access_log off;
                client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/fastcgi;
                uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
                server {{
                    listen 127.0.0.1:{port};
                    location /default/ {{ proxy_pass http://127.0.0.1:{upstream}/; }}
                    location /unbuffered/ {{
                        proxy_ignore_headers X-Accel-Buffering;
                        proxy_buffering off;
                        proxy_pass http://127.0.0.1:{upstream}/;
                    }}
                    location /buffered/ {{
                        proxy_ignore_headers X-Accel-Buffering;
                        proxy_pass http://127.0.0.1:{upstream}/;
                    }}
                }}
            }}"
        );
        let file = directory.path().join("nginx.conf");
        std::fs::File::create(&file).unwrap().write_all(config.as_bytes()).unwrap();
        let mut command = Command::new("nginx");
        // (The compiled-in log cannot be written everywhere.)
        command.arg("-e").arg("stderr").arg("-p").arg(directory.path()).arg("-c").arg(&file).stderr(log("nginx"));
        let program = Program::listening(&mut command, port).await;
        Self { port, _program: program, _directory: directory }
    }

    fn url(&self, way: &str) -> String {
        format!("http://127.0.0.1:{}/{way}/events", self.port)
    }
}

/// How long each of some events takes from being published to being read.
async fn delays(live: &Live, url: &str) -> Vec<Duration> {
    let mut events = connect(url, "").await;
    live.subscribers(1).await;
    let mut delays = Vec::new();
    for number in 0..30 {
        let sent = Instant::now();
        live.publish("", &number.to_string()).await;
        let event = next(&mut events).await;
        delays.push(sent.elapsed());
        assert_eq!(event.data(), number.to_string());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    delays
}

#[tokio::test]
async fn events_come_through_nginx_at_once() {
    for stack in ["axum", "hyper"] {
        let live = Live::start(&["--stack", stack]).await;
        let nginx = Nginx::start(live.port()).await;
        for (way, what) in [
            ("default", "as it is by default, which follows our `X-Accel-Buffering: no`"),
            ("unbuffered", "the header ignored, `proxy_buffering off`"),
        ] {
            let delays = delays(&live, &nginx.url(way)).await;
            let longest = delays.iter().max().unwrap();
            assert!(*longest < Duration::from_millis(100), "{way} on {stack}: {delays:?}");
            live.subscribers(0).await;
            let figure = format!("{} events, the slowest after {:.1} ms", delays.len(), longest.as_secs_f64() * 1e3);
            works_with(&format!("nginx, before {stack}"), &version_of("nginx", "-v"), what, &figure);
        }
    }
}

/// That the header is needed, and that the test above can fail: nginx holds small events back if it is ignored.
#[tokio::test]
async fn without_the_header_nginx_holds_events_back() {
    let live = Live::start(&[]).await;
    let nginx = Nginx::start(live.port()).await;
    let url = nginx.url("buffered");
    let connecting = tokio::spawn(async move {
        let mut events = connect(&url, "").await;
        next(&mut events).await
    });
    live.subscribers(1).await;
    live.publish("", "held back").await;
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert!(!connecting.is_finished(), "nginx has passed on an event that it was told to buffer");
    connecting.abort();
}

/// Cuts each connection after so long.
async fn cutter(to: u16, after: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut outer = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let copied = tokio::io::copy_bidirectional(&mut inner, &mut outer);
                // Both ends go with it, wherever they are in an event.
                let _ = tokio::time::timeout(after, copied).await;
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_cuts_connections_loses_nothing() {
    const EVENTS: usize = 400;
    let live = Live::start(&["--retry", "50"]).await;
    let nginx = Nginx::start(live.port()).await;
    let port = cutter(nginx.port, Duration::from_millis(1500)).await;
    let url = format!("http://127.0.0.1:{port}/default/events");
    let mut watch = Program::start(Command::new(ours("sse")).args(["watch", &url, "--max", &EVENTS.to_string()]));
    live.subscribers(1).await;
    // The greeting, with the id, must be there before the first cut.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let reading = tokio::task::spawn_blocking(move || (watch.json_lines(EVENTS), watch.wait()));
    let start = Instant::now();
    let mut ids = Vec::new();
    for number in 0..EVENTS {
        ids.push(live.publish("", &format!("{number}\n{}", "x".repeat(number * 7 % 3000))).await);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let (got, status) = reading.await.unwrap();
    assert!(status.success());
    for (number, (event, id)) in got.iter().zip(&ids).enumerate() {
        assert_eq!(event["id"].as_str(), Some(&**id), "event {number}");
        assert_eq!(event["data"].as_str(), Some(&*format!("{number}\n{}", "x".repeat(number * 7 % 3000))));
    }
    works_with(
        "nginx, and a proxy that cuts connections every 1.5 s",
        &version_of("nginx", "-v"),
        "`sse watch` resumes from its last id",
        &format!("{EVENTS} events in {:.0} s, none lost or doubled", start.elapsed().as_secs_f64()),
    );
}
