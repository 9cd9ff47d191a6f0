//! Reads JSON Lines and writes an event stream, flushed event by event:
//!
//! ```text
//! encode [FILE]
//! ```
//!
//! A line is an object with any of `event`, `data`, `id`, `comment` (strings) and `retry` (milliseconds). A comment comes first;
//! with `data` there is an event, otherwise a block with the `id` and the `retry`.
//!
//! A line that is nothing of the kind, or that says what cannot be sent, ends it with exit status 2 and `line N: why` on standard
//! error. Nothing of that line is written.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    process::ExitCode,
    time::Duration,
};

use lexopt::prelude::{Long, Short, Value};
use serde::Deserialize;
use ssewire::{Event, Id, InvalidField, Item, encode::ItemEncoder};

const USAGE: &str = "\
usage: encode [FILE]

Writes each line of JSON in FILE, or on standard input, as an event:
  {\"event\": \"news\", \"data\": \"text\", \"id\": \"7\", \"retry\": 3000, \"comment\": \"text\"}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: Option<String>,
    data: Option<String>,
    id: Option<String>,
    retry: Option<u64>,
    comment: Option<String>,
}

/// Why a line was not written.
enum Refused {
    NotAnObject(serde_json::Error),
    NoData,
    Empty,
    Invalid(InvalidField),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAnObject(error) => write!(f, "{error}"),
            Self::NoData => f.write_str("an `event` without `data` would never be dispatched; add \"data\": \"\""),
            Self::Empty => f.write_str("an object that says nothing; give it `data`, `id`, `retry` or `comment`"),
            Self::Invalid(error) => write!(f, "{error}"),
        }
    }
}

impl Line {
    /// The items that it says.
    fn items(&self) -> Result<Vec<Item<'_>>, Refused> {
        let retry = self.retry.map(Duration::from_millis);
        let mut items: Vec<_> = self.comment.as_deref().map(Item::Comment).into_iter().collect();
        if let Some(data) = &self.data {
            let mut event = Event::new(data).with_type(self.event.as_deref().unwrap_or_default()).map_err(Refused::Invalid)?;
            if let Some(id) = &self.id {
                event = event.with_id(id).map_err(Refused::Invalid)?;
            }
            items.push(Item::Event(if let Some(time) = retry { event.with_retry(time) } else { event }));
        } else {
            if self.event.is_some() {
                return Err(Refused::NoData);
            }
            items.extend(retry.map(Item::Retry));
            if let Some(id) = &self.id {
                items.push(Item::LastEventId(Id::new(id).map_err(Refused::Invalid)?));
            }
        }
        if items.is_empty() { Err(Refused::Empty) } else { Ok(items) }
    }

    /// What it is on the wire. A retry and an id are one block.
    fn wire(&self) -> Result<Vec<u8>, Refused> {
        let (mut encoder, mut wire) = (ItemEncoder::new(), Vec::new());
        let items = self.items()?;
        for item in &items {
            encoder.encode(item).append_to(&mut wire);
        }
        if matches!(items.last(), Some(Item::Retry(_))) {
            wire.push(b'\n');
        }
        Ok(wire)
    }
}

fn parse(text: &[u8]) -> Result<Line, Refused> {
    // (Serde would take an array for an object without names.)
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(text).map_err(Refused::NotAnObject)?;
    Line::deserialize(object).map_err(Refused::NotAnObject)
}

fn refuse(line: usize, why: &Refused) -> ExitCode {
    eprintln!("line {line}: {why}");
    ExitCode::from(2)
}

fn fail(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("encode: {why}");
    ExitCode::from(2)
}

/// `None` if only the usage was asked for.
fn file() -> Result<Option<Option<OsString>>, lexopt::Error> {
    let (mut arguments, mut file) = (lexopt::Parser::from_env(), None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Value(value) if file.is_none() => file = Some(value),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(file.filter(|file| file != "-")))
}

fn main() -> ExitCode {
    let file = match file() {
        Ok(Some(file)) => file,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(format_args!("{error}\n{USAGE}")),
    };
    let mut source: Box<dyn BufRead> = match &file {
        None => Box::new(io::stdin().lock()),
        Some(path) => match File::open(path) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => return fail(format_args!("cannot open {}: {error}", path.to_string_lossy())),
        },
    };
    let (mut out, mut text) = (io::stdout().lock(), Vec::new());
    for number in 1.. {
        text.clear();
        match source.read_until(b'\n', &mut text) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return fail(format_args!("cannot read: {error}")),
        }
        let wire = parse(&text).and_then(|line| line.wire());
        let wire = match wire {
            Ok(wire) => wire,
            Err(why) => return refuse(number, &why),
        };
        match out.write_all(&wire).and_then(|()| out.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(error) => return fail(format_args!("cannot write: {error}")),
        }
    }
    ExitCode::SUCCESS
}
