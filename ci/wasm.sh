#!/usr/bin/env bash
# The crate builds for wasm32-unknown-unknown, with each set of features that has no sockets; and a page in Chromium reads the spec table from
# the body of a `fetch` with it (examples/wasm). Installs the target by rustup, so it is not in .ci/run. Chromium is what ci/interop.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."

rustup target add wasm32-unknown-unknown
for features in "" alloc bytes std stream client,server; do
    cargo build --locked --release --target wasm32-unknown-unknown --no-default-features --features "$features"
done
cargo clippy --locked --release --target wasm32-unknown-unknown --manifest-path examples/wasm/Cargo.toml -- --deny warnings
cargo build --locked --release --target wasm32-unknown-unknown --manifest-path examples/wasm/Cargo.toml
timeout 300 cargo test --locked --release --manifest-path tests/interop/Cargo.toml --test wasm -- --nocapture
