//! `sse decode`: events as lines of JSON.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde::Serialize;
use ssewire::{Event, Item, Parser, Part, TooLarge};

use crate::{Outcome, fail, open, written};

/// Print each event of a stream as a line of JSON, as it comes
#[derive(clap::Args)]
pub struct Options {
    /// The stream; standard input if there is none, or `-`
    file: Option<PathBuf>,
    /// Feed the parser at most so many bytes at a time
    #[arg(long, value_name = "BYTES", default_value = "65536", value_parser = clap::value_parser!(u64).range(1..))]
    chunk: u64,
    /// Drop events larger than this (exit status 1)
    #[arg(long, value_name = "BYTES", default_value_t = Parser::DEFAULT_LIMIT)]
    limit: usize,
    /// Start with this last event ID
    #[arg(long, value_name = "ID", default_value = "")]
    last_event_id: String,
    /// Give out the event that the end of the stream cuts off
    #[arg(long)]
    flush: bool,
    /// Also print comments, retry, ids on their own, errors and how the stream ended
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct EventLine<'a> {
    event: &'a str,
    data: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Comment(&'a str),
    Retry(u128),
    LastEventId(&'a str),
    Error(String),
    End {
        events: u64,
        last_event_id: &'a str,
        retry: Option<u128>,
        truncated: bool,
    },
    #[serde(untagged)]
    Event(EventLine<'a>),
}

/// Prints what was read, and counts it.
struct Printer<W> {
    out: W,
    all: bool,
    events: u64,
    dropped: u64,
}

impl<W: Write> Printer<W> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.out.write_all(&text)?;
        self.out.flush()
    }

    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        self.events += 1;
        self.line(&Line::Event(EventLine {
            event: event.event_type(),
            data: event.data(),
            id: event.last_event_id(),
            own_id: event.id().filter(|_| self.all),
        }))
    }

    fn item(&mut self, item: Item<'_>) -> io::Result<()> {
        match item {
            Item::Event(event) => self.event(event),
            Item::Comment(text) => self.line(&Line::Comment(text)),
            Item::Retry(time) => self.line(&Line::Retry(time.as_millis())),
            Item::LastEventId(id) => self.line(&Line::LastEventId(id.as_str())),
            _ => Ok(()),
        }
    }

    fn too_large(&mut self, error: TooLarge) -> io::Result<()> {
        eprintln!("sse decode: {error}");
        self.dropped += u64::from(error.part != Part::Comment);
        if self.all { self.line(&Line::Error(error.to_string())) } else { Ok(()) }
    }
}

/// All that `input` holds.
fn print_chunk<W: Write>(parser: &mut Parser, mut input: &[u8], printer: &mut Printer<W>) -> io::Result<()> {
    loop {
        let item = if printer.all {
            parser.next_item(&mut input)
        } else {
            parser.next(&mut input).map(|event| event.map(Item::Event))
        };
        match item {
            Ok(Some(item)) => printer.item(item)?,
            Ok(None) => return Ok(()),
            Err(error) => printer.too_large(error)?,
        }
    }
}

fn print_end<W: Write>(parser: &mut Parser, flush: bool, printer: &mut Printer<W>) -> io::Result<()> {
    let truncated = parser.truncated().is_some();
    if flush && let Some(event) = parser.flush() {
        printer.event(event)?;
    }
    let _ = parser.finish();
    if printer.all {
        let (events, retry) = (printer.events, parser.retry().map(|time| time.as_millis()));
        printer.line(&Line::End { events, last_event_id: parser.last_event_id(), retry, truncated })?;
    }
    Ok(())
}

pub fn run(options: Options) -> Outcome {
    let mut parser = Parser::with_limit(options.limit);
    parser.set_last_event_id(&options.last_event_id).map_err(fail)?;
    let (mut source, name) = open(options.file.as_ref())?;
    let mut printer = Printer { out: io::stdout().lock(), all: options.all, events: 0, dropped: 0 };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                for part in buffer[..length].chunks(options.chunk.try_into().unwrap_or(usize::MAX)) {
                    written(print_chunk(&mut parser, part, &mut printer))?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(fail(format_args!("cannot read {name}: {error}"))),
        }
    }
    written(print_end(&mut parser, options.flush, &mut printer))?;
    Ok(ExitCode::from(u8::from(printer.dropped > 0)))
}
