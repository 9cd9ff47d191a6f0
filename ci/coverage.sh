#!/usr/bin/env bash
# The lines of src that the tests reach, file by file. (Examples in the documentation are run but not counted.) Not part of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo llvm-cov --version >/dev/null 2>&1 || cargo install --locked cargo-llvm-cov
rustup component add llvm-tools 2>/dev/null || [ -n "${LLVM_COV:-}" ] || { echo "llvm-cov is not here: set LLVM_COV and LLVM_PROFDATA" >&2; exit 1; }
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/llvm-cov-target CARGO_PROFILE_DEV_OPT_LEVEL=1
# (Not `cargo llvm-cov` itself, which builds no examples, and some tests start those.)
eval "$(cargo llvm-cov show-env --sh)"
cargo llvm-cov clean --profraw-only
cargo test -q --locked --all-features
cargo llvm-cov report --show-missing-lines "$@"
