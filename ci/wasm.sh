#!/usr/bin/env bash
# The crate builds for wasm32-unknown-unknown, with each set of features that has no sockets. Installs the target by rustup, so it is not in .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

rustup target add wasm32-unknown-unknown
for features in "" alloc bytes std stream client,server; do
    cargo build --locked --release --target wasm32-unknown-unknown --no-default-features --features "$features"
done
