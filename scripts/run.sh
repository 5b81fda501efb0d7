#!/bin/bash
# Builds vnserver if needed, starts it, has an example request valued, and leaves the server running until Ctrl-C.
#   run.sh [--once]    --once: stop after the response
# VN_PRESET chooses the build: release (default), dev, asan, tsan.
# Everything that can be set in the environment (etc/vnserver.info) can be set here, for instance HTTP_PORT and
# VN_DATA_DIR. The exit code is that of the server, or 1 if something before or after it went wrong.
set -u
cd "$(dirname "$0")/.." || exit 1

preset=${VN_PRESET:-release}
build=build/$preset
server=$build/bin/vnserver
log=$build/vnserver.log
request=etc/example-request.xml
start_limit=60 # seconds until the server must be ready
stop_limit=60  # seconds until it must have ended
once=false
pid=
code=
signalled=false

say() { printf 'run: %s\n' "$*"; }
fail() {
    printf 'run: %s\n' "$*" >&2
    exit 1
}

build_server() {
    ./scripts/setup.sh || exit 1
    if [ ! -f "$build/build.ninja" ]; then
        say "configuring $build"
        mkdir -p "$build"
        cmake --preset "$preset" >"$build/configure.log" 2>&1 || {
            tail -n 20 "$build/configure.log" >&2
            fail "cmake could not configure $build (log: $build/configure.log)"
        }
    fi
    [ -x "$server" ] || say "building $build, which takes some minutes the first time"
    cmake --build --preset "$preset" --target programs || fail "the build failed"
}

# Prints the value of setting $2 in section $1, as the server understands file and environment.
setting() {
    awk -v section="$1" -v key="$2" '$1 == section && NF == 1 { inside = 1 } $1 == "}" { inside = 0 }
        inside && $1 == key { print $2; exit }' <<<"$settings"
}

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

find_address() {
    settings=$("$server" --print-config) || exit $?
    [ "$(setting http enabled)" = true ] || fail "the settings turn HTTP off, which the example request needs"
    address=$(setting http address)
    port=$(setting http port)
    case $address in
        0.0.0.0) address=127.0.0.1 ;;
        ::) address=::1 ;;
    esac
    if [ "$port" = 0 ]; then
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])') ||
            fail "there is no free port"
        export HTTP_PORT=$port
        unset VN_HTTP_PORT
    elif listens "$address" "$port"; then
        fail "port $port is taken; choose another one: HTTP_PORT=8081 $0"
    fi
    case $address in
        *:*) url=http://[$address]:$port ;;
        *) url=http://$address:$port ;;
    esac
}

# A session of its own, so that Ctrl-C reaches the server once, through us, and not its children; it ends if we are killed.
start_server() {
    setsid setpriv --pdeathsig TERM "$server" >"$log" 2>&1 &
    pid=$!
    trap 'signalled=true; kill -TERM "$pid" 2>/dev/null' INT TERM HUP
}

# Waits for the server, however many signals come meanwhile; sets code.
wait_for_server() {
    local status
    code=
    while :; do
        signalled=false
        wait "$pid"
        status=$?
        # 127: it was reaped by the wait before, which gave the code.
        [ "$status" = 127 ] && [ -n "$code" ] && break
        code=$status
        $signalled || break
    done
    pid=
}

# Ends the server and leaves with its code, or with $1 if that is given and the server ended well.
stop_server() {
    if [ -n "$pid" ]; then
        kill -TERM "$pid" 2>/dev/null
        (
            trap - INT TERM HUP
            for ((i = 0; i < stop_limit * 10; i++)); do
                kill -0 "$pid" 2>/dev/null || exit
                sleep 0.1
            done
            kill -KILL "$pid" 2>/dev/null
        ) &
        local watch=$!
        wait_for_server
        kill "$watch" 2>/dev/null
        wait "$watch" 2>/dev/null
    fi
    [ "$code" != 0 ] && say "the server ended with code $code (log: $log)" >&2
    [ "$code" = 0 ] && exit "${1:-0}"
    exit "$code"
}

show_log() {
    printf 'run: the last lines of %s:\n' "$log" >&2
    tail -n 20 "$log" >&2
}

wait_until_ready() {
    local end=$((SECONDS + start_limit))
    until curl -fsS -m 2 -o /dev/null "$url/readyz" 2>/dev/null; do
        if ! kill -0 "$pid" 2>/dev/null; then
            wait_for_server
            show_log
            say "the server ended with code $code before it was ready" >&2
            [ "$code" = 0 ] && exit 1
            exit "$code"
        fi
        $signalled && stop_server
        if ((SECONDS >= end)); then
            show_log
            say "the server is not ready after $start_limit seconds" >&2
            stop_server 1
        fi
        sleep 0.05
    done
}

# Sets id, if the answer tells it.
submit_example() {
    local headers=$build/example-headers.txt body=$build/example-response.xml code_file=$build/example-status.txt
    local status client
    say "submitting $request"
    rm -f "$body"
    # In the background, because a signal is seen at once only while bash itself waits.
    curl -sS -m 150 -o "$body" -D "$headers" -w '%{http_code}' -H 'Content-Type: application/xml' \
        --data-binary "@$request" "$url/valuation?sync=Y" >"$code_file" &
    client=$!
    wait "$client"
    if $signalled; then
        kill "$client" 2>/dev/null
        stop_server
    fi
    status=$(cat "$code_file")
    if [ "$status" != 200 ]; then
        [ -s "$body" ] && cat "$body" >&2 && echo >&2
        show_log
        say "the example request was answered with $status" >&2
        stop_server 1
    fi
    cat "$body"
    echo
    id=$(tr -d '\r' <"$headers" | sed -n 's|^[Ll]ocation:.*/valuation/\([0-9A-Fa-f-]\{36\}\)/.*|\1|p' | head -n 1)
}

where_to_go_next() {
    cat <<EOT

vnserver answers at $url (log: $log)

  submit    curl -H 'Content-Type: application/xml' --data-binary @$request '$url/valuation?sync=N'
  status    curl $url/valuation/${id:-ID}/status
  results   curl $url/valuation/${id:-ID}/results
  stop      Ctrl-C
EOT
}

case "${1:-}" in
    '') ;;
    --once) once=true ;;
    *)
        echo "usage: $0 [--once]" >&2
        exit 2
        ;;
esac
case $preset in
    release | dev | asan | tsan) ;;
    *) fail "there is no preset $preset; there are release, dev, asan and tsan" ;;
esac
build_server
find_address
start_server
wait_until_ready
submit_example
$once && stop_server
where_to_go_next
$signalled && stop_server
wait_for_server
[ "$code" = 0 ] || say "the server ended with code $code (log: $log)" >&2
exit "$code"
