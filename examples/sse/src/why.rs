//! `sse why`: what in a stream has no effect, and why: for the day on which fewer events arrive than were sent.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use ssewire::decode::{Field, Token, Tokenizer};

use crate::{Outcome, fail, open, written};

/// Say which lines of a stream have no effect, which blocks are no events, and why
///
/// Knows what is often sent in place of a stream: gzip, UTF-16, Latin-1, HTML, JSON, lines that were framed twice. Comments are meant to have no effect. Exit
/// status 0 if all else has one, 1 if not.
#[derive(clap::Args)]
pub struct Options {
    /// The stream; standard input if there is none, or `-`
    file: Option<PathBuf>,
}

const BOM: &[u8] = "\u{FEFF}".as_bytes();

/// What the lines of a block have said.
#[derive(Default)]
struct Block<'s> {
    data: bool,
    /// The lines that say so, with their numbers.
    event_type: Option<(usize, &'s [u8])>,
    id: Option<(usize, &'s [u8])>,
    /// How many lines of data are each a whole object of JSON.
    objects: usize,
    /// Something that only the blank line makes act.
    waits: bool,
}

/// What all of it is, if it is no stream of text in UTF-8.
fn other_form(stream: &[u8]) -> Option<&'static str> {
    match stream {
        [0x1F, 0x8B, ..] => Some("gzip: decompress it first, or ask for it with `Accept-Encoding: identity`"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("zstd: decompress it first, or ask for it with `Accept-Encoding: identity`"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, _, 0, ..] | [0, _, 0, _, ..] => {
            Some("UTF-16: an event stream is UTF-8, and nothing else")
        }
        _ => None,
    }
}

/// Why a line of an unknown name has none of those it may have been meant to have. `follows_data` if the line before it is data.
fn unknown(line: &[u8], follows_data: bool) -> &'static str {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let bare = name.strip_prefix(BOM).unwrap_or(name).trim_ascii();
    let is_meant = ["data", "event", "id", "retry"].iter().any(|field| bare.eq_ignore_ascii_case(field.as_bytes()));
    if line.trim_ascii().is_empty() {
        "spaces: the line is not blank, so the event goes on"
    } else if name.starts_with(BOM) && (is_meant || bare.is_empty()) {
        "a BOM that is not at the start of the stream is part of the line"
    } else if is_meant && name.trim_ascii() != name {
        "a space belongs behind the colon, not before the name or behind it"
    } else if is_meant {
        "names are in lower case"
    } else if line.trim_ascii_start().starts_with(b"<") {
        "HTML: this is a page, no event stream; look at the status and the address"
    } else if follows_data && matches!(line.first(), Some(b' ' | b'\t')) {
        "an indented line continues nothing: `data: ` belongs before each line of the data"
    } else if matches!(line.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) {
        "JSON without a field: `data: ` belongs before it, and a blank line behind"
    } else if follows_data {
        "no field has that name; if it belongs to the data, `data: ` belongs before it"
    } else {
        "no field has that name"
    }
}

