#!/usr/bin/env bash
# The tests, as README has them.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test --locked
