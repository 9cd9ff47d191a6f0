#!/usr/bin/env bash
# Every short stream, at every cut into two, by events, items, tokens and blocks, over the heap and over small buffers, against the model;
# every short event through the encoder and back; and which byte followed in which state of the grammar. In the gate streams have up to
# 6 symbols, those of whole starts of lines up to 5 (some four minutes on two cores).
#
# exhaustive.sh [LENGTH [RECORD]]: streams of up to so many symbols. With RECORD, a file, it may be stopped and goes on where it was.
# Length 7 takes an hour, length 8, which is 7.4 thousand million streams, most of a day.
set -euo pipefail
cd "$(dirname "$0")/../tests/exhaustive"

length=${1:-6}
cargo clippy --locked --release -- --deny warnings
cargo build --locked --release
run=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/ssewire-exhaustive
"$run" states 5
"$run" events 5
"$run" streams all $((length - 2))
"$run" streams lines $((length - 1)) "${@:2}"
"$run" streams few "$length" "${@:2}"
