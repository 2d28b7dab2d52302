#!/usr/bin/env bash
# The server with its GPUs, and real clients: are results those of the CPU, and where does the time go?
# Usage: gpu_end_to_end.sh FOLDER_OF_THE_PROGRAMS [--backend=cuda|cpu] [--seconds=N]
# Prints a table. --backend=cpu does it all without a GPU, so that this script can be tested; --seconds is of each load.
set -euo pipefail
export LC_ALL=C  # numbers have points

bin=$1
shift
backend=cuda seconds=5
for argument; do
  case $argument in
    --backend=cuda | --backend=cpu) backend=${argument#*=} ;;
    --seconds=*) seconds=${argument#*=} ;;
    *) echo "end to end: unknown argument '$argument'" >&2; exit 2 ;;
  esac
done

functions=(relu silu gelu mish softmax sparsemax)
kib=(64 1024 16384)  # of an input
columns=1024         # of f32, the length of rows
work=$(mktemp -d)
log=$work/server.log
server=

fail() {
  echo "end to end: $*; the server's log:" >&2
  tail -n 20 "$log" >&2
  exit 1
}
leave() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap leave EXIT

# Beside a package's programs are the libraries that they need, and nothing else should use.
program() {
  local name=$1
  shift
  if [[ -d $bin/../lib ]]; then
    LD_LIBRARY_PATH=$bin/../lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$bin/$name" "$@"
  fi
  exec "$bin/$name" "$@"
}
actctl() { (program actctl --server "unix:$work/socket" "$@"); }

logged_address() { sed -nE "s/.*event=$1 .*address=\"?([^ \"]+).*/\1/p" "$log" | head -n 1; }

start_server() {
  : >"$log"
  program actserve --listen "unix:$work/socket" --metrics-listen 127.0.0.1:0 --backend "$backend" 2>"$log" &
  server=$!
  local deadline=$((SECONDS + 120))
  until grep -qE 'event=ready\b' "$log"; do
    kill -0 "$server" 2>/dev/null || { server=; fail "the server did not start"; }
    ((SECONDS < deadline)) || fail "the server was not ready within 120 s"
    sleep 0.05
  done
  metrics=$(logged_address metrics)
}

# scrape FILE: the server's metrics, without a program that a machine may not have.
scrape() {
  exec 3<>"/dev/tcp/${metrics%:*}/${metrics##*:}"
  printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
  tr -d '\r' <&3 >"$1"
  exec 3>&-
}
# sum FILE METRIC [LABEL]: of all its series with the label.
sum() {
  awk -v metric="$2" -v label="${3-}" '
    { name = $1; sub(/{.*/, "", name) }
    name == metric && (label == "" || index($0, label)) { total += $NF }
    END { printf "%.15g\n", total }' "$1"
}
# grown METRIC [LABEL]: between the scrapes $before and $after.
grown() { awk -v a="$(sum "$after" "$@")" -v b="$(sum "$before" "$@")" 'BEGIN { printf "%.9g\n", a - b }'; }

# As many KiB of f32 as asked for, in rows: normal, and the same again after each MiB.
make_input() {
  local size=$1 rows=$(($1 * 1024 / 4 / columns)) i
  {
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($rows, $columns), }"
    for ((i = 0; i < size; i += 1024)); do
      head -c $(((size < 1024 ? size : 1024) * 1024)) "$work/numbers"
    done
  } >"$work/x$size.npy"
}
make_inputs() {
  # What shrink does not shrink is what it was: text becomes f32.
  awk 'BEGIN { srand(7); for (i = 0; i < 262144; ++i) printf "%.7g\n", 4 * (rand() + rand() + rand() + rand() - 2) }' \
    | actctl --backend cpu evaluate shrink --param lambd=0 --input-type f32 --output "$work/numbers.npy"
  tail -c 1048576 "$work/numbers.npy" >"$work/numbers"
  local size
  for size in "${kib[@]}"; do make_input "$size"; done
}

