//! Reads an event stream from a file or standard input, as it arrives, and prints one JSON object per line:
//!
//! ```text
//! curl -N URL | decode
//! decode [--chunk BYTES] [--limit BYTES] [--last-event-id ID] [--flush] [--all] [FILE]
//! ```
//!
//! Exit status: 0, or 1 if an event was dropped for its size, 2 for wrong usage or input that cannot be read.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Write},
    process::ExitCode,
};

use lexopt::prelude::{Long, Short, Value, ValueExt};
use serde::Serialize;
use ssewire::{Event, Item, Parser, Part, TooLarge};

const USAGE: &str = "\
usage: decode [--chunk BYTES] [--limit BYTES] [--last-event-id ID] [--flush] [--all] [FILE]

Prints each event of the stream in FILE, or on standard input, as one line of JSON.

  --chunk BYTES       feed the parser at most BYTES at a time
  --limit BYTES       drop events larger than BYTES (16 MiB)
  --last-event-id ID  start with this last event ID
  --flush             give out the event that the end of the stream cuts off
  --all               also print comments, retry, ids on their own, errors and how the stream ended";

struct Options {
    chunk: usize,
    parser: Parser,
    flush: bool,
    all: bool,
    file: Option<OsString>,
}

/// `None` if only the usage was asked for.
fn options() -> Result<Option<Options>, lexopt::Error> {
    let (mut chunk, mut limit, mut id) = (64 * 1024, Parser::DEFAULT_LIMIT, String::new());
    let (mut flush, mut all, mut file) = (false, false, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("chunk") => chunk = arguments.value()?.parse()?,
            Long("limit") => limit = arguments.value()?.parse()?,
            Long("last-event-id") => id = arguments.value()?.string()?,
            Long("flush") => flush = true,
            Long("all") => all = true,
            Long("help") | Short('h') => return Ok(None),
            Value(value) if file.is_none() => file = Some(value),
            _ => return Err(argument.unexpected()),
        }
    }
    if chunk == 0 {
        return Err("--chunk needs at least 1 byte".into());
    }
    let mut parser = Parser::with_limit(limit);
    parser.set_last_event_id(&id).map_err(|error| lexopt::Error::Custom(Box::new(error)))?;
    Ok(Some(Options { chunk, parser, flush, all, file: file.filter(|file| file != "-") }))
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
        eprintln!("decode: {error}");
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
    if flush && let Some(event) = parser.flush() {
        printer.event(event)?;
    }
    let truncated = parser.finish().is_err();
    if printer.all {
        let (events, retry) = (printer.events, parser.retry().map(|time| time.as_millis()));
        printer.line(&Line::End { events, last_event_id: parser.last_event_id(), retry, truncated })?;
    }
    Ok(())
}

enum Failure {
    Read(io::Error),
    Write(io::Error),
}

fn decode<W: Write>(options: Options, mut source: impl Read, printer: &mut Printer<W>) -> Result<(), Failure> {
    let Options { chunk, mut parser, flush, .. } = options;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                for part in buffer[..length].chunks(chunk) {
                    print_chunk(&mut parser, part, printer).map_err(Failure::Write)?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::Read(error)),
        }
    }
    print_end(&mut parser, flush, printer).map_err(Failure::Write)
}

fn fail(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("decode: {why}");
    ExitCode::from(2)
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(format_args!("{error}\n{USAGE}")),
    };
    let (source, name): (Box<dyn Read>, _) = match &options.file {
        None => (Box::new(io::stdin().lock()), "standard input".to_owned()),
        Some(path) => match File::open(path) {
            Ok(file) => (Box::new(file), path.to_string_lossy().into_owned()),
            Err(error) => return fail(format_args!("cannot open {}: {error}", path.to_string_lossy())),
        },
    };
    let mut printer = Printer { out: io::stdout().lock(), all: options.all, events: 0, dropped: 0 };
    match decode(options, source, &mut printer) {
        Ok(()) => ExitCode::from(u8::from(printer.dropped > 0)),
        // Nobody reads on: `decode | head` has what it wanted.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Write(error)) => fail(format_args!("cannot write: {error}")),
        Err(Failure::Read(error)) => fail(format_args!("cannot read {name}: {error}")),
    }
}
