#!/usr/bin/env bash
# Time is linear in the size of the stream: the instructions per byte of hostile streams, counted by callgrind, at a tenth of
# a size and at the size. They may not differ by more than 15 %, once the buffers are there (`again`). The first time, they
# may not rise by more than that; they may fall, since the allocator copies what is small and remaps what is large.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    apt-get update -q && apt-get install -q -y --no-install-recommends valgrind
fi

program=$(cargo bench --locked --bench linear --no-run --message-format=json \
    | sed -n 's/.*"executable":"\([^"]*linear-[^"]*\)".*/\1/p' | tail -n 1)

# measure FUNCTION KIND SIZE CHUNK: the instructions in the function and what it calls, and the length of the stream.
measure() {
    local function=$1 log bytes
    shift
    log=$(mktemp)
    bytes=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect="linear::$function" "$program" "$@" 2>"$log")
    awk -v bytes="$bytes" '/Collected/ { print $NF, bytes }' "$log"
    rm "$log"
}

failed=0
printf '%-6s %-6s %6s %10s %18s %18s %8s\n' kind time chunk size 'a tenth: instr/B' 'whole: instr/B' ratio
while read -r kind size; do
    for chunk in 1 16 1460; do
        # As `line`, but for how the storage grows.
        if [ "$kind $chunk" = "full 1" ]; then continue; fi
        for function in first again; do
            small=$(measure "$function" "$kind" $((size / 10)) "$chunk")
            large=$(measure "$function" "$kind" "$size" "$chunk")
            echo "$kind $function $chunk $size $small $large" | awk '
                NF != 8 || $5 < 1000 { print "no count for " $0; exit 1 }
                {
                    small = $5 / $6; large = $7 / $8; ratio = large / small
                    printf "%-6s %-6s %6d %10d %18.3f %18.3f %8.3f\n", $1, $2, $3, $4, small, large, ratio
                    exit !(ratio <= 1.15 && ($2 == "first" || ratio >= 1 / 1.15))
                }' || failed=1
        done
    done
done <<'KINDS'
line 8388608
full 8388608
lines 100000
ids 100000
KINDS
echo "one event of one line, again: instructions per byte by size"
for chunk in 128 1460 16384; do
    for size in 1024 16384 1048576 67108864; do
        echo "$chunk $size $(measure again line "$size" "$chunk")"
    done | awk '
        NF != 4 { print "no count for " $0; exit 1 }
        { cost = $3 / $4; line = line sprintf("%12d: %.3f", $2, cost) }
        # At 1 KiB, what an event costs whatever its size still shows.
        $2 == 16384 { small = cost }
        $2 > 16384 && (cost > small * 1.15 || cost < small / 1.15) { failed = 1 }
        END { print "chunks of " $1 line; exit failed }' || failed=1
done
if [ "$failed" -ne 0 ]; then
    echo "the cost per byte is not flat within 15 %" >&2
    exit 1
fi