# compute BACKEND NAME SIZE TYPE DIRECTION: every function's results, in files with this name.
compute() {
  local size=$3 upstream=()
  [[ $5 == evaluate ]] || upstream=(--upstream "$work/x$size.npy")
  actctl --backend "$1" "$5" "$(IFS=,; echo "${functions[*]}")" --input-type "$4" --input "$work/x$size.npy" \
    "${upstream[@]}" --output "$work/$2.{function}.npy" || fail "actctl failed at $5, $size KiB of $4, backend $1"
}
# Results and gradients must be the same bits, whoever computes them.
compare() {
  local size type direction function before=$work/before after=$work/after
  scrape "$before"
  for size in "${kib[@]}"; do
    for type in f32 bf16; do
      for direction in evaluate gradient; do
        compute cpu expected "$size" "$type" "$direction"
        compute "$backend" found "$size" "$type" "$direction"
        for function in "${functions[@]}"; do
          cmp "$work/expected.$function.npy" "$work/found.$function.npy" >&2 \
            || fail "$direction $function, $size KiB of $type: $backend gives other bits than the CPU"
        done
      done
    done
  done
  scrape "$after"
  # Or it was the CPU's own results that were compared, since a GPU had failed. Large items are sent in pieces, to both alike.
  local on_cpu on_cuda
  on_cpu=$(grown actserve_items_total 'backend="cpu"')
  on_cuda=$(grown actserve_items_total 'backend="cuda"')
  [[ $backend == cpu || $on_cuda == "$on_cpu" ]] || fail "the GPUs computed $on_cuda of $on_cpu items"
  echo "The same bits as the CPU's: $((${#functions[@]} * 2)) results of each of ${kib[*]} KiB, f32 and bf16"
}

# load KIB: a line of the table.
load() {
  local size=$1 before=$work/before after=$work/after status=0
  scrape "$before"
  (program actload --server "unix:$work/socket" --function gelu --shape "$((size * 1024 / 4))" --backend "$backend" \
    --concurrency 8 --warm-up 0s --duration "${seconds}s" --stable 0 --check 0.1 --quiet --json "$work/load.json") \
    >"$work/load.txt" 2>&1 || status=$?
  ((status == 0 || status == 3)) || { cat "$work/load.txt" >&2; fail "actload ended with status $status"; }
  scrape "$after"
  awk -v size="$size" -v seconds="$seconds" -v items="$(grown actserve_items_total "backend=\"$backend\"")" \
    -v launches="$(grown actserve_cuda_launches_total)" -v failures="$(grown actserve_cuda_failures_total)" \
    -v staging="$(grown actserve_cuda_seconds_total 'phase="staging"')" \
    -v device="$(grown actserve_cuda_seconds_total 'phase="device"')" \
    -v kernel="$(grown actserve_kernel_duration_seconds_sum "backend=\"$backend\"")" '
    function speed(time) { return time > 0 ? sprintf("%.2f", 2 * items * size * 1024 / 1e9 / time) : "-" }
    BEGIN {
      printf "%8d %9d %9d %9.3f %9.3f %9s %9s %9s %12.3f %8d\n", size, items, launches, staging, device,
        speed(staging), speed(device), speed(seconds), (items > 0 ? 1e3 * kernel / items : 0), failures
      exit items == 0
    }' || fail "nothing was computed by $backend"
}

start_server
make_inputs
compare
echo "gelu, f32, 8 calls in progress for $seconds s each, by $backend. Seconds are the sum of the GPUs' threads; GB are of"
echo "operands and results. In all: over the time of the load. Outside transport: staging and device, of an item, on average."
printf '%8s %9s %9s %9s %9s %9s %9s %9s %12s %8s\n' '' '' '' staging device staging device 'in all' outside ''
printf '%8s %9s %9s %9s %9s %9s %9s %9s %12s %8s\n' KiB items launches s s GB/s GB/s GB/s transport,ms failures
for size in "${kib[@]}"; do load "$size"; done

kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
((status == 0)) || fail "the server ended with status $status after SIGTERM"
echo "The server stopped as it should."
