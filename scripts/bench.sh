#!/bin/sh
# Measures what things cost, each beside its counterpart in the same run: one JSON object a line, then a table.
#   bench.sh [--quick] [WHAT...]     without WHAT: everything
# WHAT: flow (whole requests), floor (what Redis alone could do), http, script, plugins, documents, scale, events, idle,
# profile (where the time goes).
# --quick: every benchmark for a moment, without other people's programs: shows that it works, and no figure.
# The build is the release preset. docs/performance.md says what the figures mean, and how long it takes.
set -eu
cd "$(dirname "$0")/.."

all="flow floor http script plugins documents scale events idle profile"
build=build/release
limit=1200 # seconds for one benchmark

say() { printf 'bench: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

quick=
if [ "${1-}" = --quick ]; then
    quick=--quick
    shift
fi
for what in "$@"; do
    case " $all " in
        *" $what "*) ;;
        *)
            echo "usage: $0 [--quick] [what...]; what there is: $all" >&2
            exit 2
            ;;
    esac
done
[ $# -gt 0 ] || set -- $all

mkdir -p "$build"
{
    ./scripts/setup.sh &&
        { [ -f "$build/build.ninja" ] || cmake --preset release; } &&
        cmake --build --preset release --target bench
} >"$build/bench-build.log" 2>&1 || {
    tail -n 20 "$build/bench-build.log" >&2
    fail "the build failed (log: $build/bench-build.log)"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# What is measured against. $1: a command that works if the package $2 is there. Without it the counterpart is left out.
install_peer() {
    eval "$1" >/dev/null 2>&1 && return
    command -v apt-get >/dev/null || return 0
    say "installing $2"
    # RUNLEVEL=1: no service of the machine is to be started.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$2" \
        >>"$build/bench-peers.log" 2>&1 </dev/null || say "apt-get could not install $2 (log: $build/bench-peers.log)"
}

# Pinned by tests/bench/peers/package-lock.json; not npm ci, which refuses a lock without what other systems would need.
install_bullmq() {
    mkdir -p "$build/peers"
    cmp -s tests/bench/peers/package-lock.json "$build/peers/package-lock.json" && [ -d "$build/peers/node_modules" ] &&
        return
    say "installing BullMQ"
    cp tests/bench/peers/package.json tests/bench/peers/package-lock.json "$build/peers/"
    timeout 120 npm install --prefix "$build/peers" --no-audit --no-fund --ignore-scripts --no-save \
        >>"$build/bench-peers.log" 2>&1 || {
        rm -rf "$build/peers/node_modules"
        say "npm could not install BullMQ (log: $build/bench-peers.log)"
    }
}

if [ -z "$quick" ]; then
    : >"$build/bench-peers.log"
    for what in "$@"; do
        case $what in
            flow)
                install_peer 'command -v npm' npm
                command -v npm >/dev/null && install_bullmq
                install_peer '/usr/bin/python3 -c "import celery"' python3-celery
                ;;
            http) install_peer 'command -v nginx || test -x /usr/sbin/nginx' nginx-light ;;
            events) install_peer 'ls /usr/lib*/nginx/modules/ngx_nchan_module.so' libnginx-mod-nchan ;;
            profile) install_peer 'command -v perf' linux-perf ;;
            documents) install_peer '/usr/bin/python3 -c "import lxml"' python3-lxml ;;
        esac
    done
fi

lines=$build/bench.jsonl
: >"$lines"
failed=
for what in "$@"; do
    VN_BUILD_DIR=$PWD/$build timeout -k 5 "$limit" /usr/bin/python3 -B tests/bench/bench.py $quick "$what" \
        >"$lines.part" || failed="$failed $what"
    cat "$lines.part"
    cat "$lines.part" >>"$lines"
done
rm -f "$lines.part"
echo
/usr/bin/python3 -B tests/bench/table.py <"$lines"
[ -z "$failed" ] || fail "did not end well:$failed"
