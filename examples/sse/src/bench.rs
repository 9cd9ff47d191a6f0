//! `sse bench`: how fast a stream of one's own is read.

use std::{
    hint::black_box,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use ssewire::{EventBuf, Parser};

use crate::{Outcome, fail, open, written};

/// Measure how fast a stream is read, in chunks of several sizes
///
/// The stream is read over and over, by a parser of its own each time. The best time of all counts: what makes others longer is the rest of the machine.
#[derive(clap::Args)]
pub struct Options {
    /// The stream; standard input if there is none, or `-`
    file: Option<PathBuf>,
    /// For so many milliseconds each
    #[arg(long, value_name = "MS", default_value_t = 500)]
    time: u64,
    /// Chunks of so many bytes
    #[arg(long, value_name = "BYTES,…", value_delimiter = ',', default_value = "128,1460,16384", value_parser = clap::value_parser!(u64).range(1..))]
    chunks: Vec<u64>,
}

pub fn run(options: &Options) -> Outcome {
    let (mut source, name) = open(options.file.as_ref())?;
    let mut stream = Vec::new();
    source.read_to_end(&mut stream).map_err(|error| fail(format_args!("cannot read {name}: {error}")))?;
    let (mut out, time) = (io::stdout().lock(), Duration::from_millis(options.time));
    written(writeln!(out, "{:>12}  {:>8}  {:>23}  {:>23}", "chunks of", "events", "borrowed", "owned"))?;
    for chunk in &options.chunks {
        let chunk = usize::try_from(*chunk).unwrap_or(usize::MAX);
        let (events, borrowed) =
            best(&stream, chunk, time, |parser, input| parser.next(input).is_ok_and(|event| black_box(event).is_none()));
        let (_, owned) = best(&stream, chunk, time, |parser, input| {
            parser.next(input).is_ok_and(|event| black_box(event.map(EventBuf::from)).is_none())
        });
        let figures = |time: Duration| {
            let nanos = time.as_nanos().max(1) as f64;
            let each = if events == 0 { "-".to_owned() } else { format!("{:.1} ns", nanos / events as f64) };
            format!("{each:>12} {:>6.2} GB/s", stream.len() as f64 / nanos)
        };
        written(writeln!(out, "{chunk:>10} B  {events:>8}  {:>23}  {:>23}", figures(borrowed), figures(owned)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How many events a stream has, and the best time to read them. `read` reads one, and says whether the chunk is read.
fn best(stream: &[u8], chunk: usize, time: Duration, read: impl Fn(&mut Parser, &mut &[u8]) -> bool) -> (u64, Duration) {
    // A short stream is read faster than a clock can tell.
    let times = (1 << 20) / u32::try_from(stream.len().clamp(1, 1 << 20)).unwrap_or(u32::MAX);
    let (started, mut best, mut events) = (Instant::now(), Duration::MAX, 0);
    while best == Duration::MAX || started.elapsed() < time {
        let began = Instant::now();
        for _ in 0..times {
            let mut parser = Parser::new();
            for mut input in black_box(stream).chunks(chunk) {
                while !read(&mut parser, &mut input) {}
            }
            events = parser.counts().events;
        }
        best = best.min(began.elapsed() / times);
    }
    (events, best)
}
