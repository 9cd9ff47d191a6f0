//! Decoding: everyone reads the same chunks in turns; of each, the best round counts. In every run it is checked first that all
//! of them see the same events; who does not is left out of the row.

use std::{hint::black_box, time::Instant};

use compare::{
    readers::{Kind, READERS, Reader},
    rows::{ChunksOf, Row, rows},
};

/// The nanoseconds that each reader takes for the row; `None` where it was left out.
pub struct Times {
    pub row: Row,
    pub best: Vec<Option<f64>>,
}

impl Times {
    fn best_of(&self, kind: Kind) -> f64 {
        let times = READERS.iter().zip(&self.best).filter(|(reader, _)| reader.kind == kind);
        times.filter_map(|(_, time)| *time).fold(f64::MAX, f64::min)
    }

    pub fn of(&self, name: &str) -> f64 {
        READERS.iter().zip(&self.best).find(|(reader, _)| reader.name == name).and_then(|(_, time)| *time).unwrap_or(f64::NAN)
    }

    pub fn best_rival(&self) -> (&'static str, f64) {
        let rivals = READERS.iter().zip(&self.best).filter(|(reader, _)| reader.kind == Kind::Rival);
        let times = rivals.filter_map(|(reader, time)| Some((reader.name, (*time)?)));
        times.fold(("", f64::MAX), |best, next| if next.1 < best.1 { next } else { best })
    }

