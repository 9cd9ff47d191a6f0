#!/usr/bin/env bash
# Says whether the public interface changed in a way that needs another version, against a revision: the one that is named, or the last
# tag, or before there is one the commit in ci/semver-baseline, whose interface is that of 0.1.0. For releases; not part of .ci/run,
# since cargo-semver-checks takes some ten minutes to install.
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=${1:-$(git describe --tags --abbrev=0 2>/dev/null || cat ci/semver-baseline)}
cargo semver-checks --version >/dev/null 2>&1 || cargo install --locked cargo-semver-checks
cargo semver-checks --all-features --baseline-rev "$baseline"
