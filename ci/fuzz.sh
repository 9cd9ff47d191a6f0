#!/usr/bin/env bash
# Runs each fuzz target for so many seconds (20 if none are said), from the committed seeds, as many at a time as there are processors, with
# a nightly compiler. What a target finds lies in fuzz/artifacts/TARGET, and makes this fail.
#
# Without the address sanitizer and the tracing of comparisons, which make it 17 times slower: the crate has no unsafe code, and the dictionary
# knows the words of the format. Three quarters of the time for inputs of up to 256 bytes, the rest for up to 4 KiB.
#
# fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
targets=("${@:2}")
[ $# -gt 1 ] || targets=(parse split limits owned roundtrip inject resume serve gateway rivals)

source ci/fuzz-programs.sh
counts=$(mktemp)
trap 'rm "$counts"' EXIT

fuzz() {
    local target=$1 length time log
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    for length in 256 4096; do
        time=$((length == 256 ? seconds - seconds / 4 : seconds / 4))
        log=$(mktemp)
        if ! "$programs/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -max_len="$length" -max_total_time="$time" \
            -dict=fuzz/dictionary -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 &>"$log"; then
            grep -E 'ERROR|panicked|assertion|^ +(left|right):|Test unit|SUMMARY' "$log" || tail -20 "$log"
            echo "fuzz target $target did not end well" >&2
            return 1
        fi
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$count" >>"$counts"
        echo "fuzz target $target: $count runs of up to $length bytes in $time s"
        rm "$log"
    done
}
export -f fuzz
export programs seconds counts
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'fuzz {}'
echo "$(awk '{ sum += $1 } END { print sum }' "$counts") runs in all"
