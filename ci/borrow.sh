#!/usr/bin/env bash
# What must not compile does not, and the compiler says why in words that a user can act on. The messages are stored as one
# compiler has them; with another there is nothing to compare, which is said. With --write, writes them anew.
set -euo pipefail
cd "$(dirname "$0")/../tests/borrow"

if [ "${1:-}" = --write ]; then
    rustc --version >compiler
    TRYBUILD=overwrite cargo test --locked
elif [ "$(rustc --version)" = "$(cat compiler)" ]; then
    cargo test --locked
else
    echo "NOT COMPARED: the messages are those of $(cat compiler), this is $(rustc --version)" >&2
fi
