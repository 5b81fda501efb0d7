#!/bin/sh
# Installs what is missing, builds everything and runs the tests.
#   test.sh              all but the slow suites
#   test.sh LABEL...     those with one of these labels: unit, abi, conformance, integration, counts, chaos, slow, ...
#   test.sh chaos --seed N --minutes M    one chaos run (tests/chaos/README.md); either option may be left out
# VN_PRESET chooses the build: asan (default), tsan, dev, release.
set -eu
cd "$(dirname "$0")/.."

preset=${VN_PRESET:-asan}
build=build/$preset

fail() {
    printf 'test: %s\n' "$*" >&2
    exit 1
}

chaos=
case "${1-} ${2-}" in "chaos --"*) chaos=yes ;; esac
[ -n "$chaos" ] || for label in "$@"; do
    case $label in
        -* | *[!A-Za-z0-9_-]*)
            echo "usage: $0 [label...]" >&2
            exit 2
            ;;
    esac
done
case $preset in
    asan | tsan | dev | release) ;;
    *) fail "there is no preset $preset; there are asan, tsan, dev and release" ;;
esac

# What is large, and only one label needs.
with="browser valgrind"
[ $# -eq 0 ] || with=
for label in "$@"; do
    case $label in
        integration) with="$with browser" ;;
        counts) with="$with valgrind" ;;
    esac
done
./scripts/setup.sh $with
mkdir -p "$build"
cmake --preset "$preset" -DVN_WERROR=ON >"$build/configure.log" 2>&1 || {
    tail -n 20 "$build/configure.log" >&2
    fail "cmake could not configure $build (log: $build/configure.log)"
}
cmake --build --preset "$preset" || fail "the build failed"

if [ -n "$chaos" ]; then
    shift
    VN_BUILD_DIR=$PWD/$build exec /usr/bin/python3 -B tests/chaos/run.py "$@"
fi
if [ $# -eq 0 ]; then
    exec ctest --preset "$preset" -j 2 --no-tests=error -LE '^slow$'
fi
labels=$(printf '%s|' "$@")
exec ctest --preset "$preset" -j 2 --no-tests=error -L "^(${labels%|})\$"
