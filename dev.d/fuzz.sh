# Fuzzing. Sourced by ../dev, whose usage, need_packages and build it uses.
# shellcheck shell=bash

# fuzz wire [--seconds=N] [-- ARG...]: starts from tests/fuzz/corpus and from what earlier runs found; arguments are
# libFuzzer's.
fuzz() {
  local target=${1-} seconds=60
  [[ $target == wire ]] || usage "fuzz: expected 'wire', found '$target'"
  shift
  while (($#)); do
    case $1 in
      --seconds=*) seconds=${1#*=} ;;
      --) shift; break ;;
      *) usage "fuzz: unknown argument '$1'" ;;
    esac
    shift
  done
  need_packages build fuzz
  build fuzz "${target}_fuzz"
  local found=build/fuzz/corpus/$target
  mkdir -p "$found"
  exec "build/fuzz/bin/${target}_fuzz" "$found" "tests/fuzz/corpus/$target" -max_total_time="$seconds" -max_len=4096 \
    -artifact_prefix=build/fuzz/ -print_final_stats=1 "$@"
}
