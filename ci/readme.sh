#!/usr/bin/env bash
# README and DESIGN stay short and plain: README has at most 150 lines and no sentence of more than 30 words, DESIGN at most 200 lines. The commands of README run
# as written in a fresh clone. (Its tests are run by ci/test.sh, its servers and the tool by ci/examples.sh.)
set -euo pipefail
cd "$(dirname "$0")/.."

python3 - <<'PYTHON'
import re, sys

failed = False
def fail(text):
    global failed
    failed = True
    print(text, file=sys.stderr)

texts = {name: open(name, encoding="utf-8").read() for name in ("README.md", "DESIGN.md")}
for name, most in (("README.md", 150), ("DESIGN.md", 200)):
    lines = texts[name].count("\n")
    if lines > most:
        fail(f"{name} has {lines} lines, at most {most}")
# Prose alone: no code, no tables, no pictures. A list item, a heading and a paragraph each stand alone.
prose = re.sub(r"^```.*?^```$", "", texts["README.md"], flags=re.S | re.M)
prose = "\n".join(line for line in prose.split("\n") if not line.startswith(("|", "!", "#")))
prose = re.sub(r"\]\([^)]*\)", "]", prose)
for paragraph in re.split(r"\n\s*\n|\n- ", prose):
    for sentence in re.split(r"(?<=[.:?!;])\s+", paragraph):
        words = [word for word in sentence.split() if re.search(r"\w", word)]
        if len(words) > 30:
            fail(f"README.md: {len(words)} words: {' '.join(sentence.split())}")
sys.exit(failed)
PYTHON

clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
git clone --quiet . "$clone/ssewire"
commands=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)
[ "$(wc -l <<<"$commands")" -ge 2 ] || { echo "README has no commands" >&2; exit 1; }
while IFS= read -r command; do
    [ "$command" != "cargo test" ] || continue
    echo "\$ $command"
    (cd "$clone/ssewire" && bash -euo pipefail -c "$command" </dev/null)
done <<<"$commands"
