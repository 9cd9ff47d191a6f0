//! A filter in the middle of a stream, from standard input to standard output, in bounded memory:
//!
//! ```text
//! curl -N URL | proxy --drop ping --rename price=priceUpdate
//! proxy [--drop TYPE]... [--rename OLD=NEW]... [--limit BYTES] [--canonical]
//! ```
//!
//! What it does not touch passes byte for byte: unknown fields, comments, line ends and all. Of an event that is dropped, the
//! retry and the id go on, so that every event behind it has the same last event ID as without the filter. An event that is
//! renamed is written anew, without the comments and unknown fields of its block.
//!
//! With `--canonical` everything is written anew, item by item. Then no reader behind the filter can take the stream for anything
//! but what the filter saw. (Some readers do not end lines at a lone CR: what they read as one line, this filter reads as two.)
//!
//! A block above the limit is dropped: its retry goes on (the last one, if it has several, as with every event that is dropped or
//! renamed), and, if the parser could still read it, its id. The limit is for the bytes of the block as they come, and for its
//! text, in which what is not UTF-8 takes three bytes; with `--canonical` for its text alone. What the end of the stream cuts off
//! passes cut off: no reader dispatches it that would not have without the filter.
//!
//! Exit status: 0, 1 if a block was dropped for its size, 2 for wrong usage or input that cannot be read.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    process::ExitCode,
    time::Duration,
};

use lexopt::prelude::{Long, Short, ValueExt};
use ssewire::{
    Event, Item, Parser, Part, TooLarge,
    decode::{Token, Tokenizer},
    encode::ItemEncoder,
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

struct Options {
    rules: HashMap<String, Rule>,
    limit: usize,
    canonical: bool,
}

/// `None` if only the usage was asked for.
fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { rules: HashMap::new(), limit: 1 << 20, canonical: false };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("drop") => {
                options.rules.insert(arguments.value()?.string()?, Rule::Drop);
            }
            Long("rename") => {
                let names = arguments.value()?.string()?;
                let (old, new) = names.split_once('=').ok_or("--rename needs OLD=NEW")?;
                Event::new("").with_type(new).map_err(|error| error.to_string())?;
                options.rules.insert(old.to_owned(), Rule::Rename(new.to_owned()));
            }
            Long("limit") => options.limit = arguments.value()?.parse()?,
            Long("canonical") => options.canonical = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
}

/// What becomes of an event.
enum Verdict<'e> {
    Pass,
    /// Only its retry and its id go on.
    Drop,
    Replace(Event<'e>),
}

fn judge<'e>(rules: &'e HashMap<String, Rule>, event: Event<'e>) -> Verdict<'e> {
    match rules.get(event.event_type()) {
        None => Verdict::Pass,
        Some(Rule::Drop) => Verdict::Drop,
        Some(Rule::Rename(new)) => Verdict::Replace(event.with_type(new).expect("checked with the options")),
    }
}

/// What goes on of a block that does not.
fn remains(retry: Option<Duration>, id: Option<Item<'_>>) -> Vec<u8> {
    [retry.map(Item::Retry), id].iter().flatten().flat_map(|item| item.encode().to_vec()).collect()
}

/// An event on the wire as the end of a stream leaves it: without its blank line.
fn cut_off(event: Event<'_>) -> Vec<u8> {
    let mut wire = event.encode().to_vec();
    wire.pop();
    wire
}

fn warn(error: TooLarge) {
    eprintln!("proxy: {error}");
}

trait Filter {
    fn read(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
    fn has_dropped(&self) -> bool;
}

/// Writes every item anew.
struct Canonical {
    rules: HashMap<String, Rule>,
    parser: Parser,
    encoder: ItemEncoder,
    has_dropped: bool,
}

impl Filter for Canonical {
    fn read(&mut self, mut input: &[u8], out: &mut dyn Write) -> io::Result<()> {
        loop {
            let item = match self.parser.next_item(&mut input) {
                Ok(Some(Item::Event(event))) => match judge(&self.rules, event) {
                    Verdict::Pass => Item::Event(event),
                    Verdict::Replace(event) => Item::Event(event),
                    // Its retry has been written at its line.
                    Verdict::Drop => match event.id_item() {
                        Some(id) => id,
                        None => continue,
                    },
                },
                Ok(Some(item)) => item,
                Ok(None) => return Ok(()),
                Err(error) => {
                    warn(error);
                    self.has_dropped |= error.part != Part::Comment;
                    continue;
                }
            };
            self.encoder.encode(item).write_to(&mut *out)?;
        }
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.parser.flush().map(|event| (judge(&self.rules, event), event.without_retry())) {
            Some((Verdict::Pass, event) | (Verdict::Replace(event), _)) => out.write_all(&cut_off(event.without_retry())),
            Some((Verdict::Drop, _)) | None => Ok(()),
        }
    }

