#!/usr/bin/env bash
# Changes src in hundreds of ways and runs the tests on each: what survives is a rule that no test checks, or
# is explained in DESIGN.md. Takes some hours. Not part of .ci/run.
#
# mutants.sh core|machines [OPTION...]: the codec and the adapters, or what is built on them; with options of cargo-mutants, such as
# `--shard 0/4` or `-f src/replay.rs`.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    core)
        files=('src/decode/**' 'src/encode/**' 'src/adapters/**' 'src/owned/**')
        tests=(spec calls limits encode zero_copy properties memory adapters)
        ;;
    machines)
        files=('src/blocks/**' src/relay.rs src/replay.rs 'src/server/**' src/reconnect.rs 'src/client/**')
        tests=(blocks relay replay broadcast reconnect client)
        ;;
    *) sed -n '2,6s/^# \?//p' "$0" >&2; exit 2 ;;
esac
shift
[[ " $* " == *" -f "* ]] || set -- "$@" "${files[@]/#/-f=}"

cargo mutants --version >/dev/null 2>&1 || cargo install --locked cargo-mutants
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=0
cargo mutants --no-shuffle --all-features --timeout 60 --cap-lints true -j1 -o target/mutants "$@" -C=--lib "${tests[@]/#/-C=--test=}"
