//! Compares ssewire with other crates, in one process: everyone takes turns on the same input, many times, and the best time of
//! each counts. Everyone's output is checked first.
//!
//! `cargo run --profile shipped --manifest-path benches/compare/Cargo.toml -- decode` or `-- encode`, with a number of rounds behind it
//! to have fewer or more of them than 40, and behind that a part of the name of the rows to measure. One round is a test that everyone
//! sees the same events. ci/compare.sh writes docs/benchmarks.md.

mod decode;
mod encode;
mod report;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (what, rounds) = (arguments.next(), arguments.next().map_or(Ok(40), |rounds| rounds.parse()));
    let filter = arguments.next().unwrap_or_default();
    match (what.as_deref(), rounds) {
        (Some("decode"), Ok(rounds)) => decode::run(rounds, &filter),
        (Some("encode"), Ok(rounds)) => encode::run(rounds),
        (Some("report"), Ok(rounds)) => report::run(rounds, &filter),
        _ => {
            eprintln!("usage: compare decode|encode|report [ROUNDS]");
            std::process::exit(2);
        }
    }
}
