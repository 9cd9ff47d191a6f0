#!/usr/bin/env bash
# ssewire against parts that others have written, on loopback: browsers, clients, servers, a proxy, Redis, and ten
# thousand subscribers. Installs them (Debian's packages, npm, pip), builds our programs, and runs the tests in tests/interop. With --write,
# writes docs/interop.md from what they say, and docs/live.png. With names of tests (`live browser clients servers proxy gateway redis load fanout`), only runs these.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is between us and these must not get in the way of loopback.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export PATH=$PATH:/usr/sbin

missing=()
packages=(caddy chromium chromium-driver curl firefox-esr golang-github-donovanhide-eventsource-dev golang-go haproxy nginx-light openssl redis-server)
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -q
    # (Outside of systemd, with this runlevel, Debian does not start what it installs; these tests start their own.)
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

interop=$PWD/tests/interop
(cd "$interop/node" && npm install --silent --no-audit --no-fund --no-save --no-package-lock)
python=$interop/target/venv/bin/python
"$python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$interop/target/venv"
"$python" -m pip install --quiet --disable-pip-version-check -r "$interop/python/requirements.txt"

export CARGO_TARGET_DIR=$interop/target
cargo build --locked --release --manifest-path examples/live/Cargo.toml --workspace --features sse/net
cargo build --locked --release --manifest-path "$interop/Cargo.toml" --bins
cargo clippy --locked --manifest-path "$interop/Cargo.toml" --all-targets -- --deny warnings
export INTEROP_PROGRAMS=$CARGO_TARGET_DIR/release

write=
[ "${1:-}" != --write ] || { write=yes; shift; }
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(live browser clients servers proxy gateway redis load fanout)
[ -z "$write" ] || [ $# -eq 0 ] || { echo "--write is for all of them" >&2; exit 2; }
rm -f "$interop/target/rows"
# Ten thousand connections, in each of two processes; for how long they get events.
export INTEROP_LOAD_SECONDS=${INTEROP_LOAD_SECONDS:-$([ -n "$write" ] && echo 60 || echo 24)}
[ "$(ulimit -n)" -ge 12000 ] || ulimit -n 12000
for test in "${tests[@]}"; do
    timeout 900 cargo test --locked --release --manifest-path "$interop/Cargo.toml" --test "$test" -- --test-threads=1 --nocapture
done

{
    echo "# What it works with"
    echo
    echo "Written by \`ci/interop.sh --write\`: each row is a test in tests/interop that can fail, run on loopback."
    echo
    echo "HTTP/2 by hyper on both sides, and by reqwest, is in \`tests/client/tests/http2.rs\`: 40 sources over one connection, which is lost. There is no row for"
    echo "Java, since Debian's OkHttp and Jersey cannot read event streams, and none for Envoy, which Debian does not have."
    echo
    echo "| part | version | what was checked | result |"
    echo "|---|---|---|---|"
    sort -u "$interop/target/rows"
} >"$interop/target/interop.md"
if [ "$write" ]; then
    cp "$interop/target/interop.md" docs/interop.md
    cp "$interop/target/page.png" docs/live.png
fi
cat "$interop/target/interop.md"
