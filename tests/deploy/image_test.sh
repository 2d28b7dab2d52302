#!/usr/bin/env bash
# Runs the image as it is to be run: `./dev image --test`. No part of ./dev test, since the image compiles all that it needs,
# for minutes, and wants a container engine.
# Usage: image_test.sh ENGINE IMAGE, with docker or podman.
set -euo pipefail

engine=$1 image=$2
name=actserve-image-test-$$
memory_mib=320
in_flight_mib=96  # far less than the callers below send

leave() { "$engine" rm -f "$name" >/dev/null 2>&1 || true; }
trap leave EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  "$engine" logs "$name" >&2 || true
  exit 1
}
expect() {
  local what=$1 expected=$2 found=$3
  [[ $found == "$expected" ]] || fail "$what: expected '$expected', found '$found'"
  printf 'ok: %s: %s\n' "$what" "$found"
}
inspect() { "$engine" inspect --format "$1" "${2:-$name}"; }
actctl() { "$engine" exec -i "$name" actctl "$@"; }
# A shell in a container of its own, with the server's network.
client() { "$engine" run --rm --no-healthcheck --network "container:$name" --entrypoint bash "$image" -c "$1"; }
memory() { "$engine" exec "$name" cat /sys/fs/cgroup/memory.max 2>/dev/null || "$engine" exec "$name" cat /sys/fs/cgroup/memory/memory.limit_in_bytes; }

printf 'The image has %d MiB.\n' "$(($(inspect '{{.Size}}' "$image") >> 20))"
expect "stop signal" SIGTERM "$(inspect '{{.Config.StopSignal}}' "$image" | sed 's/^15$/SIGTERM/')"
expect "licence" Apache-2.0 "$(inspect '{{index .Config.Labels "org.opencontainers.image.licenses"}}' "$image")"
[[ $("$engine" image inspect "$image" | tr -d " \n") == *\"actctl\",\"health\"* ]] || fail "the image has no health check"

options=()
# Podman has systemd's timers ask for health.
[[ $engine != podman || -d /run/systemd/system ]] || options+=(--no-healthcheck)
"$engine" run --detach --name "$name" "${options[@]}" --read-only --cap-drop all --security-opt no-new-privileges \
  --memory "${memory_mib}m" "$image" --config /etc/actserve/actserve.textproto --max-message-mib 32 \
  --max-in-flight-mib "$in_flight_mib" >/dev/null
deadline=$((SECONDS + 60))
until actctl health >/dev/null 2>&1; do
  [[ $(inspect '{{.State.Running}}') == true ]] || fail "it has ended"
  ((SECONDS < deadline)) || fail "it is not healthy within a minute"
  sleep 0.2
done
expect "health" serving "$(actctl health)"
expect "user" 65532 "$("$engine" exec "$name" sh -c 'grep ^Uid: /proc/1/status | cut -f 2')"
expect "root that can be written to" no "$("$engine" exec "$name" sh -c 'touch /x 2>/dev/null && echo yes || echo no')"
expect "capabilities" 0000000000000000 "$("$engine" exec "$name" sh -c 'grep ^CapEff: /proc/1/status | cut -f 2')"
expect "memory limit" $((memory_mib << 20)) "$(memory)"
expect "relu(-1)" 0 "$(echo -1 | actctl evaluate relu)"
expect "metrics" 1 "$("$engine" exec "$name" bash -c 'exec 3<>/dev/tcp/127.0.0.1/9464
  printf "GET /metrics HTTP/1.0\r\n\r\n" >&3; grep -c ^actserve_build_info <&3')"

# Eight callers, each with 8 MB at a time and as much to come back: refused or answered, and nobody killed for memory.
callers=()
for _ in 1 2 3 4 5 6 7 8; do
  client 'for _ in 1 2 3; do head -c 4000000 /dev/zero | tr "\0" 1 | fold -w 4 | actctl evaluate gelu >/dev/null; done; true' \
    2>/dev/null &
  callers+=($!)
done
wait "${callers[@]}"
expect "running after the load" true "$(inspect '{{.State.Running}}')"
expect "killed for memory" false "$(inspect '{{.State.OOMKilled}}')"
expect "health" serving "$(actctl health)"

# Stopped under load.
client 'while echo 1 | actctl evaluate relu; do true; done' >/dev/null 2>&1 &
caller=$!
sleep 1
started=$SECONDS
"$engine" stop --time 40 "$name" >/dev/null
wait "$caller" || true  # it has the network of what was stopped
expect "exit status" 0 "$(inspect '{{.State.ExitCode}}')"
expect "calls cut off" 0 "$("$engine" logs "$name" 2>&1 | sed -n 's/.*"event":"drained","calls_cancelled":\([0-9]*\).*/\1/p')"
printf 'ok: stopped after %d s\n' "$((SECONDS - started))"
