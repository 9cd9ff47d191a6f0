#!/usr/bin/env bash
# Nothing in the parser over `Fixed`, the tokenizer and the encoder can panic: a program that calls them all links, though its panic
# handler calls a function that does not exist. What it covers is listed in proofs/src/bin/no_panic.rs. That this can fail is checked,
# too: with a feature that plants a panic it must not link.
set -euo pipefail
cd "$(dirname "$0")/../proofs"

target=${CARGO_TARGET_DIR:-target}

cargo build --locked --release --bin no_panic
"$target/release/no_panic"

log=$(mktemp)
trap 'rm "$log"' EXIT
if cargo build --locked --release --features planted_panic --bin no_panic 2>"$log"; then
    echo "a program that can panic links, so this proves nothing" >&2
    exit 1
fi
grep -q something_here_can_panic "$log" || { cat "$log"; exit 1; }
echo "no path to a panic, and a planted one is found"
