#!/usr/bin/env bash
# The demo: a server of its own on free ports, real input through it, what its metrics say of that, and a clean stop.
# Usage: dev.d/demo.sh FOLDER_OF_THE_PROGRAMS [relufy], from the repository's root. `relufy` compares what may take the
# place of GELU instead.
set -euo pipefail

bin=$1
show=${2-}
log=$(mktemp)
server=

leave() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -f "$log"
}
trap leave EXIT

fail() {
  echo "demo: $*; the server's log:" >&2
  cat "$log" >&2
  exit 1
}

title() { printf '\n== %s\n\n' "$*"; }

# The address in the first log line with this event.
logged_address() { sed -nE "s/.*event=$1 .*address=\"?([^ \"]+).*/\1/p" "$log" | head -n 1; }

wait_until_ready() {
  local deadline=$((SECONDS + 30))
  until grep -qE 'event=ready\b' "$log"; do
    kill -0 "$server" 2>/dev/null || { server=; fail "the server did not start"; }
    ((SECONDS < deadline)) || fail "the server was not ready within 30 s"
    sleep 0.05
  done
}

# An HTTP GET that needs nothing but bash.
fetch_metrics() {
  local address=$1
  exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
  printf 'GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n' "$address" >&3
  cat <&3
  exec 3>&-
}

title "Starting the server"
"$bin/actserve" --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 2>"$log" &
server=$!
wait_until_ready
address=$(logged_address listening)
metrics=$(logged_address metrics)
echo "gRPC at $address, metrics at http://$metrics/metrics"

if [[ $show == relufy ]]; then
  title "What may take the place of GELU in a digits classifier's hidden layer"
  "$bin/actctl" --server "$address" relufy --function gelu --input tests/data/digits/pre_activations.npy --width 80 \
    || fail "actctl relufy failed"
  exit
fi

title "A digits classifier, its activations computed by the server"
"$bin/digits_demo" --server "$address" --data tests/data/digits || fail "digits_demo failed"

title "GELU and its derivative, as the server computes them"
"$bin/actctl" --server "$address" plot gelu || fail "actctl plot failed"

title "What the server's metrics say of this run"
fetch_metrics "$metrics" | tr -d '\r' | awk -f dev.d/metrics.awk

title "Stopping the server"
kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
((status == 0)) || fail "the server ended with status $status"
echo "It finished the work in flight and ended with status 0."
