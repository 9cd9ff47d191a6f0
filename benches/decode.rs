//! How fast streams are decoded, by stream, chunk size and layer. Each round asserts that it saw the events that are there.
//!
//! `cargo bench --bench decode`, or with `-- 'llm'` for a part of it.

mod streams;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ssewire::{
    Fixed, Parser,
    decode::{Storage, Token, Tokenizer},
};

const SIZE: usize = 256 * 1024;

/// The room of a parser without a heap.
const FIXED: usize = 256 * 1024;

fn tokens(stream: &[u8], chunk: usize) -> usize {
    let (mut tokenizer, mut events, mut data) = (Tokenizer::new(), 0, false);
    for mut input in stream.chunks(chunk) {
        for token in tokenizer.tokens(&mut input) {
            match black_box(token) {
                Token::Field { field: ssewire::decode::Field::Data, .. } => data = true,
                Token::BlankLine(_) => events += usize::from(std::mem::take(&mut data)),
                _ => {}
            }
        }
    }
    events
}

fn events<S: Storage>(parser: &mut Parser<S>, stream: &[u8], chunk: usize) -> usize {
    let mut events = 0;
    for mut input in stream.chunks(chunk) {
        while let Some(event) = parser.next(&mut input).expect("within the limit") {
            black_box(event);
            events += 1;
        }
    }
    events
}

fn line_ends(stream: &[u8], chunk: usize) -> usize {
    stream.chunks(chunk).map(|chunk| memchr::memchr2_iter(b'\n', b'\r', chunk).fold(0, |sum, at| sum + black_box(at))).sum()
}

fn decode(c: &mut Criterion) {
    for stream in streams::streams() {
        let (bytes, count) = stream.of_size(SIZE);
        let mut group = c.benchmark_group(stream.name);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for chunk in [128, 1460, 16384] {
            let id = |layer| BenchmarkId::new(layer, chunk);
            group.bench_function(id("memchr2_iter"), |b| b.iter(|| line_ends(black_box(&bytes), chunk)));
            group.bench_function(id("tokenizer"), |b| {
                b.iter(|| assert_eq!(tokens(black_box(&bytes), chunk), count));
            });
            let mut parser = Parser::new();
            group.bench_function(id("heap"), |b| {
                b.iter(|| assert_eq!(events(&mut parser, black_box(&bytes), chunk), count));
            });
            // (One line is larger than any firmware's buffer.)
            if stream.unit.len() < FIXED / 2 {
                let mut parser = Parser::with_storage(Fixed::new(vec![0; FIXED]));
                group.bench_function(id("fixed"), |b| {
                    b.iter(|| assert_eq!(events(&mut parser, black_box(&bytes), chunk), count));
                });
            }
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(300));
    targets = decode
}
criterion_main!(benches);
