#!/usr/bin/env bash
# Builds the Node client in a folder and runs its tests beside real servers: node_client.sh FOLDER. Exit status 77 where
# that cannot be: without npm, or where npm's registry cannot be reached and the folder does not have the packages yet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1
client=$folder/client/node

skip() { echo "SKIPPED: $*, so the Node client was not tested"; exit 77; }
command -v npm >/dev/null || skip "there is no npm"

mkdir -p "$client"
cmp -s client/node/package-lock.json "$client/package-lock.json" || rm -rf "$client/node_modules"
find "$client" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
find client/node -mindepth 1 -maxdepth 1 ! -name node_modules ! -name dist -exec cp -r -t "$client" {} +
rm -rf "$folder/proto"
cp -r proto "$folder"

if [[ ! -d $client/node_modules ]]; then
  npm --prefix "$client" ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 \
    --fetch-retry-mintimeout=1000 >"$folder/npm.log" 2>&1 || {
    rm -rf "$client/node_modules"
    cat "$folder/npm.log"
    unreachable='ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|CERT'
    ! grep -qE "$unreachable" "$folder/npm.log" ||
      skip "npm's registry cannot be reached"
    exit 1
  }
fi
npm --prefix "$client" run --silent build

export ACTSERVE_CASES=$PWD/tests/cases
exec /usr/bin/python3 -B tests/interop/with_server.py npm --prefix "$client" test
