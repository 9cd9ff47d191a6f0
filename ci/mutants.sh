#!/usr/bin/env bash
# Changes src/decode and src/encode in hundreds of ways and runs the tests on each: what survives is a rule that no test checks, or
# is explained in DESIGN.md. Takes some two hours. Not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo mutants --version >/dev/null 2>&1 || cargo install --locked cargo-mutants
# The tests that see nearly every change first, and all of them on what they have missed.
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=0
common=(--no-shuffle --all-features --timeout 60 --cap-lints true -j1)
cargo mutants "${common[@]}" -o target/mutants -f 'src/decode/**' -f 'src/encode/**' -C=--lib -C=--test=spec -C=--test=encode || true
cargo mutants "${common[@]}" -o target/mutants-again -f 'src/decode/**' -f 'src/encode/**' \
    $(sed -E 's/[][(){}.*+?^$|\\]/\\&/g; s/^/-F ^/; s/$/$/' target/mutants/mutants.out/missed.txt | tr '\n' '\0' | xargs -0 -n1 printf '%q ')
