#!/usr/bin/env bash
# Faults that are planted must be found: each of the faults below is put into a copy of the crate, and the named check must fail on it.
# Not part of .ci/run, since each fault is a build or two.
#
# planted.sh [CHECK...], of exhaustive, simulation and fuzz (needs a nightly compiler and cargo-fuzz); all of them if none is named.
set -euo pipefail
cd "$(dirname "$0")/.."

checks=("$@")
[ $# -gt 0 ] || checks=(exhaustive simulation fuzz)
place=$(mktemp -d)
trap 'rm -r "$place"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$place"
cd "$place"

# plant FILE OLD NEW: OLD must be there once.
plant() {
    python3 - "$@" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
assert text.count(old) == 1, f"{path} has {text.count(old)} times: {old}"
open(path, "w").write(text.replace(old, new))
PY
}

exhaustive() {
    for streams in 'few 4' 'lines 6'; do
        # (Two words.)
        # shellcheck disable=SC2086
        cargo run --locked --release --manifest-path tests/exhaustive/Cargo.toml -- streams $streams || return 1
    done
}
simulation() { cargo run --locked --release --manifest-path tests/simulation/Cargo.toml -- 60; }
fuzz() { bash ci/fuzz.sh 60 parse split serve gateway; }

# must_find CHECKS WHAT FILE OLD NEW: of these checks those that were asked for.
must_find() {
    local by=" $1 " check
    shift
    cp "$2" original
    plant "${@:2}"
    for check in "${checks[@]}"; do
        [[ $by == *" $check "* ]] || continue
        if "$check" >log 2>&1; then
            echo "$check did not find: $1" >&2
            exit 1
        fi
        grep -q "could not compile" log && { cat log >&2; exit 1; }
        echo "$check found: $1"
        grep -a -m 1 -E "^(stream|type) |panicked at" -A 1 log | sed 's/^/    /' | cut -c 1-200
    done
    cp original "$2"
}

for check in "${checks[@]}"; do "$check" >log 2>&1 || { cat log >&2; echo "$check fails without a fault" >&2; exit 1; }; done

must_find "exhaustive fuzz" "an LF that is a chunk of its own, whose CR ended the chunk before, is a line end of its own" \
    src/decode/tokenizer.rs 'State::AfterCr && !input.is_empty()' 'State::AfterCr && input.len() > 1'
must_find "exhaustive fuzz" "a plain block takes an id with a NUL" \
    src/decode/parser/read.rs ' && !id.contains(&0))' ')'
must_find "exhaustive fuzz" "a character of four bytes that the chunk cuts behind the third is taken for none" \
    src/decode/utf8.rs '.take(3).take_while' '.take(1).take_while'
must_find "exhaustive fuzz" "of a held block with an id and data, the id is forgotten" \
    src/decode/parser/held.rs '        self.add_texts(&values);' '        self.add_texts(&Values { id: None, ..values });'
must_find "exhaustive fuzz" "what is left of an event that a gateway leaves out has no id" \
    src/blocks/block.rs 'event.id().filter(|_| !self.is_cut)' 'event.id().filter(|_| false)'
must_find "simulation" "what a lost connection has left of an event is joined to what the next one brings" \
    src/client/follow.rs '    pub(super) fn lost(&mut self, cause: Cause, lasted: Duration) -> Error {
        self.session.finish();' '    pub(super) fn lost(&mut self, cause: Cause, lasted: Duration) -> Error {'
must_find "simulation fuzz" "a client that has seen the newest event is told of a gap" \
    src/replay.rs '(self.first..=next).contains(after)' '(self.first..next).contains(after)'
must_find "simulation" "the client comes back sooner than the server asked for" \
    src/client/follow.rs 'ended(self.session.parser.retry(), lasted' 'ended(None, lasted'
must_find "simulation fuzz" "a subscriber goes on in a past that was replaced" \
    src/server/broadcast.rs 'if past.age == self.age {' 'if past.age >= self.age {'
