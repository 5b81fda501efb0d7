#!/bin/sh
# Installs what vnserver is built from and tested with: Debian packages, the compiler, and the Boost headers in .deps/.
# Can be run again; needs no root when everything is there. Prints what it does.
set -eu
cd "$(dirname "$0")/.."

min_boost=109100
packages="clang-19 libclang-rt-19-dev lld-19 cmake ninja-build ccache pkg-config
    libpugixml-dev libexpat1-dev libspdlog-dev prometheus-cpp-dev libcli11-dev libssl-dev
    redis-server redis-tools python3 python3-redis python3-yaml curl ca-certificates git"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system (no apt-get); install by hand: $(echo $packages)"

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# $1 is the header that states the version of a Boost
boost_version() { sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$1/boost/version.hpp" 2>/dev/null || true; }
new_enough() { [ "$(boost_version "$1")" -ge "$min_boost" ] 2>/dev/null; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "root or sudo is needed to run: $*"; fi
}

missing=
for p in $packages; do installed "$p" || missing="$missing $p"; done
if [ -n "$missing" ]; then
    say "installing:$missing"
    as_root apt-get update -qq || fail "apt-get update failed; is the network there?"
    # Redis runs as a child of the server only: no system service is to start.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install:$missing"
fi

# Boost.Redis needs newer headers than Debian 12 and 13 have: those of Debian's testing suite, checked by the archive's
# own signature, unpacked beside the sources and never installed.
if new_enough /usr/include || new_enough "${Boost_ROOT:-/nonexistent}/include" || new_enough .deps/usr/include; then
    say "Boost headers are there"
else
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r "$keyring" ] || fail "no $keyring: install debian-archive-keyring"
    uri=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
    [ -n "$uri" ] || fail "apt knows no Debian archive to take the Boost headers from"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/deb"
    chmod -R a+rX "$work"
    echo "deb [signed-by=$keyring] $uri forky main" > "$work/sources.list"
    options="-o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root -o Acquire::Languages=none"
    say "fetching the Boost headers"
    apt-get $options update -qq || fail "the testing suite of the Debian archive could not be read"
    package=$(apt-cache $options search --names-only '^libboost1\.[0-9]+-dev$' | awk '{ print $1 }' | sort -V | tail -n 1)
    [ -n "$package" ] || fail "the testing suite has no libboost1.*-dev"
    (cd "$work/deb" && apt-get $options download -qq "$package") || fail "$package could not be downloaded"
    mkdir -p "$work/out" && dpkg-deb -x "$work"/deb/*.deb "$work/out"
    new_enough "$work/out/usr/include" || fail "$package is older than Boost 1.91"
    rm -rf .deps && mv "$work/out" .deps && chmod -R u+rwX,go+rX .deps
    say "Boost $(boost_version .deps/usr/include) is in .deps ($package)"
fi
say "ready"
