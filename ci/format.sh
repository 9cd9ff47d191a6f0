#!/usr/bin/env bash
# The code is formatted, also that of the crates of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files '*Cargo.toml' | while read -r manifest; do
    cargo fmt --all --manifest-path "$manifest" --check
done
