#!/usr/bin/env bash
# The documentation builds without a warning, on every feature set, and as docs.rs builds it: no broken link, nothing public without a
# text.
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/feature-sets.sh

for features in "${feature_sets[@]}"; do
    RUSTDOCFLAGS="--deny warnings" cargo doc --locked --no-deps --no-default-features --features "$features"
done
RUSTDOCFLAGS="--deny warnings --cfg docsrs" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/docsrs \
    cargo +nightly doc --locked --no-deps --all-features
