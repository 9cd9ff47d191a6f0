#!/usr/bin/env bash
# The spec table through other implementations, thirteen in Rust and one on Node (which must be there; npm gets the package):
# writes docs/conformance.md. With --check, writes nothing. Fails if ssewire does not pass every case.
set -euo pipefail
cd "$(dirname "$0")/../tests/differential"

(cd node && npm install --silent --no-audit --no-fund --no-save --no-package-lock)
cargo run --locked --release -- "$@"
