# Builds the fuzz targets, as programs in the folder $programs; sourced by other scripts. Needs a nightly compiler.
# shellcheck shell=bash disable=SC2034
cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
cargo +nightly fuzz build --fuzz-dir fuzz --sanitizer none --no-trace-compares
programs=$(cargo metadata --locked --no-deps --format-version 1 --manifest-path fuzz/Cargo.toml \
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/$(rustc +nightly -vV | sed -n 's/^host: //p')/release
