//! Reads the spec table (tests/support/cases.rs) with ssewire and with others, and writes docs/conformance.md: who reads what as the
//! standard says. `cargo run --release --manifest-path tests/differential/Cargo.toml`, or ci/differential.sh, which also installs
//! what Node needs. With `--check` it writes nothing and fails if ssewire's column is not full.
//!
//! A case is passed if the events (type, data and id) are right whole, byte by byte and at every cut into two. The cases that start
//! with a last event ID are left out for the others, most of which cannot be given one.

#[path = "../../support/cases.rs"]
#[allow(dead_code, reason = "what the end of a stream cuts off is not compared")]
mod cases;
#[path = "../../model/mod.rs"]
#[allow(dead_code, reason = "only what a case says is used of it")]
mod model;
mod readers;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    panic::catch_unwind,
    process::{Command, ExitCode, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use cases::{CASES, Case};
use model::Out;
use readers::{Ids, READERS, Seen};

/// How a case went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Went {
    Right,
    /// Events are missing, or others came out.
    OtherEvents,
    /// An error where the standard knows none.
    Error,
    /// Polled again and again, it neither ends nor says anything new.
    Endless,
    Panic,
}

struct Column {
    name: String,
    version: String,
    went: Vec<Went>,
}

fn want(case: &Case, ids: Ids) -> Vec<Seen> {
    let events = case.want.iter().filter_map(|want| match want.out() {
        Out::Event { event_type, data, id, last_event_id, .. } => {
            let id = if ids == Ids::Own { id.unwrap_or_default() } else { last_event_id };
            Some(Seen { event_type, data, id })
        }
        _ => None,
    });
    events.collect()
}

/// Whole, byte by byte, and at every place into two.
fn cuts(input: &'static [u8]) -> Vec<Vec<Bytes>> {
    let bytes = Bytes::from_static;
    let halves = (1..input.len()).map(|at| vec![bytes(&input[..at]), bytes(&input[at..])]);
    [vec![bytes(input)], input.chunks(1).map(bytes).collect()].into_iter().chain(halves).collect()
}

fn went(case: &Case, reader: &readers::Reader) -> Went {
    let want = want(case, reader.ids);
    let each = cuts(case.input).into_iter().map(|chunks| {
        let read = catch_unwind(|| {
            let mut seen = Vec::new();
            let end = (reader.read)(&chunks, &mut seen);
            (seen, end)
        });
        match read {
            Err(_) => Went::Panic,
            Ok((_, Err(error))) if error == "never ends" => Went::Endless,
            Ok((_, Err(_))) => Went::Error,
            Ok((seen, Ok(()))) if seen == want => Went::Right,
            Ok(_) => Went::OtherEvents,
        }
    });
    each.max().unwrap_or(Went::Right)
}

/// The version in the lock file.
fn version(name: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let package = lock.split("[[package]]").find(|package| package.contains(&format!("name = \"{name}\"\n")));
    let version = package.and_then(|package| package.split("version = \"").nth(1)).and_then(|rest| rest.split('"').next());
    version.unwrap_or("?").to_owned()
}

/// eventsource-parser reads in Node: all cases go in as lines of JSON, all events come back.
fn node(cases: &[&Case]) -> Result<Column, Box<dyn std::error::Error>> {
    let mut child = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/node/read.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = String::new();
    for case in cases {
        for chunks in cuts(case.input) {
            let chunks: Vec<String> = chunks.iter().map(|chunk| STANDARD.encode(chunk)).collect();
            writeln!(lines, "{}", serde_json::to_string(&chunks)?)?;
        }
    }
    let mut input = child.stdin.take().ok_or("no input")?;
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer failed")??;
    if !output.status.success() {
        return Err("node failed: run ci/differential.sh".into());
    }
    let output = String::from_utf8(output.stdout)?;
    let mut results = output.lines();
    let version = results.next().ok_or("no version")?.to_owned();
    let mut went = Vec::new();
    for case in cases {
        let want = want(case, Ids::Own);
        let mut worst = Went::Right;
        for _ in cuts(case.input) {
            let events: Vec<[String; 3]> = serde_json::from_str(results.next().ok_or("too few results")?)?;
            let seen: Vec<Seen> = events.into_iter().map(|[event_type, data, id]| Seen { event_type, data, id }).collect();
            worst = worst.max(if seen == want { Went::Right } else { Went::OtherEvents });
        }
        went.push(worst);
    }
    Ok(Column { name: "eventsource-parser (npm)".to_owned(), version, went })
}

