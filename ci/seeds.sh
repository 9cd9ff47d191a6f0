#!/usr/bin/env bash
# Takes into fuzz/seeds what fuzzing has found (fuzz/corpus): as few inputs as reach the same code. Run it after a long ci/fuzz.sh. Not part of
# .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

source ci/fuzz-programs.sh
for seeds in fuzz/seeds/*; do
    target=$(basename "$seeds")
    [ -d "fuzz/corpus/$target" ] || continue
    "$programs/$target" -set_cover_merge=1 -use_counters=0 "$seeds" "fuzz/corpus/$target" 2>/dev/null
    echo "$target: $(find "$seeds" -type f | wc -l) inputs"
done
