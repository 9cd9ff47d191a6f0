#!/usr/bin/env bash
# The crate needs no std and no heap: a program and a static library that parse over `Fixed`, tokenize and encode into a slice are
# linked without either, and run; then the same with a heap and without std. (A dependency that needs std would bring a second
# panic handler, which does not compile.) Prints the size of the code.
set -euo pipefail
cd "$(dirname "$0")/../proofs"

target=${CARGO_TARGET_DIR:-target}
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

# has_no PATTERN WHAT FILE: no symbol of the file has it in its name.
has_no() {
    nm -C "$3" 2>/dev/null >"$out/symbols"
    [ -s "$out/symbols" ] || { echo "$3 has no symbols to look at" >&2; exit 1; }
    if grep -E "$1" "$out/symbols"; then
        echo "$3 needs $2" >&2
        exit 1
    fi
}

heap='__rust_alloc|__rust_realloc|__rdl_|__rg_|alloc::(alloc|raw_vec|vec|string)'
std='(^|[ <])std::'

cargo build --locked --release --lib --bin no_std
"$target/release/no_std"
has_no "$heap" 'a heap' "$target/release/no_std"
has_no "$std" 'std' "$target/release/no_std"

cc -O2 -o "$out/firmware" firmware.c "$target/release/libproofs.a"
"$out/firmware"
has_no "$heap" 'a heap' "$out/firmware"
has_no "$std" 'std' "$out/firmware"

echo "code of a program in C that counts events and encodes one (without what it shares with an empty one):"
echo 'int main(void) { return 0; }' >"$out/empty.c"
cc -O2 -o "$out/empty" "$out/empty.c"
strip "$out/firmware" "$out/empty"
size "$out/firmware" "$out/empty" | awk 'NR > 1 { text[NR] = $1 } END { print text[2] - text[3] " bytes" }'

cargo build --locked --release --features alloc --bin no_std
"$target/release/no_std"
has_no "$std" 'std' "$target/release/no_std"
echo "linked and run without std, without and with a heap"
