#!/usr/bin/env bash
# A load test from nothing: a server of its own on half of the cores, actload on the others, a report to look at.
# Usage: dev.d/load.sh FOLDER_OF_THE_PROGRAMS [ARGUMENT_OF_ACTLOAD...], from the repository's root.
set -euo pipefail

bin=$1
shift
folder=build/load
mkdir -p "$folder"
log=$folder/server.log
: >"$log"  # or the last run's would be read until the server has begun its own
server=

leave() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
}
trap leave EXIT

fail() {
  echo "load: $*; the server's log is in $log" >&2
  exit 1
}

logged_address() { sed -nE "s/.*event=$1 .*address=\"?([^ \"]+).*/\1/p" "$log" | head -n 1; }

# On cores of their own neither takes the other's time. One core is all there is for both.
on_server_cores=() on_other_cores=()
cores=$(nproc)
if ((cores > 1)) && command -v taskset >/dev/null; then
  mapfile -t allowed < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done)
  half=$((cores / 2))
  on_server_cores=(taskset -c "$(IFS=,; echo "${allowed[*]:0:half}")")
  on_other_cores=(taskset -c "$(IFS=,; echo "${allowed[*]:half}")")
fi

"${on_server_cores[@]}" "$bin/actserve" --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 2>"$log" &
server=$!
deadline=$((SECONDS + 30))
until grep -qE 'event=ready\b' "$log"; do
  kill -0 "$server" 2>/dev/null || { server=; fail "the server did not start"; }
  ((SECONDS < deadline)) || fail "the server was not ready within 30 s"
  sleep 0.05
done

# What is given comes last, over what stands here.
[[ " $* " == *" --scenario"* ]] || set -- --scenario client/load/scenarios/mixed.txtpb "$@"
status=0
"${on_other_cores[@]}" "$bin/actload" --server "$(logged_address listening)" --metrics "$(logged_address metrics)" \
  --html "$folder/report.html" --json "$folder/report.json" --csv "$folder/report.csv" "$@" || status=$?
((status != 2)) || exit 2
echo
echo "The report: file://$PWD/$folder/report.html (beside it report.json and report.csv)"
((status == 0 || status == 3)) || fail "actload ended with status $status"
