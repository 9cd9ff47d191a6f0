#!/usr/bin/env bash
# Says whether the public interface changed in a way that needs another version, against a revision (the last tag, if none is
# named). For releases; not part of .ci/run, since cargo-semver-checks takes some ten minutes to install.
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=${1:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
if [ -z "$baseline" ]; then
    echo "no tag yet: the first release is the baseline of the next"
    exit
fi
cargo semver-checks --version >/dev/null 2>&1 || cargo install --locked cargo-semver-checks
cargo semver-checks --all-features --baseline-rev "$baseline"
