#!/usr/bin/env bash
# ssewire against parts that others have written, on loopback: browsers, clients, servers, a proxy, Redis, and a thousand
# subscribers. Installs them (Debian's packages, npm, pip), builds our programs, and runs the tests in tests/interop. With --write,
# writes docs/interop.md from what they say. With names of tests (`live browser clients servers proxy redis load`), only runs these.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for package in chromium chromium-driver curl nginx-light redis-server; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    # Debian starts what it installs; these tests start their own.
    apt-get update -q
    RUNLEVEL=1 apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

interop=$PWD/tests/interop
(cd "$interop/node" && npm install --silent --no-audit --no-fund --no-save --no-package-lock)
python=$interop/target/venv/bin/python
"$python" -c '' 2>/dev/null || python3 -m venv --clear "$interop/target/venv"
"$python" -m pip install --quiet --disable-pip-version-check -r "$interop/python/requirements.txt"

# (As `cargo test` builds it.)
cargo build --locked --example follow
follow=$(cargo build --locked --example follow --message-format=json 2>/dev/null | sed -n 's/.*"executable":"\([^"]*follow\)".*/\1/p')
export CARGO_TARGET_DIR=$interop/target
cargo build --locked --release --manifest-path examples/Cargo.toml
cargo clippy --locked --manifest-path "$interop/Cargo.toml" --all-targets -- --deny warnings
export INTEROP_PROGRAMS=$CARGO_TARGET_DIR/release
cp "$follow" "$INTEROP_PROGRAMS/"

write=
[ "${1:-}" != --write ] || { write=yes; shift; }
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(live browser clients servers proxy redis load)
rm -f "$interop/target/rows"
ulimit -n 8192
for test in "${tests[@]}"; do
    cargo test --locked --release --manifest-path "$interop/Cargo.toml" --test "$test" -- --test-threads=1 --nocapture
done

if [ "$write" ]; then
    {
        echo "# What it works with"
        echo
        echo "Written by \`ci/interop.sh\`: each row is a test in tests/interop that can fail, run on loopback."
        echo
        echo "| part | version | what was checked | result |"
        echo "|---|---|---|---|"
        sort -u "$interop/target/rows"
    } >docs/interop.md
fi
echo "== interop: $(sort -u "$interop/target/rows" | wc -l) rows"
