//! Asks a chat completion API, and prints the answer as it arrives:
//!
//! ```text
//! chat [--url URL] [--model NAME] [--silence MS] [--attempts N] QUESTION…
//! ```
//!
//! The URL is that of examples/live by default. The environment variable `API_KEY` is sent as a bearer token, if it is set.
//!
//! Exit status 0: the answer is complete. 1: it is not, and standard error says why. 2: wrong usage.

use std::{
    io::{self, Write},
    iter::successors,
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use futures_util::StreamExt;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use ssewire::{
    EventSource, OnTruncated, Reconnect,
    client::{Cause, Error, Notice, Resume},
};

const USAGE: &str = "usage: chat [--url URL] [--model NAME] [--silence MS] [--attempts N] QUESTION…";

/// The message of `{"error": {"message": …}}` or `{"error": …}`.
fn error_message(json: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let error = json.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").unwrap_or(error);
    Some(message.as_str().map_or_else(|| message.to_string(), str::to_owned))
}

struct Options {
    url: String,
    model: String,
    question: String,
    /// After how much silence a connection counts as lost. Heartbeats are no silence.
    silence: Duration,
    attempts: u32,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        url: "http://localhost:3000/v1/chat/completions".to_owned(),
        model: "made-up".to_owned(),
        question: String::new(),
        silence: Duration::from_secs(60),
        attempts: 3,
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("url") => options.url = arguments.value()?.string()?,
            Long("model") => options.model = arguments.value()?.string()?,
            Long("silence") => options.silence = Duration::from_millis(arguments.value()?.parse()?),
            Long("attempts") => options.attempts = arguments.value()?.parse()?,
            Value(word) => {
                let space = if options.question.is_empty() { "" } else { " " };
                options.question += &format!("{space}{}", word.string()?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if options.question.is_empty() {
        return Err("missing question".into());
    }
    Ok(Some(options))
}

/// What went wrong.
fn why(error: &Error) -> String {
    match error.cause() {
        Cause::Refused { status, body, .. } => {
            let text = || String::from_utf8_lossy(body).trim().chars().take(200).collect();
            format!("{status}: {}", error_message(body).unwrap_or_else(text))
        }
        Cause::Silent(time) => format!("nothing came for {} ms", time.as_millis()),
        Cause::Ended(_) => "the answer was cut off".to_owned(),
        _ => successors(Some(error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": "),
    }
}

/// Asks, and prints the tokens as they come. It asks again as long as nothing has been answered; once there are tokens, that would be another
/// answer, and cost another one.
async fn ask(options: &Options) -> Result<(), String> {
    let client = reqwest::Client::new();
    let question = serde_json::json!({
        "model": options.model,
        "messages": [{ "role": "user", "content": options.question }],
        "stream": true,
    });
    let connect = |resume: Resume| {
        let request = client.post(&options.url).headers(resume.headers()).json(&question);
        std::env::var("API_KEY").into_iter().fold(request, |request, key| request.bearer_auth(key)).send()
    };
    let reconnect = Reconnect::new()
        .with_time(Duration::from_millis(500))
        .with_bounds(Duration::from_millis(500), Duration::from_secs(30))
        .with_retryable(|status| status == 429 || status >= 500)
        .with_max_attempts(options.attempts.saturating_sub(1));
    // Some servers leave out the blank line after the last event.
    let events = EventSource::new(connect, tokio::time::sleep).with_reconnect(reconnect).with_silence(Some(options.silence));
    let mut events = pin!(events.on_truncated(OnTruncated::Deliver).notices());
    let (mut out, mut is_open, mut finished) = (io::stdout(), false, false);
    let answered = loop {
        let event = match events.next().await {
            Some(Ok(Notice::Event(event))) => event,
            Some(Ok(Notice::Open(_))) => {
                is_open = true;
                continue;
            }
            Some(Err(error)) => match (error.cause(), error.retry_in()) {
                (Cause::TooLarge(error), _) => {
                    eprintln!("chat: {error}");
                    continue;
                }
                (Cause::Ended(_), _) if finished => break Ok(()),
                (_, Some(delay)) if !is_open => {
                    eprintln!("chat: {}; asking again after {} ms", why(&error), delay.as_millis());
                    continue;
                }
                _ => break Err(why(&error)),
            },
            None => break Err("no answer".to_owned()),
        };
        if event.data() == "[DONE]" {
            break Ok(());
        }
        if let Some(message) = error_message(event.data().as_bytes()) {
            break Err(message);
        }
        let chunk: serde_json::Value = match serde_json::from_str(event.data()) {
            Ok(chunk) => chunk,
            Err(error) => break Err(format!("not a chunk of a completion: {error}")),
        };
        let choice = &chunk["choices"][0];
        if let Some(token) = choice["delta"]["content"].as_str() {
            out.write_all(token.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
        }
        finished |= choice["finish_reason"].is_string();
    };
    if is_open {
        println!();
    }
    answered
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
            eprintln!("chat: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match ask(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}
