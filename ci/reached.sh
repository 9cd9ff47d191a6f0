#!/usr/bin/env bash
# Which lines of the decoder each of the three kinds of tests does not reach: the spec table, the model on random streams, the fuzz
# targets on their seeds and on what they have found so far (fuzz/corpus). The fast paths must be reached by each of them; what may be
# missing is said in DESIGN.md. Not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

llvm=$(rustc --print target-libdir)/../bin
[ -x "$llvm/llvm-cov" ] || rustup component add llvm-tools
out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/reached
mkdir -p "$out"
rm -f "$out"/*.profraw "$out"/*.objects
export RUSTFLAGS="-C instrument-coverage" CARGO_PROFILE_DEV_OPT_LEVEL=1

# The path of each executable that cargo has built.
executables() {
    python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable"):
        print(message["target"]["name"], message["executable"])
'
}

CARGO_TARGET_DIR=$out/tests cargo test -q --locked --all-features --no-run --test spec --test properties --message-format json \
    | executables | while read -r name path; do
    LLVM_PROFILE_FILE="$out/$name-%p.profraw" "$path" -q >/dev/null
    echo "$path" >>"$out/$name.objects"
done

# (libFuzzer runs each input once, without looking for more; no sanitizer is needed for that.)
RUSTFLAGS="$RUSTFLAGS --cfg fuzzing" CARGO_TARGET_DIR=$out/fuzz cargo build -q --locked --manifest-path fuzz/Cargo.toml --bins \
    --message-format json | executables | while read -r name path; do
    mkdir -p "fuzz/corpus/$name"
    LLVM_PROFILE_FILE="$out/fuzz-%p.profraw" "$path" -runs=0 "fuzz/corpus/$name" "fuzz/seeds/$name" >/dev/null 2>&1
    echo "$path" >>"$out/fuzz.objects"
done

for suite in spec properties fuzz; do
    "$llvm/llvm-profdata" merge -sparse "$out/$suite"-*.profraw -o "$out/$suite.profdata"
    mapfile -t objects <"$out/$suite.objects"
    echo "== not reached by $suite"
    "$llvm/llvm-cov" export -format lcov -instr-profile "$out/$suite.profdata" "${objects[0]}" "${objects[@]/#/--object=}" \
        src/decode/scan.rs src/decode/tokenizer.rs src/decode/plain.rs src/decode/utf8.rs src/decode/parser src/decode/storage/heap.rs \
        | python3 -c '
import sys
for line in sys.stdin:
    if line.startswith("SF:"):
        path = line[3:].strip()
        text = open(path).read().splitlines()
        name, missed, lines = path.rsplit("/src/")[1], [], 0
    elif line.startswith("DA:"):
        number, count = map(int, line[3:].split(",")[:2])
        lines += 1
        if not count:
            missed.append(number)
    elif line.startswith("end_of_record"):
        print(f"{name}: {lines - len(missed)} of {lines} lines")
        for number in missed:
            print(f"  {number:4} {text[number - 1].strip()}")
'
done
