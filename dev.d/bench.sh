# Benchmarks. Sourced by ../dev, whose usage, need_packages and build it uses.
# shellcheck shell=bash

# bench kernels [ARG...]: arguments are the program's, of which --write-docs gets the file's name here.
bench() {
  local what=${1-} argument arguments=()
  [[ $what == kernels ]] || usage "bench: expected 'kernels', found '$what'"
  shift
  for argument in "$@"; do
    [[ $argument != --write-docs ]] || argument=--write-docs=docs/performance.md
    arguments+=("$argument")
  done
  need_packages build bench
  # Standard output is the report's.
  build bench kernels_bench >&2
  exec build/bench/bin/kernels_bench "${arguments[@]}"
}
