//! nginx and other proxies between our server and our client; and a proxy that cuts connections.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use ssewire_interop::{
    Live, Nginx, Program, connect, free_port, log, next, ours,
    record::{version_of, works_with},
};
use tokio::net::{TcpListener, TcpStream};

/// The ways to the server: as nginx is by default, with the header ignored but buffering off, and with the header ignored and buffering on.
async fn nginx(upstream: u16) -> Nginx {
    let unbuffered = "proxy_ignore_headers X-Accel-Buffering; proxy_buffering off;";
    let buffered = "proxy_ignore_headers X-Accel-Buffering;";
    let way = |name, options| format!("location /{name}/ {{ {options} proxy_pass http://127.0.0.1:{upstream}/; }}");
    Nginx::start(&[way("default", ""), way("unbuffered", unbuffered), way("buffered", buffered)].concat()).await
}

fn events(nginx: &Nginx, way: &str) -> String {
    format!("http://127.0.0.1:{}/{way}/events", nginx.port)
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
        let nginx = nginx(live.port()).await;
        for (way, what) in [
            ("default", "as it is by default, which follows our `X-Accel-Buffering: no`"),
            ("unbuffered", "the header ignored, `proxy_buffering off`"),
        ] {
            let delays = delays(&live, &events(&nginx, way)).await;
            let longest = delays.iter().max().unwrap();
            assert!(*longest < Duration::from_millis(100), "{way} on {stack}: {delays:?}");
            live.subscribers(0).await;
            let figure = format!("{} events, the slowest after {:.1} ms", delays.len(), longest.as_secs_f64() * 1e3);
            works_with(&format!("nginx, before {stack}"), &version_of("nginx", "-v"), what, &figure);
        }
    }
}

/// Another proxy, with this configuration.
async fn proxy(program: &str, arguments: &[&str], config: impl Fn(u16) -> String) -> (u16, Program, tempfile::TempDir) {
    let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
    let file = directory.path().join("config");
    std::fs::write(&file, config(port)).unwrap();
    let mut command = Command::new(program);
    // (What it wants to keep for itself goes with the test.)
    command.args(arguments).arg(&file).env("HOME", directory.path()).stderr(log(program));
    (port, Program::listening(&mut command, port).await, directory)
}

#[tokio::test]
async fn events_come_through_other_proxies_at_once() {
    // (The proxies notice that a client has left when they next write to it.)
    let live = Live::start(&["--heartbeat", "100"]).await;
    let upstream = live.port();
    let haproxy = |port| {
        format!(
            "defaults\n mode http\n option http-no-delay\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n\
             frontend events\n bind 127.0.0.1:{port}\n default_backend live\nbackend live\n server live 127.0.0.1:{upstream}\n"
        )
    };
    let caddy = |port| {
        format!(
            "{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n encode gzip\n reverse_proxy 127.0.0.1:{upstream}\n}}\n"
        )
    };
    let proxies = [
        (
            "HAProxy",
            version_of("haproxy", "-v"),
            proxy("haproxy", &["-db", "-f"], haproxy).await,
            "`option http-no-delay`, without which each event waits for 0.2 s",
        ),
        (
            "Caddy",
            version_of("caddy", "version"),
            proxy("caddy", &["run", "--adapter", "caddyfile", "--config"], caddy).await,
            "with `encode gzip`, as many have it",
        ),
    ];
    for (name, version, (port, ..), what) in &proxies {
        live.subscribers(0).await;
        let delays = delays(&live, &format!("http://127.0.0.1:{port}/events")).await;
        let longest = delays.iter().max().unwrap();
        assert!(*longest < Duration::from_millis(100), "{name}: {delays:?}");
        let figure = format!("{} events, the slowest after {:.1} ms", delays.len(), longest.as_secs_f64() * 1e3);
        works_with(&format!("{name}, before axum"), version, what, &figure);
    }
}

#[tokio::test]
async fn events_come_by_tls_and_http_2_at_once() {
    let live = Live::start(&[]).await;
    let nginx = Nginx::start_secure(&format!("location / {{ proxy_pass http://127.0.0.1:{}; }}", live.port())).await;
    let url = format!("https://127.0.0.1:{}/events", nginx.port);
    let mut curl =
        Program::start(Command::new("curl").args(["--silent", "--no-buffer", "--insecure", "--http2", "--include", &url]));
    assert_eq!(curl.line(), "HTTP/2 200");
    live.subscribers(1).await;
    let mut longest = Duration::ZERO;
    for number in 0..30 {
        let sent = Instant::now();
        live.publish("", &number.to_string()).await;
        while curl.line() != format!("data: {number}") {}
        longest = longest.max(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(longest < Duration::from_millis(100), "{longest:?}");
    let version = format!("{}, curl {}", version_of("nginx", "-v"), version_of("curl", "--version"));
    let figure = format!("30 events, the slowest after {:.1} ms", longest.as_secs_f64() * 1e3);
    works_with("nginx, TLS and HTTP/2, before axum", &version, "as it is by default, read by `curl -N --http2`", &figure);
}

/// That the header is needed, and that the test above can fail: nginx holds small events back if it is ignored.
#[tokio::test]
async fn without_the_header_nginx_holds_events_back() {
    let live = Live::start(&[]).await;
    let nginx = nginx(live.port()).await;
    let url = events(&nginx, "buffered");
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
    let nginx = nginx(live.port()).await;
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
