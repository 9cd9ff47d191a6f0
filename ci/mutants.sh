#!/usr/bin/env bash
# Changes src in hundreds of ways and runs the tests on each: what survives is a rule that no test checks, or
# is explained in DESIGN.md. Takes some three hours; `--shard 0/4` and the like divide it. Not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo mutants --version >/dev/null 2>&1 || cargo install --locked cargo-mutants
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=0
cargo mutants --no-shuffle --all-features --timeout 60 --cap-lints true -j1 -o target/mutants "$@" \
    -f 'src/decode/**' -f 'src/encode/**' -f 'src/adapters/**' -f 'src/owned/**' -C=--lib -C=--test=spec -C=--test=calls -C=--test=limits -C=--test=encode -C=--test=zero_copy -C=--test=properties -C=--test=memory -C=--test=adapters
