#!/usr/bin/env bash
# Starts the server as a new user does, and lets the reference implementations of its protocols look at it:
#   1. `go run ./server -demo` with an empty data folder comes up;
#   2. the same as a binary finds the first one's data; a resident signs in;
#   3. graphql-ws, graphql-sse and graphql-http check their protocols; the server stops by itself when asked to.
# Needs Go and Node.js. Nothing outside a temporary folder is written.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
group=
stop() {
    [ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
address="127.0.0.1:$(port)"
operations="127.0.0.1:$(port)"
data="$work/data"
log="$work/server.log"
url="http://$address/graphql"

# start COMMAND...: runs the server in a process group of its own, so that all of it can be stopped.
start() {
    setsid "$@" -demo -addr "$address" -ops-addr "$operations" -data "$data" >"$log" 2>&1 </dev/null &
    group=$!
}

# ready SECONDS: waits for the server; shows its log if it does not come.
ready() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        if node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "http://$address/readyz"; then
            return
        fi
        if ! kill -0 "$group" 2>/dev/null; then break; fi
        sleep 0.2
    done
    echo "The server did not become ready:"
    tail -n 50 "$log"
    return 1
}

# gone SECONDS: waits until nothing of the group is left.
gone() {
    local until=$((SECONDS + $1))
    while kill -0 -- "-$group" 2>/dev/null; do
        if [ "$SECONDS" -ge "$until" ]; then
            echo "The server did not stop:"
            tail -n 50 "$log"
            return 1
        fi
        sleep 0.2
    done
}

# The packages go into the temporary folder, with the scripts beside them.
mkdir "$work/audits"
cp tools/audits/*.mjs tools/audits/*.json tools/audits/.npmrc "$work/audits/"
(cd "$work/audits" && npm ci --ignore-scripts --no-progress --loglevel=error)

echo "first start: go run ./server -demo"
start go run ./server
ready 600
kill -TERM -- "-$group"
gone 30

echo "second start: the binary, on the first one's data"
go build -o "$work/server" ./server
start "$work/server"
ready 30
token=$(node "$work/audits/signin.mjs" "$url" "$data")
subscription='subscription { inboxMessage { id } }'
failed=0
# The sockets come first: the audits use up what an anonymous caller may send at once.
node "$work/audits/ws.mjs" "$url" --token "$token" --subscription "$subscription" || failed=1
node "$work/audits/sse.mjs" "$url" --token "$token" --subscription "$subscription" || failed=1
node "$work/audits/audit.mjs" "$url" || failed=1

kill -TERM "$group"
gone 30
code=0
wait "$group" || code=$?
group=
if [ "$code" -ne 0 ]; then
    echo "The server ended with exit code $code after SIGTERM:"
    tail -n 50 "$log"
    failed=1
fi
exit "$failed"
