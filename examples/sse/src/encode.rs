//! `sse encode`: lines of JSON as events.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use serde::Deserialize;
use ssewire::{Event, Id, InvalidField, Item, encode::ItemEncoder};

use crate::{Outcome, fail, open, written};

/// Write each line of JSON as an event, as it comes
///
/// A line is an object with any of `event`, `data`, `id`, `comment` (strings) and `retry` (milliseconds), such as {"event": "news", "data": "text",
/// "id": "7"}. A comment comes first; with `data` there is an event, otherwise a block with the `id` and the `retry`. A line that is nothing of the kind, or
/// that says what cannot be sent, ends it with exit status 2. Nothing of that line is written.
#[derive(clap::Args)]
pub struct Options {
    /// The lines; standard input if there is none, or `-`
    file: Option<PathBuf>,
}

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

pub fn run(options: &Options) -> Outcome {
    let (source, name) = open(options.file.as_ref())?;
    let (mut source, mut out, mut text) = (BufReader::new(source), io::stdout().lock(), Vec::new());
    for number in 1.. {
        text.clear();
        match source.read_until(b'\n', &mut text) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(fail(format_args!("cannot read {name}: {error}"))),
        }
        let wire = parse(&text).and_then(|line| line.wire()).map_err(|why| fail(format_args!("line {number}: {why}")))?;
        written(out.write_all(&wire).and_then(|()| out.flush()))?;
    }
    Ok(ExitCode::SUCCESS)
}
