//! Follows an event stream without a runtime, by ureq:
//!
//! ```text
//! follow URL [--max EVENTS]
//! ```
//!
//! Prints `TYPE ID DATA` for each event, and to standard error what happens to the connection. Ends after `--max` events, when the
//! server says 204, or when it answers something that is not an event stream (exit status 1; 2 for wrong usage).

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use chat::with_sources;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use ssewire::client::{Resume, blocking::EventSource};

const USAGE: &str = "usage: follow URL [--max EVENTS]";

/// Silence after which a connection counts as lost.
const SILENCE: Duration = Duration::from_secs(60);

fn follow(url: &str, max: usize) -> Result<(), String> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_per_read(Some(SILENCE));
    let agent: ureq::Agent = config.build().into();
    let connect = |resume: Resume| {
        let request = resume.headers().iter().fold(agent.get(url), |request, (name, value)| request.header(name, value));
        request.call().map(|response| response.map(ureq::Body::into_reader))
    };
    let mut left = max;
    for event in EventSource::new(connect, std::thread::sleep) {
        match event {
            Ok(event) => {
                let line = format!("{} {} {}\n", event.event_type(), event.last_event_id(), event.data().escape_debug());
                let mut out = io::stdout().lock();
                out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
                left -= 1;
            }
            Err(error) if error.is_final() => return Err(with_sources(&error)),
            Err(error) => eprintln!("follow: {}", with_sources(&error)),
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}

fn options() -> Result<Option<(String, usize)>, lexopt::Error> {
    let (mut arguments, mut url, mut max) = (lexopt::Parser::from_env(), None, usize::MAX);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("max") => max = arguments.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            Value(value) if url.is_none() => url = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    let url = url.ok_or("missing URL")?;
    if url.parse::<ureq::http::Uri>().map_or(true, |uri| uri.host().is_none()) {
        return Err(format!("{url} is not a URL").into());
    }
    Ok(Some((url, max)))
}

fn main() -> ExitCode {
    match options() {
        Ok(Some((url, max))) => match follow(&url, max) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("follow: {error}");
                ExitCode::FAILURE
            }
        },
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("follow: {error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
