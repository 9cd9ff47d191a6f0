#!/usr/bin/env bash
# What a user gets: the package holds only what they need and builds from its own files, with the lowest versions of the
# dependencies that Cargo.toml allows, too, and everything that a build of theirs pulls in is under a licence that they can use.
# Installs nothing; the lowest versions are resolved by a nightly cargo.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== what is in the package"
listed=$(cargo package --locked --allow-dirty --list)
others=$(grep -vE '^(src/|examples/|README\.md$|docs/(format|migration|recipes)\.md$|DESIGN\.md$|CHANGELOG\.md$|LICENSE-|Cargo\.(toml|toml\.orig|lock)$|\.cargo_vcs_info\.json$)' <<<"$listed" || true)
[ -z "$others" ] || { echo "not for users:" "$others" >&2; exit 1; }
missing=$(comm -23 <(git ls-files src examples/*.rs examples/streams | sort) <(sort <<<"$listed"))
[ -z "$missing" ] || { echo "not in the package:" "$missing" >&2; exit 1; }
cargo package --locked --allow-dirty 2>&1 | grep -E 'Packaged|Verifying|Finished|^error'

echo "== an example, in the package"
target=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
(
    cd "$target/package/ssewire-$(cargo pkgid | sed 's/.*[#@]//')"
    CARGO_TARGET_DIR=$target cargo run -q --locked --example no_alloc
)

echo "== licences"
# Of what a build with all features pulls in, build scripts and macros included, tests and benchmarks not.
cargo metadata --locked --all-features --format-version 1 | python3 -c '
import json, sys
metadata = json.load(sys.stdin)
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
seen, todo = set(), [metadata["resolve"]["root"]]
while todo:
    at = todo.pop()
    if at not in seen:
        seen.add(at)
        todo += [dep["pkg"] for dep in nodes[at]["deps"] if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]
allowed = {"MIT", "Apache-2.0", "Zlib", "Unicode-3.0", "Unlicense"}
def is_allowed(licence):
    every = licence.replace("(", " ").replace(")", " ").replace("/", " OR ").split(" AND ")
    return all(allowed & set(one.replace(" OR ", " ").split()) for one in every)
packages = [package for package in metadata["packages"] if package["id"] in seen]
for package in sorted(packages, key=lambda package: package["name"]):
    print("  {name} {version}: {license}".format(**package))
refused = [package["name"] for package in packages if not is_allowed(package["license"] or "none")]
sys.exit("not allowed: " + ", ".join(refused) if refused else 0)
'

echo "== the lowest versions"
lowest=$(mktemp -d)
trap 'rm -r "$lowest"' EXIT
cp -r src README.md docs "$lowest"
# Without what only tests, examples and benchmarks need: their own bounds are none of a user's business.
python3 - Cargo.toml >"$lowest/Cargo.toml" <<'PYTHON'
import re, sys
sections = re.split(r"(?m)^(?=\[)", open(sys.argv[1]).read())
print("".join(s for s in sections if not s.startswith(("[dev-dependencies]", "[[example]]", "[[bench]]"))))
PYTHON
(
    cd "$lowest"
    cargo +nightly update -q -Z direct-minimal-versions
    cargo tree --all-features --depth 1 -e normal --prefix none | sed 's/^/  /;s/ (.*//'
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$OLDPWD/target}/lowest cargo check -q --all-features
)
