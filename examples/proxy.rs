//! A filter in the middle of a stream, from standard input to standard output, in bounded memory:
//!
//! ```text
//! curl -N URL | proxy --drop ping --rename price=priceUpdate
//! proxy [--drop TYPE]... [--rename OLD=NEW]... [--limit BYTES] [--canonical]
//! ```
//!
//! What it does not touch passes byte for byte. Of an event that is dropped, the retry and the id go on. An event that is renamed is written
//! anew. With `--canonical` everything is. A block above the limit is dropped. What the end of the stream cuts off passes cut off.
//!
//! Exit status: 0, 1 if a block was dropped for its size, 2 for wrong usage or input that cannot be read.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    process::ExitCode,
};

use lexopt::prelude::{Long, Short, ValueExt};
use ssewire::{
    Event,
    blocks::{Block, Blocks},
};

const USAGE: &str = "\
usage: proxy [--drop TYPE]... [--rename OLD=NEW]... [--limit BYTES] [--canonical]

Filters the stream on standard input to standard output.

  --drop TYPE       drop events of this type (their ids go on)
  --rename OLD=NEW  give events of the type OLD the type NEW
  --limit BYTES     the largest block that passes, 1 MiB by default
  --canonical       write everything anew, line ends included";

enum Rule {
    Drop,
    Rename(String),
}

type Rules = HashMap<String, Rule>;

/// `None` if only the usage was asked for.
fn options() -> Result<Option<(Rules, usize, bool)>, lexopt::Error> {
    let (mut rules, mut limit, mut is_canonical) = (Rules::new(), 1 << 20, false);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("drop") => {
                rules.insert(arguments.value()?.string()?, Rule::Drop);
            }
            Long("rename") => {
                let names = arguments.value()?.string()?;
                let (old, new) = names.split_once('=').ok_or("--rename needs OLD=NEW")?;
                Event::new("").with_type(new).map_err(|error| error.to_string())?;
                rules.insert(old.to_owned(), Rule::Rename(new.to_owned()));
            }
            Long("limit") => limit = arguments.value()?.parse()?,
            Long("canonical") => is_canonical = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some((rules, limit, is_canonical)))
}

fn write(block: &Block<'_>, rules: &Rules, out: &mut Vec<u8>) {
    match block.event().and_then(|event| Some((event, rules.get(event.event_type())?))) {
        None => block.pass(out),
        Some((_, Rule::Drop)) => block.leave_out(out),
        Some((event, Rule::Rename(new))) => {
            block.replace(event.with_type(new).expect("checked with the options"), out);
        }
    }
}

/// Whether a block was dropped for its size.
fn run(rules: &Rules, limit: usize, is_canonical: bool) -> io::Result<bool> {
    let mut blocks = Blocks::with_limit(limit);
    if is_canonical {
        blocks = blocks.canonical();
    }
    let (mut source, mut sink, mut buffer, mut out) = (io::stdin().lock(), io::stdout().lock(), vec![0; 64 << 10], Vec::new());
    loop {
        let length = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        let (mut input, before) = (&buffer[..length], blocks.too_large());
        while let Some(block) = blocks.next(&mut input) {
            write(&block, rules, &mut out);
        }
        if length == 0
            && let Some(block) = blocks.finish()
        {
            write(&block, rules, &mut out);
        }
        for _ in before..blocks.too_large() {
            eprintln!("proxy: a block of more than {limit} bytes is dropped");
        }
        match sink.write_all(&out).and_then(|()| sink.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            written => written?,
        }
        out.clear();
        if length == 0 {
            return Ok(blocks.too_large() > 0);
        }
    }
}

fn main() -> ExitCode {
    let fail = |why: String| {
        eprintln!("proxy: {why}");
        ExitCode::from(2)
    };
    match options() {
        Ok(Some((rules, limit, is_canonical))) => match run(&rules, limit, is_canonical) {
            Ok(has_dropped) => ExitCode::from(u8::from(has_dropped)),
            Err(error) => fail(error.to_string()),
        },
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(format!("{error}\n{USAGE}")),
    }
}
