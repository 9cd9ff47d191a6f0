#!/usr/bin/env bash
# The benchmarks compile, and each runs once as a test: what they count is what is there.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench --locked --all-features -- --test
