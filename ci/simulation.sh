#!/usr/bin/env bash
# Client, network and server in virtual time, one seed after the other, for so many seconds (20 if none are said). What fails prints its
# script; its seed then belongs into FOUND in tests/simulation/src/main.rs.
#
# simulation.sh [SECONDS [FIRST SEED]]
set -euo pipefail
cd "$(dirname "$0")/.."

cargo clippy --locked --release --manifest-path tests/simulation/Cargo.toml -- --deny warnings
cargo run --locked --release --manifest-path tests/simulation/Cargo.toml -- "${1:-20}" "${@:2}"
