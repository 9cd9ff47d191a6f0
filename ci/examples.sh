#!/usr/bin/env bash
# The examples that are crates of their own, the server, its clients, the gateway, the tool `sse`: clippy has nothing to say, and their tests pass. And the
# recipes of docs/recipes.md compile with the libraries they are for. And the client works over reqwest, hyper and ureq, by tests/client.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo clippy --locked --manifest-path examples/live/Cargo.toml --workspace --all-targets --features sse/net -- --deny warnings
cargo test --locked --manifest-path examples/live/Cargo.toml --workspace --features sse/net
# And without what is for HTTP, as README runs it.
cargo clippy --locked --manifest-path examples/sse/Cargo.toml -p sse -- --deny warnings
cargo test --locked --manifest-path tests/recipes/Cargo.toml
cargo clippy --locked --manifest-path tests/client/Cargo.toml --all-targets -- --deny warnings
cargo test --locked --manifest-path tests/client/Cargo.toml
