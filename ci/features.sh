#!/usr/bin/env bash
# Every set of features builds, and those that differ in what they bring pass their tests. (The examples in the documentation are for the
# default features.)
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/feature-sets.sh

cargo hack --version >/dev/null 2>&1 || cargo install --locked cargo-hack
cargo hack check --locked --feature-powerset --exclude-features default

for features in "${feature_sets[@]}"; do
    # (Some tests start the examples.)
    cargo build --locked --examples --no-default-features --features "$features"
    cargo test --locked --lib --tests --no-default-features --features "$features"
done
