//! An EventSource for the command line: prints the events of a stream, each as a line of JSON, and connects again as a browser
//! does, from behind the last event it has seen.
//!
//! ```text
//! watch URL [--max EVENTS] [--silence MS] [--last-event-id ID]
//! ```
//!
//! What becomes of the connection goes to standard error. Ends after `--max` events, when the server says 204 (exit status 0), or
//! when it answers something that is not an event stream (1). 2: wrong usage.

use std::{
    io::{self, Write},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use chat::with_sources;
use futures_util::StreamExt;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use ssewire::{
    EventBuf, EventSource, Parser,
    client::{Notice, Resume},
};

const USAGE: &str = "usage: watch URL [--max EVENTS] [--silence MS] [--last-event-id ID]";

struct Options {
    url: String,
    max: u64,
    silence: Duration,
    last_event_id: String,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let (mut arguments, mut url) = (lexopt::Parser::from_env(), None);
    let (mut max, mut silence, mut last_event_id) = (u64::MAX, Duration::from_secs(60), String::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("max") => max = arguments.value()?.parse()?,
            Long("silence") => silence = Duration::from_millis(arguments.value()?.parse()?),
            Long("last-event-id") => last_event_id = arguments.value()?.string()?,
            Value(value) if url.is_none() => url = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(Options { url: url.ok_or("missing URL")?, max, silence, last_event_id }))
}

/// As a line that examples/encode reads.
fn print(event: &EventBuf) -> io::Result<()> {
    let mut line = serde_json::json!({ "event": event.event_type(), "data": event.data() });
    if let Some(id) = event.id() {
        line["id"] = id.into();
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Watches until there is nothing more to watch.
async fn watch(options: &Options) -> Result<(), String> {
    let client = reqwest::Client::new();
    let mut parser = Parser::new().with_skipped_ids();
    parser.set_last_event_id(&options.last_event_id).map_err(|error| error.to_string())?;
    let connect = |resume: Resume| client.get(&options.url).headers(resume.headers()).send();
    let events =
        EventSource::new(connect, tokio::time::sleep).with_parser(parser).with_silence(Some(options.silence)).notices();
    let (mut events, mut left) = (pin!(events), options.max);
    while left > 0
        && let Some(update) = events.next().await
    {
        match update {
            Ok(Notice::Open(_)) => eprintln!("watch: connected"),
            Ok(Notice::Event(event)) => {
                print(&event).map_err(|error| error.to_string())?;
                left -= 1;
            }
            Err(error) if error.is_final() => return Err(with_sources(&error)),
            Err(error) => eprintln!("watch: {}", with_sources(&error)),
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("watch: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match watch(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("watch: {error}");
            ExitCode::FAILURE
        }
    }
}
