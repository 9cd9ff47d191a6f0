//! How fast events are encoded, by payload and by where they go. Each round asserts how much it wrote.
//!
//! Beside other crates, in one process: `cargo run --release --manifest-path benches/compare/Cargo.toml -- encode`.

use std::hint::black_box;

use bytes::{Buf, BytesMut};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ssewire::Event;

fn payloads() -> [(&'static str, String); 5] {
    let lines = |count: usize, line: &str| vec![line; count].join("\n");
    [
        ("30 B", "{\"symbol\":\"AAPL\",\"price\":189}".to_owned()),
        ("250 B", "0123456789".repeat(25)),
        ("12 lines", lines(12, "2026-01-31T10:00:00Z INFO worker-3 finished the job in 17 ms")),
        ("64 KiB, one line", "x".repeat(64 << 10)),
        ("64 KiB, 1000 lines", lines(1000, &"x".repeat(64))),
    ]
}

fn encode(c: &mut Criterion) {
    for (name, data) in payloads() {
        let event = Event::new(&data);
        let size = event.encode().len();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(size as u64));

        let mut vec = Vec::with_capacity(2 * size);
        group.bench_function("Vec", |b| {
            b.iter(|| {
                vec.clear();
                black_box(&event).encode().append_to(&mut vec);
                assert_eq!(vec.len(), size);
            });
        });
        let mut slice = vec![0; size];
        group.bench_function("slice", |b| b.iter(|| assert_eq!(black_box(&event).encode().copy_to(&mut slice), Some(size))));
        let mut small = [0; 1460];
        group.bench_function("slice of 1460", |b| {
            b.iter(|| {
                let (mut encoded, mut sum) = (black_box(&event).encode().reader(), 0);
                while encoded.has_remaining() {
                    sum += encoded.copy_to(&mut small);
                }
                assert_eq!(sum, size);
            });
        });
        let mut bytes = BytesMut::with_capacity(2 * size);
        group.bench_function("BytesMut", |b| {
            b.iter(|| {
                bytes.clear();
                black_box(&event).encode().put_into(&mut bytes);
                assert_eq!(bytes.len(), size);
            });
        });
        group.bench_function("Buf", |b| {
            b.iter(|| {
                let (mut encoded, mut sum) = (black_box(&event).encode().reader(), 0);
                while Buf::has_remaining(&encoded) {
                    let length = black_box(encoded.chunk()).len();
                    sum += length;
                    Buf::advance(&mut encoded, length);
                }
                assert_eq!(sum, size);
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(300));
    targets = encode
}
criterion_main!(benches);
