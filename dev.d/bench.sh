# Benchmarks. Sourced by ../dev, whose usage, need_packages and build it uses.
# shellcheck shell=bash

# bench kernels|service|cuda [ARG...]: arguments are the program's, of which --write-docs gets the file's name here.
bench() {
  local what=${1-} argument arguments=()
  [[ $what == kernels || $what == service || $what == cuda ]] || usage "bench: expected 'kernels', 'service' or 'cuda', found '$what'"
  shift
  for argument in "$@"; do
    [[ $argument != --write-docs ]] || argument=--write-docs=docs/performance.md
    arguments+=("$argument")
  done
  need_packages build bench
  local preset=bench
  [[ $what != cuda ]] || preset=gpu
  # Standard output is the report's.
  build "$preset" "${what}_bench" >&2
  exec "build/$preset/bin/${what}_bench" "${arguments[@]}"
}
