#!/bin/sh
# Measures what things cost, each beside its counterpart in the same run: one JSON object a line, then a table.
#   bench.sh             everything
#   bench.sh WHAT...     only these: plugins (calls of a plugin, inline and in host processes)
# The build is the release preset. docs/performance.md says what the figures mean. No run takes a minute.
set -eu
cd "$(dirname "$0")/.."

all="plugins"
build=build/release
limit=60 # seconds for one benchmark

fail() {
    printf 'bench: %s\n' "$*" >&2
    exit 1
}

for what in "$@"; do
    case " $all " in
        *" $what "*) ;;
        *)
            echo "usage: $0 [what...]; what there is: $all" >&2
            exit 2
            ;;
    esac
done
[ $# -gt 0 ] || set -- $all

targets=
for what in "$@"; do
    targets="$targets bench-$what"
done
mkdir -p "$build"
{
    ./scripts/setup.sh &&
        { [ -f "$build/build.ninja" ] || cmake --preset release; } &&
        cmake --build --preset release --target $targets
} >"$build/bench-build.log" 2>&1 || {
    tail -n 20 "$build/bench-build.log" >&2
    fail "the build failed (log: $build/bench-build.log)"
}

lines=$build/bench.jsonl
: >"$lines"
for what in "$@"; do
    timeout -k 5 "$limit" "$build/bin/bench-$what" >"$lines.part" || fail "$what did not end well"
    cat "$lines.part"
    cat "$lines.part" >>"$lines"
done
rm -f "$lines.part"
echo
python3 tests/bench/table.py <"$lines"
