#!/usr/bin/env bash
# Clippy has nothing to say, on every feature set.
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/feature-sets.sh

for features in "${feature_sets[@]}"; do
    cargo clippy --locked --all-targets --no-default-features --features "$features" -- --deny warnings
done
