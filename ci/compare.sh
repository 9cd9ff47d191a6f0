#!/usr/bin/env bash
# ssewire beside other crates: measures everything and writes docs/benchmarks.md and its plots anew. Takes some ten minutes, in which
# the machine should do nothing else. Not part of .ci/run, which only checks that all see the same events.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --release --manifest-path benches/compare/Cargo.toml
cargo run --locked --release --manifest-path benches/compare/Cargo.toml -- report "${1:-30}"