    /// The ratios that the goals are about; more is better.
    pub fn ratios(&self) -> Ratios {
        let rival = self.best_rival().1;
        let line_ends = self.of("memchr2_iter");
        Ratios {
            borrowed: rival / self.best_of(Kind::Borrowed),
            owned: rival / self.best_of(Kind::Owned),
            tokens_of_line_ends: line_ends / self.best_of(Kind::Tokens),
            borrowed_of_line_ends: line_ends / self.best_of(Kind::Borrowed),
            borrowed_of_memcpy: self.of("memcpy") / self.best_of(Kind::Borrowed),
            borrowed_of_utf8: self.of("UTF-8 check") / self.best_of(Kind::Borrowed),
            limits: rival / (line_ends + self.of("UTF-8 check")),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Ratios {
    pub borrowed: f64,
    pub owned: f64,
    pub tokens_of_line_ends: f64,
    pub borrowed_of_line_ends: f64,
    pub borrowed_of_memcpy: f64,
    pub borrowed_of_utf8: f64,
    /// The search for line ends and the check of the text, one after the other, against the best rival: what `borrowed` would be
    /// if nothing else were done.
    pub limits: f64,
}

/// Whether a reader would take minutes.
fn is_left_out(reader: &Reader, row: &Row) -> bool {
    reader.quadratic && (row.one_long_line || row.stream == "4000 lines")
}

/// Who takes part in the row: whoever sees the events that are there, and does not take minutes. Most must.
fn take_part(row: &Row) -> [bool; READERS.len()] {
    let want = (READERS[4].collect)(&row.chunks);
    assert_eq!(want.len(), row.events, "{} by {}", row.stream, row.chunks_of);
    let right = READERS.map(|reader| {
        let decodes = !matches!(reader.kind, Kind::Limit | Kind::Tokens);
        let is_right = !is_left_out(&reader, row) && (!decodes || (reader.collect)(&row.chunks) == want);
        assert!(is_right || reader.kind == Kind::Rival, "{} reads {} by {} wrongly", reader.name, row.stream, row.chunks_of);
        is_right
    });
    assert!(right.iter().filter(|right| **right).count() > READERS.len() - 4, "{} by {}", row.stream, row.chunks_of);
    right
}

/// One run over all rows.
pub fn measure(rounds: usize, small: bool) -> Vec<Times> {
    rows(small)
        .into_iter()
        .map(|row| {
            let takes_part = take_part(&row);
            let mut best = vec![None; READERS.len()];
            // (A row of an 8 MiB line takes as long as eight others.)
            let rounds = if row.bytes > 4 << 20 { rounds.div_ceil(4) } else { rounds };
            for _ in 0..rounds {
                for ((reader, best), _) in READERS.iter().zip(&mut best).zip(takes_part).filter(|(_, takes_part)| *takes_part) {
                    let started = Instant::now();
                    black_box((reader.count)(black_box(&row.chunks)));
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
            tokens_of_line_ends: median(row, |ratios| ratios.tokens_of_line_ends),
            borrowed_of_line_ends: median(row, |ratios| ratios.borrowed_of_line_ends),
            borrowed_of_memcpy: median(row, |ratios| ratios.borrowed_of_memcpy),
            borrowed_of_utf8: median(row, |ratios| ratios.borrowed_of_utf8),
            limits: median(row, |ratios| ratios.limits),
        })
        .collect()
}

/// What of the tables is weighed against the goals.
pub struct Summary {
    pub borrowed: (f64, f64),
    pub borrowed_long: f64,
    pub owned: (f64, f64),
    pub tokens_of_line_ends: f64,
    pub borrowed_of_line_ends: f64,
    pub ten: f64,
    pub limits: f64,
}

impl Summary {
    pub fn of(rows: &[Times], ratios: &[Ratios]) -> Self {
        let all = || rows.iter().map(|times| &times.row).zip(ratios);
        let worst = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MAX, f64::min);
        Self {
            borrowed: (
                geometric_mean(ratios.iter().map(|ratios| ratios.borrowed)),
                worst(&mut all().filter(|(row, _)| !row.one_long_line).map(|(_, ratios)| ratios.borrowed)),
            ),
            borrowed_long: worst(&mut all().filter(|(row, _)| row.one_long_line).map(|(_, ratios)| ratios.borrowed)),
            owned: (
                geometric_mean(ratios.iter().map(|ratios| ratios.owned)),
                worst(&mut ratios.iter().map(|ratios| ratios.owned)),
            ),
            tokens_of_line_ends: geometric_mean(ratios.iter().map(|ratios| ratios.tokens_of_line_ends)),
            borrowed_of_line_ends: geometric_mean(ratios.iter().map(|ratios| ratios.borrowed_of_line_ends)),
            ten: worst(&mut all().filter(|(row, _)| row.chunks_of == ChunksOf::Bytes(10)).map(|(_, ratios)| ratios.borrowed)),
            limits: geometric_mean(ratios.iter().map(|ratios| ratios.limits)),
        }
    }

    pub fn lines(&self) -> [String; 6] {
        [
            format!(
                "borrowed events against the best rival of each row: {:.2} in the geometric mean, {:.2} in the worst row, {:.2} in the worst of one long line",
                self.borrowed.0, self.borrowed.1, self.borrowed_long
            ),
            format!(
                "owned events against the best rival of each row: {:.2} in the geometric mean, {:.2} in the worst row",
                self.owned.0, self.owned.1
            ),
            format!("tokens against memchr2_iter: {:.2} in the geometric mean", self.tokens_of_line_ends),
            format!("borrowed events against memchr2_iter: {:.2} in the geometric mean", self.borrowed_of_line_ends),
            format!("borrowed events in chunks of 10 bytes against the best rival: {:.2} in the worst row", self.ten),
            format!(
                "memchr2_iter and the UTF-8 check, one after the other and nothing else, against the best rival: {:.2} in the geometric mean",
                self.limits
            ),
        ]
    }
}

pub fn run(rounds: usize) {
    let times = measure(rounds, rounds == 1);
    let ratios: Vec<Ratios> = times.iter().map(Times::ratios).collect();
    print!("{:20} {:>10}", "ns per event of", "chunks of");
    READERS.iter().for_each(|reader| print!(" {:>12.12}", reader.name.trim_start_matches("ssewire ")));
    println!(" {:>8} {:>6} {:>6} {:>6}", "borrowed", "owned", "tok/lim", "bor/lim");
    for (Times { row, best }, ratios) in times.iter().zip(&ratios) {
        print!("{:20} {:>10}", row.stream, row.chunks_of.to_string());
        let units = row.events.max(1).max(if row.events == 0 { row.bytes / 14 } else { 0 });
        for time in best {
            match time {
                Some(time) => print!(" {:12.1}", time / units as f64),
                None => print!(" {:>12}", "-"),
            }
        }
        println!(
            " {:8.2} {:6.2} {:6.2} {:6.2}",
            ratios.borrowed, ratios.owned, ratios.tokens_of_line_ends, ratios.borrowed_of_line_ends
        );
    }
    Summary::of(&times, &ratios).lines().iter().for_each(|line| println!("{line}"));
}
