#!/usr/bin/env bash
# Runs each fuzz target for so many seconds (20 if none are said), from the committed seeds, with a nightly compiler. What it finds
# lies in fuzz/artifacts/TARGET, and makes this fail.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
targets=(parse split limits owned roundtrip inject resume serve gateway rivals)

if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install --locked cargo-fuzz
fi

for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz build --fuzz-dir fuzz "$target"
done
for target in "${targets[@]}"; do
    echo "fuzz target $target, $seconds s"
    cargo +nightly fuzz run --fuzz-dir fuzz "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -dict=fuzz/dictionary -print_final_stats=1 2>&1 \
        | grep -E '#[0-9]+\s+DONE|stat::number_of_executed_units|ERROR|panicked|assertion|^ +(left|right):|Test unit|SUMMARY' \
        || { echo "fuzz target $target did not end well" >&2; exit 1; }
    [ ! -d "fuzz/artifacts/$target" ] || [ -z "$(ls "fuzz/artifacts/$target")" ] || { ls "fuzz/artifacts/$target"; exit 1; }
done
