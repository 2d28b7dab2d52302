# Measures the kernels' accuracy and writes docs/accuracy.md, or docs/accuracy-sample.md. Sourced by ../dev, whose say, build, docs and need_packages it uses.
# shellcheck shell=bash

accuracy() {
  local quick='' arguments=() page=docs/accuracy.md argument
  for argument; do
    case $argument in
      --) continue ;;
      --quick) quick=--quick ;;
      *) arguments+=("$argument") ;;
    esac
  done
  need_packages build
  local peers
  mapfile -t peers < <(missing_packages accuracy)
  if ((${#peers[@]})); then
    say "Not installed, so not measured beside the kernels: ${peers[*]} (./dev setup accuracy installs them)."
  elif grep -qsE '^(ONEDNN|TORCH_CPU):.*NOTFOUND' build/dev/CMakeCache.txt; then
    rm build/dev/build.ninja  # they came after the build was configured
  fi
  build dev accuracy_run
  mkdir -p build/accuracy docs
  [[ -z $quick ]] || page=docs/accuracy-sample.md
  [[ " ${arguments[*]-}" != *' --functions'* ]] || page=  # which are of all
  local status=0
  # The libraries compared with are called from as many threads as there are cores: each on that one thread.
  OMP_NUM_THREADS=1 build/dev/bin/accuracy_run $quick --state "build/accuracy/${quick:+quick.}state" \
    --corpus tests/accuracy/worst_inputs.txt ${page:+--page "$page"} \
    --revision "$(git describe --always --dirty 2>/dev/null || true)" "${arguments[@]}" || status=$?
  [[ -z $page ]] || docs  # has the page's figures, too
  return "$status"
}
