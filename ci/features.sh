#!/usr/bin/env bash
# Every feature set builds alone and passes its tests. (The examples in the documentation are for the default features.)
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/feature-sets.sh

for features in "${feature_sets[@]}"; do
    cargo build --locked --no-default-features --features "$features"
    cargo test --locked --lib --bins --tests --examples --no-default-features --features "$features"
done