/// Reads the stream and says each thing, with the number of its line. How many events and comments it has.
fn read(stream: &[u8], mut say: impl FnMut(usize, &[u8], &str) -> io::Result<()>) -> io::Result<(usize, usize)> {
    const AGAIN: &str = "a later line of the same block sets it again: is a blank line missing between two events?";
    const LOSSY: &str = "bytes that are not UTF-8 become U+FFFD; is this Latin-1? Write UTF-8";
    if let Some(form) = other_form(stream) {
        say(1, b"", form)?;
        return Ok((0, 0));
    }
    let (mut follows_data, mut events, mut comments) = (false, 0, 0);
    let (mut tokenizer, mut input) = (Tokenizer::new(), stream);
    let (mut block, mut number, mut first) = (Block::default(), 1, 1);
    loop {
        let before = input;
        // (All of the stream is one chunk: a token is a line.)
        let token = tokenizer.next(&mut input);
        let line = &before[..before.len() - input.len()];
        let line = line.strip_prefix(BOM).filter(|_| number == 1).unwrap_or(line);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let unknown = |line| unknown(line, follows_data);
        match token {
            None if line.is_empty() || line.starts_with(b":") => break,
            None => {
                let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
                let is_known = ["data", "event", "id", "retry"].iter().any(|field| field.as_bytes().starts_with(name));
                say(number, line, if is_known { "the stream ends in this line" } else { unknown(line) })?;
                break;
            }
            Some(Token::Unknown { .. }) => say(number, line, unknown(line))?,
            Some(Token::Field { field: Field::Id, value, .. }) if value.contains(&0) => {
                say(number, line, "an id with a NUL is ignored")?;
            }
            Some(Token::Field { field: Field::Retry, value, end }) => {
                if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                    say(number, line, "a time is milliseconds, in digits alone")?;
                } else if end.is_none() {
                    say(number, line, "the stream ends in this line")?;
                }
            }
            Some(Token::Field { field, value, .. }) => {
                let before = match field {
                    Field::Event => block.event_type.replace((number, line)),
                    Field::Id => block.id.replace((number, line)),
                    _ => None,
                };
                if let Some((before, line)) = before {
                    say(before, line, AGAIN)?;
                }
                block.objects += usize::from(field == Field::Data && value.starts_with(b"{") && value.ends_with(b"}"));
                block.data |= field == Field::Data;
                block.waits = true;
                if str::from_utf8(value).is_err() {
                    say(number, line, LOSSY)?;
                } else if [&b"data:"[..], b"event:", b"id:"].iter().any(|name| field == Field::Data && value.starts_with(name))
                {
                    say(number, line, "the data begins with the name of a field: was it framed twice?")?;
                } else if value.ends_with(b"\\n\\n") {
                    say(number, line, "a backslash and an n end no line: a line end itself must be sent")?;
                }
            }
            Some(Token::BlankLine(_)) => {
                if let (Some((number, line)), false) = (block.event_type, block.data) {
                    say(number, line, "a block with a type but without data is no event")?;
                }
                if block.objects > 1 {
                    say(
                        first,
                        b"",
                        "several lines of data are each JSON of their own: is a blank line missing between events?",
                    )?;
                }
                events += usize::from(block.data);
                (block, first) = (Block::default(), number + 1);
            }
            // The LF of a line that has been counted.
            Some(Token::LateLf) => number -= 1,
            // It has no effect, and is meant to have none.
            Some(Token::Comment { .. }) => comments += 1,
        }
        if !matches!(token, Some(Token::LateLf | Token::Unknown { .. })) {
            follows_data = matches!(token, Some(Token::Field { field: Field::Data, .. }));
        }
        number += 1;
    }
    if block.waits {
        say(
            first,
            b"",
            "the stream ends before the blank line of this block, which is discarded: end each event with a blank line",
        )?;
    }
    Ok((events, comments))
}

fn of(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

pub fn run(options: &Options) -> Outcome {
    let (mut source, name) = open(options.file.as_ref())?;
    let mut stream = Vec::new();
    source.read_to_end(&mut stream).map_err(|error| fail(format_args!("cannot read {name}: {error}")))?;
    let (mut count, mut out) = (0, io::stdout().lock());
    let said = read(&stream, |number, line, why| {
        count += 1;
        let shown = String::from_utf8_lossy(line.get(..60).unwrap_or(line));
        if shown.is_empty() { writeln!(out, "line {number}: {why}") } else { writeln!(out, "line {number}: {shown:?}: {why}") }
    });
    if let Ok((events, comments)) = said {
        let effect = if count == 0 { "everything has its effect" } else { "see above" };
        eprintln!("sse why: {}, {}, {}; {effect}", of(stream.len(), "byte"), of(events, "event"), of(comments, "comment"));
    }
    written(said.map(drop))?;
    Ok(ExitCode::from(u8::from(count > 0)))
}
