#!/usr/bin/env bash
# Runs what ./dev gpu builds on this machine's GPUs: the golden file, the tests, the server end to end, then the benchmark,
# whose arguments are this script's after the folder of the programs. In a folder made by ./dev gpu --pack it is `run`, and
# knows that folder. What fails does not keep the rest from running: time on such a machine is dear.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
libraries=${LD_LIBRARY_PATH-}
if [[ -e $here/programs.tar.gz ]]; then
  cd "$here"
  [[ -d bin && -d lib ]] || tar -xzf programs.tar.gz
  bin=bin
  end_to_end=./end_to_end
  libraries=$here/lib${libraries:+:$libraries}
else
  bin=$1
  shift
  end_to_end=dev.d/gpu_end_to_end.sh
fi

failed=()
step() {
  printf '\n== %s\n' "$*" >&2
  "$@" || failed+=("$*")
}
# For programs of ours: others would find libraries that they were not built with.
ours() { LD_LIBRARY_PATH=$libraries "$@"; }

# Ends with 2, at once, where there is no GPU, and has said so.
status=0
printf '\n== golden_digests --cuda\n' >&2
ours "$bin/golden_digests" --cuda || status=$?
((status != 2)) || exit 2
((status == 0)) || failed+=("golden_digests --cuda")

step ours "$bin/cuda_test" --gtest_brief=1 --gtest_filter='-CudaResources.*'
if command -v compute-sanitizer >/dev/null; then
  # Little of everything: the sanitizer is a hundred times slower.
  for tool in memcheck racecheck; do
    step ours compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/cuda_bench" --quick --elements=131072 >/dev/null
  done
fi
step "$end_to_end" "$bin"

peer=()
if python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  peer_file=$(mktemp)
  trap 'rm -f "$peer_file"' EXIT
  peer_arguments=()
  for argument; do [[ $argument != --elements=* ]] || peer_arguments+=("$argument"); done
  step python3 tests/bench/cuda/torch_peer.py --json "$peer_file" "${peer_arguments[@]}"
  [[ ! -s $peer_file ]] || peer=(--torch "$peer_file")
else
  echo "There is no PyTorch with CUDA in python3, so nothing is compared with it." >&2
fi
step ours "$bin/cuda_bench" "${peer[@]}" "$@"

if ((${#failed[@]} > 0)); then
  printf '\nFailed:\n' >&2
  printf '  %s\n' "${failed[@]}" >&2
  exit 1
fi
