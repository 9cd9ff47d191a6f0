//! Decoding: everyone reads the same chunks in turns; of each, the best round counts. In every run it is checked first that all
//! of them see the same events; who does not is left out of the row.

use std::{hint::black_box, time::Instant};

use compare::{
    readers::{Kind, READERS, Reader, expected},
    rows::{ChunksOf, Row, rows},
};

/// The nanoseconds that each reader takes for the row; `None` where it was left out.
pub struct Times {
    pub row: Row,
    pub best: Vec<Option<f64>>,
}

impl Times {
    /// The fastest of these readers, and its time.
    fn fastest(&self, of: impl Fn(Kind) -> bool) -> (&'static str, f64) {
        let readers = READERS.iter().zip(&self.best).filter(|(reader, _)| of(reader.kind));
        let times = readers.filter_map(|(reader, time)| Some((reader.name, (*time)?)));
        times.fold(("", f64::NAN), |best, next| if next.1 < best.1 || best.1.is_nan() { next } else { best })
    }

    pub fn of(&self, name: &str) -> f64 {
        READERS.iter().zip(&self.best).find(|(reader, _)| reader.name == name).and_then(|(_, time)| *time).unwrap_or(f64::NAN)
    }

    pub fn best_rival(&self) -> (&'static str, f64) {
        self.fastest(Kind::is_rival)
    }

    pub fn best_fed_rival(&self) -> (&'static str, f64) {
        self.fastest(|kind| kind == Kind::FedRival)
    }

    pub fn best_stream_rival(&self) -> (&'static str, f64) {
        self.fastest(|kind| kind == Kind::StreamRival)
    }

    /// The ratios that the goals are about; more is better.
    pub fn ratios(&self) -> Ratios {
        let line_ends = self.of("memchr2_iter");
        let borrowed = self.of("ssewire Parser");
        Ratios {
            borrowed: self.best_rival().1 / borrowed,
            owned: self.best_fed_rival().1 / self.of("ssewire EventBuf"),
            streamed: self.best_stream_rival().1 / self.of("ssewire EventStream"),
            tokens_of_line_ends: line_ends / self.of("ssewire Tokenizer"),
            borrowed_of_line_ends: line_ends / borrowed,
            limits: self.best_rival().1 / (line_ends + self.of("UTF-8 check")),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Ratios {
    pub borrowed: f64,
    pub owned: f64,
    pub streamed: f64,
    pub tokens_of_line_ends: f64,
    pub borrowed_of_line_ends: f64,
    /// The search for line ends and the check of the text, one after the other, against the best rival: what `borrowed` would be
    /// if nothing else were done.
    pub limits: f64,
}

/// Whether a reader would take minutes.
fn is_left_out(reader: &Reader, row: &Row) -> bool {
    reader.quadratic && (row.long_line || row.stream == "4000 lines")
}

/// Who takes part in the row: whoever sees the events that are there, and does not take minutes. Most must.
fn take_part(row: &Row) -> [bool; READERS.len()] {
    let want = expected(&row.chunks);
    assert_eq!(want.len() * row.times, row.events, "{} by {}", row.stream, row.chunks_of);
    let right = READERS.map(|reader| {
        let is_right = !is_left_out(&reader, row) && (!reader.kind.decodes() || (reader.collect)(&row.chunks) == want);
        assert!(is_right || reader.kind.is_rival(), "{} reads {} by {} wrongly", reader.name, row.stream, row.chunks_of);
        is_right
    });
    assert!(right.iter().filter(|right| **right).count() > READERS.len() - 4, "{} by {}", row.stream, row.chunks_of);
    right
}

/// One run over all rows whose names contain `filter`.
pub fn measure(rounds: usize, small: bool, filter: &str) -> Vec<Times> {
    rows(small)
        .into_iter()
        .filter(|row| format!("{} by {}", row.stream, row.chunks_of).contains(filter))
        .map(|row| {
            let takes_part = take_part(&row);
            let mut best = vec![None; READERS.len()];
            // (A row of an 8 MiB line takes as long as eight others.)
            let rounds = if row.bytes > 4 << 20 { rounds.div_ceil(4) } else { rounds };
            for _ in 0..rounds {
                for ((reader, best), _) in READERS.iter().zip(&mut best).zip(takes_part).filter(|(_, takes_part)| *takes_part) {
                    let started = Instant::now();
                    for _ in 0..row.times {
                        black_box((reader.count)(black_box(&row.chunks)));
                    }
                    let time = started.elapsed().as_secs_f64() * 1e9;
                    *best = Some(best.map_or(time, |best: f64| best.min(time)));
                }
            }
            Times { row, best }
        })
        .collect()
}

pub fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value.ln(), count + 1));
    (sum / f64::from(count)).exp()
}

