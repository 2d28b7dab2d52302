# Benchmarks. Sourced by ../dev, whose usage, need_packages and build it uses.
# shellcheck shell=bash

# bench kernels|service [ARG...]: arguments are the program's, of which --write-docs gets the file's name here.
bench() {
  local what=${1-} argument arguments=()
  [[ $what == kernels || $what == service ]] || usage "bench: expected 'kernels' or 'service', found '$what'"
  shift
  for argument in "$@"; do
    [[ $argument != --write-docs ]] || argument=--write-docs=docs/performance.md
    arguments+=("$argument")
  done
  need_packages build bench
  # Standard output is the report's.
  build bench "${what}_bench" >&2
  exec "build/bench/bin/${what}_bench" "${arguments[@]}"
}
