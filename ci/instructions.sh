#!/usr/bin/env bash
# No change makes the common streams cost over 3 % more instructions without being seen: counted by callgrind, per event, and
# compared with benches/instructions.txt. With --write, writes that file anew. The counts hold for one compiler and one
# architecture with its vectors, which stand in the file; with others there is nothing to compare, which is said, and nothing fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    apt-get update -q && apt-get install -q -y --no-install-recommends valgrind
fi

stored=benches/instructions.txt
log=$(mktemp) counts=$(mktemp)
trap 'rm "$log" "$counts"' EXIT

echo "# instructions per event; $(rustc --version), $(uname -m)$(grep -oqw avx2 /proc/cpuinfo && echo ' with avx2'); ci/instructions.sh --write" >"$counts"
# The build that people ship.
export CARGO_PROFILE_BENCH_LTO=fat CARGO_PROFILE_BENCH_CODEGEN_UNITS=1
program=$(cargo bench --locked --bench instructions --features stream --no-run --message-format=json 2>/dev/null \
    | sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1)
while IFS=$'\t' read -r layer stream; do
    function=measured
    [ "$layer" != encode ] || function=encode_all
    [ "$layer" != to_bytes ] || function=encode_to_bytes
    events=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect="instructions::$function" "$program" "$layer" "$stream" 2>"$log")
    awk -v events="$events" -v layer="$layer" -v stream="$stream" '
        /Collected/ && $NF > 1000 { printf "%s\t%s\t%.1f\n", layer, stream, $NF / events; found = 1 }
        END { exit !found }' "$log" >>"$counts" || { cat "$log" >&2; exit 1; }
done < <("$program" --list)

if [ "${1:-}" = --write ]; then
    cp "$counts" "$stored"
    cat "$stored"
    exit
fi
if [ "$(head -n 1 "$counts")" != "$(head -n 1 "$stored")" ]; then
    echo "NOT COMPARED: $stored was counted otherwise:" >&2
    head -qn 1 "$stored" "$counts" >&2
    exit
fi
awk -F '\t' '
    /^#/ { next }
    NR == FNR { stored[$1, $2] = $3; next }
    {
        before = stored[$1, $2]
        if (before == "") { print "not stored: " $0; failed = 1; next }
        change = $3 / before - 1
        too_many = (change > 0.03)
        printf "%-24s %-20s %8.1f %8.1f %+6.1f %%%s\n", $1, $2, before, $3, 100 * change, (too_many ? "  too many" : "")
        if (too_many) failed = 1
    }
    END { if (failed) { print "some streams cost more than before; if that is meant, say so with --write" > "/dev/stderr"; exit 1 } }
' "$stored" "$counts"
