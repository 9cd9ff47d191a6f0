//! A server of Server-Sent Events: live prices in the browser, and a chat completion token by token.
//!
//! ```text
//! GET  /                      a page that shows what comes
//! GET  /events                the stream: `priceUpdate` events, plain messages, heartbeats
//! POST /publish               {"event": "…", "data": …}: publishes an event, and answers with its id
//! POST /v1/chat/completions   {"messages": [{"content": "…"}], "stream": true}: a made-up answer
//! GET  /stats                 counters
//! ```
//!
//! A client that comes back with the id of the last event it has seen gets what it has missed; if that is no longer known, an
//! event `gap` says so. With `--redis`, any number of these servers are one.

mod chat;
mod cluster;
mod handlers;
mod on_axum;
mod on_hyper;
mod patience;
mod prices;

use std::{
    io,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderValue, StatusCode};
use lexopt::prelude::{Long, Short, ValueExt};
use ssewire::{Broadcast, Event, Replay};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use cluster::Redis;

const USAGE: &str = "usage: live [OPTIONS]
  --listen HOST:PORT   default localhost:3000
  --stack NAME         axum (default) or hyper
  --origin ORIGIN      whose pages may read /events: default *, all
  --prices MS          time between two prices, default 1000; 0: none
  --token-delay MS     time between two tokens of a completion, default 40
  --heartbeat MS       silence before a heartbeat, default 15000
  --retry MS           after how long clients come back, default 2000
  --ring EVENTS        how many are kept: a client that is further behind is cut off, default 1024
  --patience MS        how long a client may not read at all before it is cut off, default 10000
  --redis URL          share the events with other servers through Redis
  --redis-stream NAME  the key of the stream there, default ssewire:live";

/// What all requests share.
struct App {
    events: Broadcast,
    redis: Option<Redis>,
    /// The server is told to stop.
    is_closing: watch::Sender<bool>,
    origin: HeaderValue,
    token_delay: Duration,
    patience: Duration,
}

/// Why an event was not published.
struct Refused {
    status: StatusCode,
    why: String,
}

impl App {
    async fn publish(&self, event_type: &str, data: &str) -> Result<String, Refused> {
        let event = Event::new(data)
            .with_type(event_type)
            .map_err(|error| Refused { status: StatusCode::BAD_REQUEST, why: error.to_string() })?;
        let Some(redis) = &self.redis else {
            return Ok(self.events.publish(&event).unwrap_or_default());
        };
        let published = redis.publish(event_type, data).await;
        published.map_err(|error| Refused { status: StatusCode::SERVICE_UNAVAILABLE, why: error.to_string() })
    }

    /// Once the server is told to stop.
    async fn closed(&self) {
        // (The sender lives as long as this.)
        let _ = self.is_closing.subscribe().wait_for(|is_closing| *is_closing).await;
    }
}

#[derive(Clone, Copy)]
enum Stack {
    Axum,
    Hyper,
}

struct Options {
    listen: String,
    stack: Stack,
    origin: HeaderValue,
    prices: Duration,
    token_delay: Duration,
    heartbeat: Duration,
    retry: Duration,
    ring: usize,
    patience: Duration,
    redis: Option<String>,
    redis_stream: String,
}

impl Options {
    fn read() -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            listen: "localhost:3000".to_owned(),
            stack: Stack::Axum,
            origin: HeaderValue::from_static("*"),
            prices: Duration::from_millis(1000),
            token_delay: Duration::from_millis(40),
            heartbeat: Duration::from_millis(15_000),
            retry: Duration::from_millis(2000),
            ring: 1024,
            patience: Duration::from_millis(10_000),
            redis: None,
            redis_stream: "ssewire:live".to_owned(),
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("help") | Short('h') => return Ok(None),
                Long("listen") => options.listen = arguments.value()?.string()?,
                Long("stack") => {
                    options.stack = match arguments.value()?.string()?.as_str() {
                        "axum" => Stack::Axum,
                        "hyper" => Stack::Hyper,
                        other => return Err(format!("no stack {other:?}").into()),
                    }
                }
                Long("origin") => options.origin = arguments.value()?.parse()?,
                Long("prices") => options.prices = milliseconds(&mut arguments)?,
                Long("token-delay") => options.token_delay = milliseconds(&mut arguments)?,
                Long("heartbeat") => options.heartbeat = milliseconds(&mut arguments)?.max(Duration::from_millis(1)),
                Long("retry") => options.retry = milliseconds(&mut arguments)?,
                Long("ring") => options.ring = arguments.value()?.parse()?,
                Long("patience") => options.patience = milliseconds(&mut arguments)?,
                Long("redis") => options.redis = Some(arguments.value()?.string()?),
                Long("redis-stream") => options.redis_stream = arguments.value()?.string()?,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

fn milliseconds(arguments: &mut lexopt::Parser) -> Result<Duration, lexopt::Error> {
    Ok(Duration::from_millis(arguments.value()?.parse()?))
}

/// Until it is told to stop.
async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let redis = match &options.redis {
        Some(url) => Some(Redis::connect(url, options.redis_stream, options.ring.max(1)).await?),
        None => None,
    };
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().to_string();
    let past = Replay::numbered(&start)?.with_bounds(options.ring, usize::MAX);
    let events = Broadcast::new(past, tokio::time::sleep);
    let app = Arc::new(App {
        events: events.with_retry(options.retry).with_heartbeat(options.heartbeat),
        redis,
        is_closing: watch::Sender::new(false),
        origin: options.origin,
        token_delay: options.token_delay,
        patience: options.patience,
    });
    if let Some(redis) = &app.redis {
        redis.look_back(&app.events).await?;
        let app = app.clone();
        tokio::spawn(async move {
            if let Some(redis) = &app.redis {
                redis.follow(&app.events).await;
            }
        });
    }
    let mut servers = JoinSet::new();
    // `localhost` may be two addresses, and a browser tries either.
    for address in tokio::net::lookup_host(&options.listen).await? {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                println!("live: http://{}", listener.local_addr()?);
                let app = app.clone();
                match options.stack {
                    Stack::Axum => servers.spawn(on_axum::serve(app, listener)),
                    Stack::Hyper => servers.spawn(on_hyper::serve(app, listener)),
                };
            }
            // One of the two that is taken is another server's: who asks for it must not be left in doubt.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(format!("{address}: {error}").into()),
            Err(error) => eprintln!("live: {address}: {error}"),
        }
    }
    if servers.is_empty() {
        return Err(format!("cannot listen on {}", options.listen).into());
    }
    if !options.prices.is_zero() {
        let app = app.clone();
        tokio::spawn(async move { prices::run(&app, options.prices).await });
    }
    told_to_stop().await?;
    app.events.close();
    app.is_closing.send_replace(true);
    // Who does not go is left behind.
    let _ = tokio::time::timeout(Duration::from_secs(5), servers.join_all()).await;
    Ok(())
}

async fn told_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("live: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("live: {error}");
            ExitCode::FAILURE
        }
    }
}
