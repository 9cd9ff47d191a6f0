//! Says what in a stream has no effect, and why: for the day on which fewer events arrive than were sent.
//!
//! ```text
//! why [FILE]
//! ```
//!
//! A line for each: where it is, and what it lacks. Exit status: 0 if all has an effect, 1 if not, 2 if it cannot be read.

use std::{
    ffi::OsString,
    io::{self, Read},
    process::ExitCode,
};

use ssewire::{Field, Token, Tokenizer};

const USAGE: &str = "\
usage: why [FILE]

Says which lines of the stream in FILE, or on standard input, have no effect, which blocks are no events, and why.";

const BOM: &[u8] = "\u{FEFF}".as_bytes();

/// What the lines of a block have said.
#[derive(Default)]
struct Block {
    data: bool,
    event_type: bool,
    /// Any line but a comment or one without effect.
    anything: bool,
}

/// Why a line of an unknown name has none of those it may have been meant to have.
fn unknown(line: &[u8]) -> &'static str {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let bare = name.strip_prefix(BOM).unwrap_or(name).trim_ascii();
    let is_meant = ["data", "event", "id", "retry"].iter().any(|field| bare.eq_ignore_ascii_case(field.as_bytes()));
    if line.trim_ascii().is_empty() {
        "spaces: the line is not blank, so the event goes on"
    } else if is_meant && name.starts_with(BOM) {
        "a BOM that is not at the start of the stream is part of the name"
    } else if is_meant && name.trim_ascii() != name {
        "a space belongs behind the colon, not before the name or behind it"
    } else if is_meant {
        "names are in lower case"
    } else if matches!(line.first(), Some(b'<' | b'{' | b'[')) {
        "no field has that name: is this an event stream at all?"
    } else {
        "no field has that name"
    }
}

/// Reads the stream and says each thing, with the number of its line.
fn read(stream: &[u8], mut say: impl FnMut(usize, &[u8], &str)) {
    let (mut tokenizer, mut input) = (Tokenizer::new(), stream);
    let (mut block, mut number, mut first) = (Block::default(), 1, 1);
    loop {
        let before = input;
        // (All of the stream is one chunk: a token is a line.)
        let token = tokenizer.next(&mut input);
        let line = &before[..before.len() - input.len()];
        let line = line.trim_ascii_end().strip_prefix(BOM).filter(|_| number == 1).unwrap_or(line).trim_ascii_end();
        match token {
            None if line.is_empty() => break,
            // Its end is missing.
            None | Some(Token::Ignored(_)) => say(number, line, unknown(line)),
            Some(Token::Field { field: Field::Id, value, .. }) if value.contains(&0) => say(number, line, "a NUL in an id"),
            Some(Token::Field { field: Field::Retry, value, .. })
                if value.is_empty() || !value.iter().all(u8::is_ascii_digit) =>
            {
                say(number, line, "a time is milliseconds, in digits alone");
            }
            Some(Token::Field { field, .. }) => {
                block.data |= field == Field::Data;
                block.event_type |= field == Field::Event;
                block.anything = true;
            }
            Some(Token::BlankLine(_)) => {
                if block.event_type && !block.data {
                    say(first, b"", "a block with a type but without data is no event");
                }
                (block, first) = (Block::default(), number + 1);
            }
            Some(Token::Comment { .. } | Token::LateLf) => {}
        }
        number += 1;
    }
    if block.anything {
        say(first, b"", "the stream ends before the blank line of this block, which is discarded");
    }
}

fn main() -> ExitCode {
    let file: Option<OsString> = std::env::args_os().nth(1);
    if file.as_ref().is_some_and(|file| file == "--help" || file == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let stream = match &file {
        Some(file) if file != "-" => std::fs::read(file),
        _ => {
            let mut stream = Vec::new();
            io::stdin().read_to_end(&mut stream).map(|_| stream)
        }
    };
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => {
            eprintln!("why: {}: {error}", file.unwrap_or_default().display());
            return ExitCode::from(2);
        }
    };
    let mut any = false;
    read(&stream, |number, line, why| {
        any = true;
        let shown = String::from_utf8_lossy(line.get(..60).unwrap_or(line));
        if shown.is_empty() {
            println!("line {number}: {why}");
        } else {
            println!("line {number}: {shown:?}: {why}");
        }
    });
    if any { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
