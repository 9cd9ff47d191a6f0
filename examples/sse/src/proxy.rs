//! `sse proxy`: a filter in the middle of a stream.

use std::{
    collections::HashMap,
    io::{self, Write},
    process::ExitCode,
};

use ssewire::{
    Event,
    blocks::{Block, Blocks},
};

use crate::{Outcome, fail, open, written};

/// Filter the stream on standard input to standard output, in bounded memory
///
/// What it does not touch passes byte for byte. Of an event that is dropped, the retry and the id go on. An event that is renamed is written anew. What the
/// end of the stream cuts off passes cut off. Exit status 1 if a block was dropped for its size.
#[derive(clap::Args)]
pub struct Options {
    /// Drop events of this type
    #[arg(long, value_name = "TYPE")]
    drop: Vec<String>,
    /// Give events of the type OLD the type NEW
    #[arg(long, value_name = "OLD=NEW", value_parser = names)]
    rename: Vec<(String, String)>,
    /// The largest block that passes
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    limit: usize,
    /// Write everything anew, line ends included, so that no reader can take it for anything else
    #[arg(long)]
    canonical: bool,
}

fn names(names: &str) -> Result<(String, String), String> {
    let (old, new) = names.split_once('=').ok_or("it needs OLD=NEW")?;
    Event::new("").with_type(new).map_err(|error| error.to_string())?;
    Ok((old.to_owned(), new.to_owned()))
}

enum Rule {
    Drop,
    Rename(String),
}

type Rules = HashMap<String, Rule>;

fn write(block: &Block<'_>, rules: &Rules, out: &mut Vec<u8>) {
    match block.event().and_then(|event| Some((event, rules.get(event.event_type())?))) {
        None => block.pass(out),
        Some((_, Rule::Drop)) => block.leave_out(out),
        Some((event, Rule::Rename(new))) => {
            block.replace(event.with_type(new).expect("checked with the options"), out);
        }
    }
}

pub fn run(options: &Options) -> Outcome {
    let drops = options.drop.iter().map(|name| (name.clone(), Rule::Drop));
    let renames = options.rename.iter().map(|(old, new)| (old.clone(), Rule::Rename(new.clone())));
    let rules: Rules = drops.chain(renames).collect();
    let mut blocks = Blocks::with_limit(options.limit);
    if options.canonical {
        blocks = blocks.canonical();
    }
    let (mut source, name) = open(None)?;
    let (mut sink, mut buffer, mut out) = (io::stdout().lock(), vec![0; 64 << 10], Vec::new());
    loop {
        let length = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length.map_err(|error| fail(format_args!("cannot read {name}: {error}")))?,
        };
        let (mut input, before) = (&buffer[..length], blocks.too_large());
        while let Some(block) = blocks.next(&mut input) {
            write(&block, &rules, &mut out);
        }
        if length == 0
            && let Some(block) = blocks.finish()
        {
            write(&block, &rules, &mut out);
        }
        for _ in before..blocks.too_large() {
            eprintln!("sse proxy: a block of more than {} bytes is dropped", options.limit);
        }
        written(sink.write_all(&out).and_then(|()| sink.flush()))?;
        out.clear();
        if length == 0 {
            return Ok(ExitCode::from(u8::from(blocks.too_large() > 0)));
        }
    }
}
