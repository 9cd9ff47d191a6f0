//! `sse watch`: an EventSource for the terminal.

use std::{
    io::{self, IsTerminal, Write},
    iter::successors,
    process::ExitCode,
    time::{Duration, Instant},
};

use ssewire::{
    Event, Item, Parser, Reconnect,
    client::{Notice, Resume, blocking::EventSource},
};
use ureq::http::{HeaderName, HeaderValue, Request, Response};

use crate::{Outcome, fail, written};

/// Follow the stream at a URL, and come back after each loss, as a browser does
///
/// On a terminal events are shown as text, in a pipe as lines of JSON, which `sse encode` reads. What becomes of the connection goes to standard error. It ends after
/// --max events, when the server says so (204), or when the answer is no event stream (exit status 1).
#[derive(clap::Args)]
pub struct Options {
    url: String,
    /// Start behind the event with this id
    #[arg(long, value_name = "ID", default_value = "")]
    since: String,
    /// Show events of this type alone
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Send this header
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Send this by POST, as JSON unless a header says otherwise. A loss is the end then, since another attempt may cost again
    #[arg(short, long, value_name = "BODY")]
    data: Option<String>,
    /// Come back with --data, too
    #[arg(long, requires = "data")]
    reconnect: bool,
    /// End after so many events
    #[arg(long, value_name = "EVENTS", default_value_t = u64::MAX, hide_default_value = true)]
    max: u64,
    /// Take the connection for lost after so long without a byte
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    silence: u64,
    /// Show comments, too
    #[arg(long)]
    comments: bool,
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = line.split_once(':').ok_or("it needs NAME: VALUE")?;
    let name = name.trim().parse().map_err(|error| format!("{error}"))?;
    Ok((name, value.trim().parse().map_err(|error| format!("{error}"))?))
}

/// An error and what it came from.
fn with_sources(error: &dyn std::error::Error) -> String {
    successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Shows events, in colours if somebody looks.
struct Screen {
    out: io::Stdout,
    has_colours: bool,
    last: Instant,
}

impl Screen {
    fn show(&mut self, event: Event<'_>) -> io::Result<()> {
        let mut out = self.out.lock();
        if self.has_colours {
            let (event_type, id) = (event.event_type(), event.id().unwrap_or_default().escape_debug());
            let waited = std::mem::replace(&mut self.last, Instant::now()).elapsed();
            writeln!(
                out,
                "\x1b[1;36m{}\x1b[0m \x1b[33m{id}\x1b[0m \x1b[2m+{:.1} s\x1b[0m",
                event_type.escape_debug(),
                waited.as_secs_f32()
            )?;
            for line in event.data().split('\n') {
                // (What comes from elsewhere must not write on the terminal as it likes.)
                let line: String = line.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect();
                writeln!(out, "  {line}")?;
            }
        } else {
            let mut line = serde_json::json!({ "event": event.event_type(), "data": event.data() });
            if let Some(id) = event.id() {
                line["id"] = id.into();
            }
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}

type Body = ureq::BodyReader<'static>;

fn connect(agent: &ureq::Agent, options: &Options, resume: &Resume) -> Result<Response<Body>, ureq::Error> {
    let mut request = Request::builder().uri(&options.url);
    for (name, value) in resume.headers().iter().chain(options.headers.iter().map(|(name, value)| (name, value))) {
        request = request.header(name, value);
    }
    let answer = match &options.data {
        None => agent.run(request.body(())?),
        Some(data) => {
            if options.headers.iter().all(|(name, _)| name != "content-type") {
                request = request.header("content-type", "application/json");
            }
            agent.run(request.method("POST").body(data.as_str())?)
        }
    };
    answer.map(|answer| answer.map(ureq::Body::into_reader))
}

pub fn run(options: &Options) -> Outcome {
    if !options.url.starts_with("http://") && !options.url.starts_with("https://") {
        return Err(fail("the URL must begin with http:// or https://"));
    }
    let mut parser = Parser::new().with_skipped_ids();
    parser.set_last_event_id(&options.since).map_err(fail)?;
    let silence = Duration::from_millis(options.silence);
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_per_read(Some(silence));
    let agent: ureq::Agent = config.build().into();
    let events = EventSource::new(|resume| connect(&agent, options, &resume), std::thread::sleep);
    let events = events.with_parser(parser).items().notices();
    let is_once = options.data.is_some() && !options.reconnect;
    let events = if is_once { events.with_reconnect(Reconnect::new().with_max_attempts(0)) } else { events };
    let out = io::stdout();
    let mut screen = Screen { has_colours: out.is_terminal(), out, last: Instant::now() };
    let mut left = options.max;
    for update in events {
        match update {
            Ok(Notice::Open(_)) => eprintln!("sse watch: connected"),
            Ok(Notice::Event(item)) => match item.as_item() {
                Item::Event(event) => {
                    let is_shown = |event_type: &String| event_type == event.event_type();
                    if options.types.is_empty() || options.types.iter().any(is_shown) {
                        written(screen.show(event))?;
                        left = left.saturating_sub(1);
                    }
                }
                Item::Comment(text) if options.comments => eprintln!("sse watch: a comment: {}", text.escape_debug()),
                Item::Retry(time) => eprintln!("sse watch: the server asks to come back after {time:?}"),
                _ => {}
            },
            Err(error) if error.is_final() => {
                eprintln!("sse watch: {}", with_sources(&error));
                return Ok(ExitCode::FAILURE);
            }
            Err(error) => eprintln!("sse watch: {}", with_sources(&error)),
        }
        if left == 0 {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
