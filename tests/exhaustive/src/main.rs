//! Every stream of up to so many symbols, at every cut into two, by every way to read it, against the model in tests/model; and every
//! short event, through the encoder and back.
//!
//! ```text
//! exhaustive streams few|all|lines LENGTH [RECORD]   every stream of these symbols; goes on where RECORD, a file, says that it was stopped
//! exhaustive events LENGTH                     every event of as many symbols in type, id and data
//! exhaustive states LENGTH                     which byte followed in which state of the grammar, as a table; fails if one did not
//! ```
//!
//! The first difference ends it, with the stream, the cut and the reader.

mod check;
mod encoding;
#[path = "../../model/mod.rs"]
mod model;
#[path = "../../support/rebuild.rs"]
mod rebuild;
mod states;

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

// What rebuild.rs, which the tests share, expects beside itself.
use model::Out;
use ssewire::TooLarge;

trait Reader {
    fn feed(&mut self, chunk: &[u8], out: &mut Vec<Result<Out, TooLarge>>);
}

/// One symbol for each distinction that the grammar makes: what ends lines, what parts them, the names, a digit, NUL, the parts of a BOM
/// (the last is a continuation byte, too), another continuation byte, the first byte of four, a byte that is never UTF-8, any other one.
const FEW: &[&[u8]] = &[
    b"\n", b"\r", b" ", b":", b"data", b"event", b"id", b"retry", b"1", b"\0", b"\xEF", b"\xBB", b"\xBF", b"\x80", b"\xF0",
    b"\xFF", b"x",
];

/// The same, and each letter of the names.
const ALL: &[&[u8]] = &[
    b"\n", b"\r", b" ", b":", b"data", b"event", b"id", b"retry", b"1", b"\0", b"\xEF", b"\xBB", b"\xBF", b"\x80", b"\xF0",
    b"\xFF", b"x", b"d", b"a", b"t", b"e", b"v", b"n", b"i", b"r", b"y",
];

/// Whole starts of lines, as servers write them, and what matters behind them: what the fast paths of the parser are for.
const LINES: &[&[u8]] = &[
    b"data: ",
    b"event: ",
    b"id: ",
    b"retry: ",
    b":",
    b"\n",
    b"\r",
    b" ",
    b"1",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xF0\xBB\xBF\x80",
    b"\xFF",
];

/// How many symbols all streams of one piece of work begin with.
const SHARED: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().ok();
    let done = match arguments[..] {
        ["streams", set @ ("few" | "all" | "lines"), length, ref record @ ..] if record.len() < 2 => {
            number(length).map(|length| {
                let alphabet = match set {
                    "few" => FEW,
                    "all" => ALL,
                    _ => LINES,
                };
                streams(alphabet, length, record.first().copied()).unwrap_or_else(|error| {
                    eprintln!("the record: {error}");
                    false
                })
            })
        }
        ["events", length] => number(length).map(events),
        ["states", length] => number(length).map(|length| states::print(ALL, length)),
        _ => None,
    };
    match done {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            eprintln!("usage: exhaustive streams few|all|lines LENGTH [RECORD] | events LENGTH | states LENGTH");
            ExitCode::from(2)
        }
    }
}

