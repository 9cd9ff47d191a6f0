#!/usr/bin/env bash
# Known vulnerabilities of what the crate depends on, tests and benchmarks included, by cargo-deny and the RustSec database, which
# it fetches: needs the internet, and fails loudly without. For releases; not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
cargo deny --all-features check advisories bans sources
