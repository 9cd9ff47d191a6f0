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
    process::ExitCode,
    time::Duration,
};

use chat::{body, heads, why, with_sources};
use futures_util::StreamExt;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use reqwest::header::HeaderValue;
use ssewire::{CONTENT_TYPE, EventBuf, EventStream, LAST_EVENT_ID, Parser, Reconnect, StreamError, reconnect::Next};

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
    let client =
        reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).build().map_err(|error| with_sources(&error))?;
    let (mut parser, mut reconnect, mut left) = (Parser::new(), Reconnect::new(), options.max);
    parser.set_last_event_id(&options.last_event_id).map_err(|error| error.to_string())?;
    while left > 0 {
        let mut request = client.get(&options.url).header("accept", CONTENT_TYPE).header("cache-control", "no-cache");
        if let Some(id) = Reconnect::header_value(parser.last_event_id()) {
            // As bytes: an id need not be ASCII. What cannot stand in a header at all, the server does not get back.
            match HeaderValue::from_bytes(id.as_bytes()) {
                Ok(id) => request = request.header(LAST_EVENT_ID, id),
                Err(error) => eprintln!("watch: id {id:?}: {error}"),
            }
        }
        let next = match tokio::time::timeout(options.silence, request.send()).await {
            Ok(Ok(response)) => {
                let (content_type, retry_after) = heads(&response);
                let next = reconnect.connected(response.status().as_u16(), content_type, retry_after, fastrand::u64(..));
                match next {
                    Next::Read => {
                        eprintln!("watch: connected");
                        parser = print_all(response, parser, options.silence, &mut reconnect, &mut left).await?;
                        Next::After(reconnect.ended(parser.retry(), fastrand::u64(..)))
                    }
                    Next::GiveUp(refused) => return Err(format!("{refused}: {}", why(response, options.silence).await)),
                    next => next,
                }
            }
            Ok(Err(error)) => {
                eprintln!("watch: {}", with_sources(&error));
                Next::After(reconnect.ended(parser.retry(), fastrand::u64(..)))
            }
            Err(_) => {
                eprintln!("watch: no answer");
                Next::After(reconnect.ended(parser.retry(), fastrand::u64(..)))
            }
        };
        match next {
            Next::After(delay) if left > 0 => {
                eprintln!("watch: connecting again after {} ms", delay.as_millis());
                tokio::time::sleep(delay).await;
            }
            Next::Stop => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// Prints the events of one connection, and gives back the parser for the next.
async fn print_all(
    response: reqwest::Response,
    parser: Parser,
    silence: Duration,
    reconnect: &mut Reconnect,
    left: &mut u64,
) -> Result<Parser, String> {
    let mut events = EventStream::with_parser(body(response, silence), parser);
    while *left > 0 {
        match events.next().await {
            None => break,
            Some(Ok(event)) => {
                reconnect.dispatched();
                print(&event).map_err(|error| error.to_string())?;
                *left -= 1;
            }
            Some(Err(StreamError::Inner(error))) => {
                eprintln!("watch: {error}");
                break;
            }
            Some(Err(error)) => eprintln!("watch: {error}"),
        }
    }
    // What was cut off comes again.
    Ok(events.into_parts().1)
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