/// Spreads the pieces of work over all processors. Whether nothing was found.
fn spread<T: Copy + Sync>(work: &[T], each: impl Fn(T) -> Result<(), String> + Sync) -> bool {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some(piece) = work.get(next.fetch_add(1, Relaxed)) {
                    if let Err(message) = each(*piece) {
                        next.store(work.len(), Relaxed);
                        failed.lock().expect("no thread panics with it").get_or_insert(message);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no thread panics with it");
    failed.iter().for_each(|message| eprintln!("{message}"));
    failed.is_none()
}

fn streams(alphabet: &'static [&'static [u8]], length: usize, record: Option<&str>) -> io::Result<bool> {
    // A piece of work is all streams that begin alike; and one more, `None`, the streams that are shorter than that.
    let name = |piece: Option<usize>| format!("{} symbols, to {length}: {piece:?}", alphabet.len());
    let before = record.map(fs::read_to_string).transpose();
    let before = match before {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        other => other?,
    };
    let before: HashSet<&str> = before.iter().flat_map(|text| text.lines()).collect();
    let record: Option<File> = record.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
    let pieces = alphabet.len().pow(SHARED as u32);
    let all: Vec<Option<usize>> = std::iter::once(None).chain((0..pieces).map(Some)).collect();
    let work: Vec<_> = all.iter().copied().filter(|piece| !before.contains(&*name(*piece))).collect();
    if work.len() < all.len() {
        println!("{} of {} pieces were done before", all.len() - work.len(), all.len());
    }

    let (started, count, runs) = (Instant::now(), AtomicU64::new(0), AtomicU64::new(0));
    let is_right = spread(&work, |piece| {
        let (begin, to) = match piece {
            None => (vec![], length.min(SHARED - 1)),
            Some(piece) => {
                ((0..SHARED as u32).map(|place| piece / alphabet.len().pow(place) % alphabet.len()).collect(), length)
            }
        };
        let mut walk = Walk { alphabet, length: to, stream: vec![], complete: vec![Some(0)], count: 0, runs: 0 };
        if begin.len() > length {
            return Ok(());
        }
        let found = catch_unwind(AssertUnwindSafe(|| walk.below(&begin)));
        count.fetch_add(walk.count, Relaxed);
        runs.fetch_add(walk.runs, Relaxed);
        let found = found.unwrap_or_else(|_| Err("a panic, see above".to_owned()));
        found.map_err(|message| format!("stream \"{}\": {message}", walk.stream.escape_ascii()))?;
        if let Some(mut file) = record.as_ref() {
            writeln!(file, "{}", name(piece)).map_err(|error| error.to_string())?;
        }
        Ok(())
    });
    println!(
        "{} streams of up to {length} of {} symbols, {} runs over two chunks, in {:.0} s",
        count.into_inner(),
        alphabet.len(),
        runs.into_inner(),
        started.elapsed().as_secs_f64()
    );
    Ok(is_right)
}

/// Walks through all streams, each behind those that it begins with.
struct Walk {
    alphabet: &'static [&'static [u8]],
    length: usize,
    stream: Vec<u8>,
    /// How many events are complete before each byte, where it is known: where a shorter stream ends, which was read before.
    complete: Vec<Option<usize>>,
    count: u64,
    runs: u64,
}

impl Walk {
    /// The streams that begin with these symbols. They themselves are read on the way, but count only at the end of them.
    fn below(&mut self, begin: &[usize]) -> Result<(), String> {
        for symbol in begin {
            self.push(self.alphabet[*symbol]);
            *self.complete.last_mut().expect("it is never empty") = Some(model::read(&self.stream, "").counts.0 as usize);
        }
        self.from(begin.len())
    }

    fn push(&mut self, symbol: &[u8]) {
        self.stream.extend(symbol);
        self.complete.resize(self.stream.len() + 1, None);
    }

    fn from(&mut self, symbols: usize) -> Result<(), String> {
        self.count += 1;
        let events = check::stream(&self.stream, &self.complete)?;
        *self.complete.last_mut().expect("it is never empty") = Some(events);
        self.runs += self.stream.len() as u64 + 1;
        if symbols < self.length {
            for symbol in self.alphabet {
                let length = self.stream.len();
                self.push(symbol);
                self.from(symbols + 1)?;
                self.stream.truncate(length);
                self.complete.truncate(length + 1);
            }
        }
        Ok(())
    }
}

fn events(length: usize) -> bool {
    let (started, count) = (Instant::now(), AtomicU64::new(0));
    let is_right = spread(&encoding::shapes(length), |shape| {
        let checked = catch_unwind(|| encoding::check(shape)).unwrap_or_else(|_| Err("a panic, see above".to_owned()));
        count.fetch_add(checked?, Relaxed);
        Ok(())
    });
    println!(
        "{} events of up to {length} of {} symbols in {:.0} s",
        count.into_inner(),
        encoding::ALPHABET.len(),
        started.elapsed().as_secs_f64()
    );
    is_right
}