    fn has_dropped(&self) -> bool {
        self.has_dropped
    }
}

/// Passes blocks on as they came. Two layers work side by side: the tokenizer tells where lines and blocks end, the parser what
/// they mean.
struct AsItCame {
    rules: HashMap<String, Rule>,
    limit: usize,
    tokenizer: Tokenizer,
    parser: Parser,
    block: Block,
    /// The last thing was passed on as it came: an LF that comes late belongs to it.
    passed: bool,
    /// Something has been written.
    begun: bool,
    has_dropped: bool,
}

/// The block that is being read.
#[derive(Default)]
struct Block {
    raw: Vec<u8>,
    /// It has lines that are neither comments nor unknown.
    has_fields: bool,
    too_large: bool,
    /// The reconnection time that it has set.
    retry: Option<Duration>,
    /// What goes on in its place, once that is known.
    instead: Option<Vec<u8>>,
}

impl AsItCame {
    /// What the parser makes of some bytes of the block.
    fn parse(&mut self, mut bytes: &[u8]) {
        loop {
            match self.parser.next_item(&mut bytes) {
                Ok(Some(Item::Retry(time))) => self.block.retry = Some(time),
                Ok(Some(Item::Event(event))) => {
                    let drop = || Some(remains(event.retry(), event.id_item()));
                    self.block.instead = match judge(&self.rules, event) {
                        _ if self.block.too_large => drop(),
                        Verdict::Pass => None,
                        Verdict::Drop => drop(),
                        Verdict::Replace(event) => Some(event.encode().to_vec()),
                    };
                }
                Ok(Some(id @ Item::LastEventId(_))) if self.block.too_large => {
                    self.block.instead = Some(remains(self.block.retry, Some(id)));
                }
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => {
                    if !self.block.too_large {
                        warn(error);
                    }
                    self.block.too_large |= error.part != Part::Comment;
                }
            }
        }
    }

    /// Some bytes of the stream, of one line at the most, and the token that ends with them.
    fn bytes(&mut self, bytes: &[u8], token: Option<Token<'_>>, out: &mut dyn Write) -> io::Result<()> {
        if token == Some(Token::LateLf) && self.block.raw.is_empty() && !self.block.too_large {
            self.parse(bytes);
            return if self.passed { out.write_all(bytes) } else { Ok(()) };
        }
        if !self.block.too_large && bytes.len() > self.limit.saturating_sub(self.block.raw.len()) {
            eprintln!("proxy: a block of more than {} bytes is dropped", self.limit);
            self.block.too_large = true;
        }
        if self.block.too_large {
            self.block.raw = Vec::new();
        } else {
            self.block.raw.extend_from_slice(bytes);
        }
        self.block.has_fields |= matches!(token, Some(Token::Field { .. }));
        self.parse(bytes);
        match token {
            Some(Token::BlankLine(_)) => self.end_block(out),
            // Nothing that could be dropped: a heartbeat passes at once.
            Some(Token::Comment { end: Some(_), .. } | Token::Unknown { end: Some(_), .. }) if !self.block.has_fields => {
                self.end_block(out)
            }
            _ => Ok(()),
        }
    }

    fn end_block(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        self.has_dropped |= block.too_large;
        self.passed = block.instead.is_none() && !block.too_large;
        let bytes = match block.instead {
            Some(instead) => instead,
            None if block.too_large => remains(block.retry, None),
            None => block.raw,
        };
        // If the first block leaves nothing, the next one is not to begin the stream: its first bytes could be a BOM, which is
        // dropped there and nowhere else.
        let first = !std::mem::replace(&mut self.begun, true);
        out.write_all(if first && bytes.is_empty() && !self.passed { b"\n" } else { &bytes })
    }
}

impl Filter for AsItCame {
    fn read(&mut self, mut input: &[u8], out: &mut dyn Write) -> io::Result<()> {
        while !input.is_empty() {
            let before = input;
            let token = self.tokenizer.next(&mut input);
            self.bytes(&before[..before.len() - input.len()], token, out)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.block.too_large
            && let Some(event) = self.parser.flush()
        {
            // A retry that is cut off has not acted, and may be half a number.
            let event = match self.block.retry {
                Some(time) => event.with_retry(time),
                None => event.without_retry(),
            };
            self.block.instead = match judge(&self.rules, event) {
                Verdict::Pass => None,
                Verdict::Drop => Some(remains(self.block.retry, None)),
                Verdict::Replace(event) => Some(cut_off(event)),
            };
        }
        self.end_block(out)
    }

    fn has_dropped(&self) -> bool {
        self.has_dropped
    }
}

fn fail(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("proxy: {why}");
    ExitCode::from(2)
}

fn main() -> ExitCode {
    let Options { rules, limit, canonical } = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(format_args!("{error}\n{USAGE}")),
    };
    let (parser, has_dropped) = (Parser::with_limit(limit), false);
    let mut filter: Box<dyn Filter> = if canonical {
        Box::new(Canonical { rules, parser, encoder: ItemEncoder::new(), has_dropped })
    } else {
        let (tokenizer, block) = (Tokenizer::new(), Block::default());
        Box::new(AsItCame { rules, limit, tokenizer, parser, block, passed: false, begun: false, has_dropped })
    };
    let (mut source, mut out, mut buffer) = (io::stdin().lock(), io::stdout().lock(), vec![0; 64 * 1024]);
    loop {
        let (written, ended) = match source.read(&mut buffer) {
            Ok(0) => (filter.end(&mut out), true),
            Ok(length) => (filter.read(&buffer[..length], &mut out), false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return fail(format_args!("cannot read: {error}")),
        };
        match written.and_then(|()| out.flush()) {
            Ok(()) if ended => return ExitCode::from(u8::from(filter.has_dropped())),
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(error) => return fail(format_args!("cannot write: {error}")),
        }
    }
}