fn table(cases: &[&Case], columns: &[Column]) -> String {
    let mut text = String::new();
    let count = |column: &Column, which: Went| column.went.iter().filter(|went| **went == which).count();
    writeln!(text, "| implementation | version | passed of {} | other events | an error | never ends | panics |", cases.len())
        .unwrap();
    writeln!(text, "|---|---|---|---|---|---|---|").unwrap();
    for column in columns {
        write!(text, "| {} | {} | **{}** |", column.name, column.version, count(column, Went::Right)).unwrap();
        for which in [Went::OtherEvents, Went::Error, Went::Endless, Went::Panic] {
            match count(column, which) {
                0 => text.push_str(" |"),
                number => write!(text, " {number} |").unwrap(),
            }
        }
        text.push('\n');
    }
    text
}

/// What each of the others fails, by what the cases are about.
fn failures(cases: &[&Case], columns: &[Column]) -> String {
    let mut text = String::new();
    for column in columns.iter().filter(|column| column.went.iter().any(|went| *went != Went::Right)) {
        let mut about: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (case, _) in cases.iter().zip(&column.went).filter(|(_, went)| **went != Went::Right) {
            let (topic, what) = case.name.split_once(": ").unwrap_or((case.name, ""));
            about.entry(topic).or_default().push(what);
        }
        writeln!(text, "- **{}**", column.name).unwrap();
        for (topic, whats) in about {
            writeln!(text, "  - {topic}: {}", whats.join("; ")).unwrap();
        }
    }
    text
}

const HEAD: &str = "# Who reads event streams as the standard says

Written by `ci/differential.sh`, which runs the table in tests/support/cases.rs through each implementation: each case whole, byte by
byte and at every cut into two. A case is passed if at every cut the events come out that section 9.2 of the HTML standard says,
with their types, data and ids, and nothing else. Cases that start with a last event ID are left out, since most of these
implementations cannot be given one. Comments and the reconnection time are not compared, nor how a stream is limited.

What counts against an implementation here may be a choice of its authors: to refuse what is not UTF-8 instead of replacing it (the
standard replaces), to give out what the end of the stream has cut off, to tell an id that the standard would ignore. It is
counted all the same, because a reader of the events sees something else than a browser does. sse-stream, russe and
eventsource-parser tell only the id of the event's own block, and are compared with that. eventsource-parser reads text: it was
given what `TextDecoder` makes of the bytes (with `ignoreBOM`, so that it sees a BOM itself).

";

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.start.is_empty()).collect();
    let mut columns: Vec<Column> = READERS
        .iter()
        .map(|reader| Column {
            name: reader.name.to_owned(),
            version: version(reader.name),
            went: cases.iter().map(|case| went(case, reader)).collect(),
        })
        .collect();
    match node(&cases) {
        Ok(column) => columns.push(column),
        Err(error) => {
            eprintln!("eventsource-parser: {error}");
            return ExitCode::FAILURE;
        }
    }
    let full = columns[0].went.iter().all(|went| *went == Went::Right);
    columns[1..].sort_by_key(|column| column.went.iter().filter(|went| **went != Went::Right).count());
    let table = table(&cases, &columns);
    print!("{table}");
    if !std::env::args().any(|argument| argument == "--check") {
        let page = format!("{HEAD}{table}\n## What was not passed\n\n{}", failures(&cases, &columns));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/conformance.md");
        if let Err(error) = std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))
            .and_then(|()| std::fs::write(path, page))
        {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    if !full {
        eprintln!("ssewire does not pass every case");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