/// The medians of the ratios over several runs, row by row.
pub fn medians(runs: &[Vec<Times>]) -> Vec<Ratios> {
    let median = |row: usize, of: fn(Ratios) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(|run| of(run[row].ratios())).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (0..runs[0].len())
        .map(|row| Ratios {
            borrowed: median(row, |ratios| ratios.borrowed),
            owned: median(row, |ratios| ratios.owned),
            streamed: median(row, |ratios| ratios.streamed),
            tokens_of_line_ends: median(row, |ratios| ratios.tokens_of_line_ends),
            borrowed_of_line_ends: median(row, |ratios| ratios.borrowed_of_line_ends),
            limits: median(row, |ratios| ratios.limits),
        })
        .collect()
}

/// The geometric mean and the worst row, by name.
fn mean_and_worst<'r>(ratios: impl Iterator<Item = (&'r Row, f64)> + Clone) -> String {
    let worst = ratios.clone().min_by(|a, b| a.1.total_cmp(&b.1));
    let (row, worst) =
        worst.map_or((String::new(), f64::NAN), |(row, worst)| (format!("{} by {}", row.stream, row.chunks_of), worst));
    format!("{:.2} in the geometric mean, {worst:.2} in the worst row ({row})", geometric_mean(ratios.map(|(_, ratio)| ratio)))
}

/// What of the tables is weighed against the goals.
pub fn summary(rows: &[Times], ratios: &[Ratios]) -> Vec<String> {
    let all =
        || rows.iter().map(|times| &times.row).zip(ratios).filter(|(row, _)| row.events > 0 || row.stream == "keep-alive");
    let live = || all().filter(|(row, _)| row.is_live());
    let time_of = |stream: &str, chunks_of: ChunksOf| {
        rows.iter()
            .find(|times| times.row.stream == stream && times.row.chunks_of == chunks_of)
            .map_or(f64::NAN, |times| times.of("ssewire Parser") / times.row.events as f64)
    };
    vec![
        format!(
            "borrowed events (`Parser`) against the best of all others: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.borrowed)))
        ),
        format!(
            "owned events (`EventBuf::from` behind `Parser`) against the best that is fed with slices: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.owned)))
        ),
        format!(
            "`EventStream` against the best over a stream: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.streamed)))
        ),
        format!(
            "`EventStream`, one event below 1 KiB a chunk: {}",
            mean_and_worst(live().map(|(row, ratios)| (row, ratios.streamed)))
        ),
        format!(
            "borrowed events against `memchr2_iter`: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.borrowed_of_line_ends)))
        ),
        format!(
            "tokens against `memchr2_iter`: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.tokens_of_line_ends)))
        ),
        format!(
            "`memchr2_iter` and the UTF-8 check, one after the other and nothing else, against the best of all others: {}",
            mean_and_worst(all().map(|(row, ratios)| (row, ratios.limits)))
        ),
        format!(
            "two short lines of data to one line of the same bytes: {:.2} times the time (1460 B chunks), {:.2} (one event a chunk)",
            time_of("2 lines 64 B", ChunksOf::Bytes(1460)) / time_of("1 line 64 B", ChunksOf::Bytes(1460)),
            time_of("2 lines 64 B", ChunksOf::OneEvent) / time_of("1 line 64 B", ChunksOf::OneEvent)
        ),
    ]
}

pub fn run(rounds: usize, filter: &str) {
    let times = measure(rounds, rounds == 1, filter);
    let ratios: Vec<Ratios> = times.iter().map(Times::ratios).collect();
    print!("{:24} {:>9}", "ns per event of", "chunks of");
    READERS
        .iter()
        .for_each(|reader| print!(" {:>9.9}", reader.name.trim_start_matches("ssewire ").trim_start_matches("sse-core ")));
    println!(" {:>6} {:>6} {:>6} {:>6} {:>6}", "borrow", "owned", "stream", "tok/lim", "bor/lim");
    for (Times { row, best }, ratios) in times.iter().zip(&ratios) {
        print!("{:24} {:>9}", row.stream, row.chunks_of.to_string());
        let units = row.events.max(1).max(if row.events == 0 { row.bytes / 14 } else { 0 });
        for time in best {
            match time {
                Some(time) => print!(" {:9.1}", time / units as f64),
                None => print!(" {:>9}", "-"),
            }
        }
        println!(
            " {:6.2} {:6.2} {:6.2} {:6.2} {:6.2}",
            ratios.borrowed, ratios.owned, ratios.streamed, ratios.tokens_of_line_ends, ratios.borrowed_of_line_ends
        );
    }
    summary(&times, &ratios).iter().for_each(|line| println!("{line}"));
}
