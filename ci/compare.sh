#!/usr/bin/env bash
# ssewire beside other crates, in the build that people ship and in plain release: measures everything and writes docs/benchmarks.md and
# its plots anew. Takes some ten minutes, in which the machine should do nothing else. Not part of .ci/run, which only checks that all
# see the same events.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-30}
manifest=benches/compare/Cargo.toml
cargo build --locked --profile shipped --manifest-path "$manifest"
cargo build --locked --release --manifest-path "$manifest"
page=$(mktemp)
trap 'rm "$page"' EXIT
cargo run --locked --profile shipped --manifest-path "$manifest" -- report "$rounds" shipped >"$page"
cargo run --locked --release --manifest-path "$manifest" -- report "$rounds" plain >>"$page"
cp "$page" docs/benchmarks.md
