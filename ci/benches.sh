#!/usr/bin/env bash
# The benchmarks compile, and each runs once as a test: what they count is what is there. So does the comparison with other
# crates, which checks that all of them mean the same.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench --locked --all-features -- --test

manifest=benches/compare/Cargo.toml
cargo clippy --locked --manifest-path "$manifest" --release -- --deny warnings
cargo run --locked --release --manifest-path "$manifest" -- encode 1
cargo run --locked --release --manifest-path "$manifest" -- decode 1
