//! `sse serve`: a server of what comes in, with ids, resumption and heartbeats.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, header},
    response::{Html, Response},
    routing::get,
};
use ssewire::{Broadcast, Event, EventBuf, LAST_EVENT_ID, Parser, Replay, server::response};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{Failure, Outcome, fail, open};

/// Serve the lines of standard input as events, or replay a recorded stream
///
/// Events are at /events, with ids, for any number of clients. Who comes back gets what it has missed. At / there is a page that shows them.
#[derive(clap::Args)]
pub struct Options {
    /// A recorded stream, whose events are replayed; standard input, a message a line, if there is none
    file: Option<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// How many events of FILE are sent in a second
    #[arg(long, value_name = "EVENTS", default_value_t = 1.0, value_parser = rate)]
    rate: f64,
    /// Begin with FILE again at its end
    #[arg(long)]
    repeat: bool,
    /// How many events are remembered for those who come back
    #[arg(long, value_name = "EVENTS", default_value_t = 1024)]
    past: usize,
    /// After how long clients are to come back
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    retry: u64,
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate| (0.001..=1e6).contains(rate)).ok_or_else(|| "it needs 0.001 to 1000000".to_owned())
}

/// All events of a recorded stream.
fn read(file: &PathBuf) -> Result<Vec<EventBuf>, Failure> {
    let (mut source, name) = open(Some(file))?;
    let mut stream = Vec::new();
    source.read_to_end(&mut stream).map_err(|error| fail(format_args!("cannot read {name}: {error}")))?;
    let (mut parser, mut input, mut events) = (Parser::new(), &stream[..], Vec::new());
    while let Some(event) = parser.next(&mut input).map_err(fail)? {
        events.push(event.into());
    }
    if events.is_empty() { Err(fail(format_args!("{name} has no event"))) } else { Ok(events) }
}

/// Sends the events, one after the other, until there are no more.
async fn replay(events: &[EventBuf], options: &Options, sender: &Broadcast) {
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / options.rate));
    loop {
        for event in events {
            ticks.tick().await;
            sender.publish(&event.as_event());
        }
        if !options.repeat {
            return;
        }
    }
}

/// Sends the lines of standard input, as they come.
async fn send_lines(sender: &Broadcast) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        sender.publish(&Event::new(&line));
    }
}

/// A page that listens to events of these types.
fn page(events: &[EventBuf]) -> String {
    let mut types: Vec<_> = events.iter().map(|event| event.as_event().event_type().to_owned()).collect();
    types.push("message".to_owned());
    types.sort();
    types.dedup();
    let types = serde_json::to_string(&types).unwrap_or_default().replace('<', "\\u003c");
    include_str!("page.html").replace("TYPES", &types)
}

async fn serve(options: Options, events: Vec<EventBuf>) -> Outcome {
    let start = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis()).to_string();
    let past = Replay::numbered(&start).map_err(fail)?.with_bounds(options.past, usize::MAX);
    let sender = Broadcast::new(past, tokio::time::sleep).with_retry(Duration::from_millis(options.retry));
    let (page, subscribers) = (page(&events), sender.clone());
    let stream = async move |headers: HeaderMap| -> Response {
        let mut response = response(Body::new(subscribers.subscribe(headers.get(LAST_EVENT_ID))));
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
        response
    };
    let app = Router::new().route("/", get(async || Html(page))).route("/events", get(stream));
    let listener = tokio::net::TcpListener::bind(options.listen).await;
    let listener = listener.map_err(|error| fail(format_args!("cannot listen on {}: {error}", options.listen)))?;
    println!("http://{}", listener.local_addr().map_err(fail)?);
    let ended = sender.clone();
    let sending = async move {
        if options.file.is_some() {
            replay(&events, &options, &sender).await
        } else {
            send_lines(&sender).await
        }
        sender.close();
    };
    // At the end of the input all streams end, once everybody has all.
    let served = axum::serve(listener, app).with_graceful_shutdown(sending);
    let result = served.await;
    drop(ended);
    result.map(|()| ExitCode::SUCCESS).map_err(fail)
}

pub fn run(options: Options) -> Outcome {
    let events = options.file.as_ref().map_or(Ok(Vec::new()), read)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fail)?;
    runtime.block_on(serve(options, events))
}
