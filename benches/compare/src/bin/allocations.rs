//! Allocations per event, for each reader and stream: a program of its own, since counting them takes time.

use allocation_counter::measure;
use compare::{
    readers::{Kind, READERS},
    rows::{ChunksOf, rows},
};

fn main() {
    for row in rows(false).iter().filter(|row| row.chunks_of == ChunksOf::Bytes(1460) && row.events > 0) {
        for reader in READERS.iter().filter(|reader| !matches!(reader.kind, Kind::Limit | Kind::Tokens)) {
            if reader.quadratic && row.long_line {
                continue;
            }
            let allocations = measure(|| {
                (reader.count)(&row.chunks);
            });
            println!("{}\t{}\t{:.2}", row.stream, reader.name, allocations.count_total as f64 / row.events as f64);
        }
    }
}
