#!/bin/sh
# Installs what vnserver is built from and tested with: Debian packages, the compiler, and the Boost headers in .deps/.
# Can be run again; needs neither root nor network when everything is there. Prints what it does.
#   setup.sh            what it takes to build, run and test it, but for:
#   setup.sh browser    also what listens to its events in the tests of the label integration: a browser, other people's
#                       WebSocket clients
#   setup.sh valgrind   also what the tests of the label counts count instructions with; without it they are skipped
set -eu
cd "$(dirname "$0")/.."

min_boost=109100
packages="clang-19 libclang-rt-19-dev lld-19 cmake ninja-build ccache pkg-config
    libpugixml-dev libexpat1-dev libspdlog-dev prometheus-cpp-dev libcli11-dev libssl-dev libcurl4-openssl-dev
    redis-server redis-tools openssl python3 python3-redis python3-yaml curl ca-certificates git"

# The headers that are taken when the testing suite's index cannot be trusted or read: SHA-256 from an index signed by
# the archive (docs/decisions/0002-boost-headers.md says how to renew them).
pinned_version=1.92.0-4+b1
pinned_amd64=afaafb65d379e8669544fc172ddd7db028629ee1d89d8e8051488c89a93d039b
pinned_arm64=6a6e1e68504bfacc11ff90a6c6bca0205e4431548f059a0523e4070f6412f6b2

# Pinned by tests/browser/package-lock.json.
modules=build/browser

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif ! command -v sudo >/dev/null; then fail "root or sudo is needed to run: $*"
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@"; fi
}

# What of $packages is not installed, on one line.
missing_packages() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null | awk -v wanted="$packages" '
        $2 == "installed" { there[$1] = 1 }
        END { n = split(wanted, p); for (i = 1; i <= n; i++) if (!there[p[i]]) printf " %s", p[i] }'
}

install_packages() {
    say "installing:$1"
    had_redis=$(command -v redis-server || true)
    as_root apt-get update -qq || fail "apt-get update failed; is the network there?"
    # RUNLEVEL=1: Redis is to run as a child of the server only, not as a service of the machine.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends $1 >/dev/null </dev/null || fail "apt-get could not install:$1"
    if [ -z "$had_redis" ] && [ -d /run/systemd/system ]; then
        as_root systemctl disable --now --quiet redis-server || say "the service redis-server could not be turned off"
    fi
}

# $1: folder of headers
new_enough() {
    version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$1/boost/version.hpp" 2>/dev/null) || return 1
    [ "${version:-0}" -ge "$min_boost" ]
}

# Prints the address of the Debian archive that this machine uses.
archive() {
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
        awk '$1 ~ /^https?:/ && $2 == "Debian" && $3 !~ /-/ { sub("/$", "", $1); print $1; exit }'
}

# The newest libboost1.*-dev of the testing suite, checked by apt against the archive's own signature. All state is
# private: the machine's own sources stay as they are. $1: archive, $2: work folder
download_newest() (
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$2/lists/partial" "$2/cache/archives/partial"
    echo "deb [signed-by=$keyring] $1 forky main" >"$2/sources.list"
    options="-o Dir::Etc::sourcelist=$2/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$2/lists
        -o Dir::Cache=$2/cache -o APT::Sandbox::User=root -o Acquire::Languages=none"
    apt-get $options update -qq --error-on=any || return 1
    package=$(apt-cache $options search --names-only '^libboost1\.[0-9]+-dev$' | awk '{ print $1 }' | sort -V | tail -n 1)
    [ -n "$package" ] || return 1
    cd "$2" && apt-get $options download -qq "$package"
)

# The version that is pinned above, checked against its hash. $1: archive, $2: work folder
download_pinned() {
    case $(dpkg --print-architecture) in
        amd64) hash=$pinned_amd64 ;;
        arm64) hash=$pinned_arm64 ;;
        *) fail "the testing suite cannot be used now, and no Boost headers are pinned for $(dpkg --print-architecture)" ;;
    esac
    file=libboost1.92-dev_${pinned_version}_$(dpkg --print-architecture).deb
    /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$1/pool/main/b/boost1.92/$file" "$2/$file" \
        "SHA256:$hash" >/dev/null
}

# Boost.Redis needs newer headers than Debian 12 and 13 have. They are unpacked beside the sources, never installed.
fetch_boost() {
    uri=$(archive)
    [ -n "$uri" ] || fail "apt knows no Debian archive to take the Boost headers from"
    mkdir -p .deps
    work=$(mktemp -d "$PWD/.deps/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    say "fetching the Boost headers"
    if ! download_newest "$uri" "$work" 2>"$work/log"; then
        say "the testing suite at $uri cannot be used ($(grep -m 1 '^E:' "$work/log" || echo 'no reason given'))"
        say "taking the pinned Boost headers $pinned_version instead"
        download_pinned "$uri" "$work" 2>"$work/log" ||
            fail "the Boost headers could not be fetched: $(grep -m 1 '^E:' "$work/log" || tail -n 1 "$work/log")"
    fi
    dpkg-deb -x "$work"/*.deb "$work/out" || fail "the package of the Boost headers could not be unpacked"
    new_enough "$work/out/usr/include" || fail "the newest Boost of the testing suite is older than 1.91"
    rm -rf .deps/usr
    mv "$work/out/usr" .deps/usr
    chmod -R u+rwX,go+rX .deps/usr
    say "Boost $version is in .deps"
}

# npm is a package of its own in Debian, and part of nodejs elsewhere: what counts is the command.
install_browser() {
    wanted=
    [ -x /usr/bin/chromium ] || wanted="$wanted chromium"
    command -v node >/dev/null || wanted="$wanted nodejs"
    command -v npm >/dev/null || wanted="$wanted npm"
    /usr/bin/python3 -c 'import websockets' 2>/dev/null || wanted="$wanted python3-websockets"
    [ -z "$wanted" ] || install_packages "$wanted"
    cmp -s tests/browser/package-lock.json "$modules/package-lock.json" && [ -d "$modules/node_modules" ] && return
    say "installing the modules of tests/browser"
    mkdir -p "$modules"
    cp tests/browser/package.json tests/browser/package-lock.json "$modules/"
    # Not npm ci, which refuses a lock without what other systems would need.
    timeout 300 npm install --prefix "$modules" --no-audit --no-fund --ignore-scripts --no-save \
        >"$modules/npm.log" 2>&1 || {
        rm -rf "$modules/node_modules"
        fail "npm could not install the modules of tests/browser (log: $modules/npm.log)"
    }
}

install_valgrind() {
    command -v valgrind >/dev/null || (install_packages " valgrind") ||
        say "instructions cannot be counted: that test will be skipped"
}

for what in "$@"; do
    case $what in
        browser | valgrind) ;;
        *)
            echo "usage: $0 [browser] [valgrind]" >&2
            exit 2
            ;;
    esac
done
command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system (no apt-get); install by hand: $(echo $packages)"

missing=$(missing_packages)
if [ -n "$missing" ]; then
    install_packages "$missing"
fi
for what in "$@"; do "install_$what"; done
new_enough "${Boost_ROOT:-/nonexistent}/include" || new_enough /usr/include || new_enough .deps/usr/include || fetch_boost
say "ready"
