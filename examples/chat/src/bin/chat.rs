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
    process::ExitCode,
    time::Duration,
};

use chat::{body, error_message, heads, why, with_sources};
use futures_util::StreamExt;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use ssewire::{CONTENT_TYPE, EventStream, OnTruncated, Reconnect, StreamError, reconnect::Next};

const USAGE: &str = "usage: chat [--url URL] [--model NAME] [--silence MS] [--attempts N] QUESTION…";

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

/// The response with the stream. Asks again as long as nothing has been answered; once there are tokens, asking again would give
/// another answer, and cost another one.
async fn ask(options: &Options) -> Result<reqwest::Response, String> {
    let client =
        reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).build().map_err(|error| with_sources(&error))?;
    let question = serde_json::json!({
        "model": options.model,
        "messages": [{ "role": "user", "content": options.question }],
        "stream": true,
    });
    let mut reconnect = Reconnect::new()
        .with_bounds(Duration::from_millis(500), Duration::from_secs(30))
        .with_retryable(|status| status == 429 || status >= 500);
    for attempt in 1.. {
        let mut request = client.post(&options.url).header("accept", CONTENT_TYPE).json(&question);
        if let Ok(key) = std::env::var("API_KEY") {
            request = request.bearer_auth(key);
        }
        let (next, what) = match tokio::time::timeout(options.silence, request.send()).await {
            Ok(Ok(response)) => {
                let (content_type, retry_after) = heads(&response);
                match reconnect.connected(response.status().as_u16(), content_type, retry_after, fastrand::u64(..)) {
                    Next::Read => return Ok(response),
                    next => {
                        let status = response.status();
                        (next, format!("{status}: {}", why(response, options.silence).await))
                    }
                }
            }
            Ok(Err(error)) => {
                let delay = reconnect.ended(Some(Duration::from_millis(500)), fastrand::u64(..));
                (Next::After(delay), with_sources(&error))
            }
            Err(_) => return Err("no answer".to_owned()),
        };
        match next {
            Next::After(delay) if attempt < options.attempts => {
                eprintln!("chat: {what}; asking again after {} ms", delay.as_millis());
                tokio::time::sleep(delay).await;
            }
            _ => return Err(what),
        }
    }
    Err("no attempt was allowed".to_owned())
}

/// Prints the tokens as they come.
async fn print_answer(response: reqwest::Response, silence: Duration) -> Result<(), String> {
    // Some servers leave out the blank line after the last event.
    let mut events = EventStream::new(body(response, silence)).on_truncated(OnTruncated::Deliver);
    let mut out = io::stdout();
    let mut finished = false;
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(StreamError::TooLarge(error)) => {
                eprintln!("chat: {error}");
                continue;
            }
            Err(StreamError::Inner(error)) => return Err(error.to_string()),
            Err(error) => return Err(error.to_string()),
        };
        if event.data() == "[DONE]" {
            return Ok(());
        }
        let chunk: serde_json::Value =
            serde_json::from_str(event.data()).map_err(|error| format!("not a chunk of a completion: {error}"))?;
        if let Some(message) = error_message(event.data().as_bytes()) {
            return Err(message);
        }
        let choice = &chunk["choices"][0];
        if let Some(token) = choice["delta"]["content"].as_str() {
            out.write_all(token.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
        }
        finished |= choice["finish_reason"].is_string();
    }
    if finished { Ok(()) } else { Err("the answer was cut off".to_owned()) }
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
    let answered = match ask(&options).await {
        Ok(response) => {
            let answered = print_answer(response, options.silence).await;
            println!();
            answered
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}
