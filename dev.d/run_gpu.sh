#!/usr/bin/env bash
# Runs what ./dev gpu builds: the golden file on this machine's GPUs, the tests, then the benchmark, whose arguments are
# this script's after the folder of the programs. In a folder made by ./dev gpu --pack it is `run`, and knows that folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -d $here/bin && -d $here/lib ]]; then
  cd "$here"
  bin=bin
  export LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
else
  bin=$1
  shift
fi
step() { printf '\n== %s\n' "$*" >&2; "$@"; }

step "$bin/golden_digests" --cuda
step "$bin/cuda_test" --gtest_brief=1 --gtest_filter='-CudaResources.*'
if command -v compute-sanitizer >/dev/null; then
  # Little of everything: the sanitizer is a hundred times slower.
  step compute-sanitizer --tool memcheck --error-exitcode 1 "$bin/cuda_bench" --quick --elements=131072 >/dev/null
  step compute-sanitizer --tool racecheck --error-exitcode 1 "$bin/cuda_bench" --quick --elements=131072 >/dev/null
fi
step "$bin/cuda_bench" "$@"
