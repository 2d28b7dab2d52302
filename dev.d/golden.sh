# Compares the kernels' results with tests/golden/digests.txt. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

golden() {
  local preset=dev emulator=() arguments=() argument
  for argument; do
    case $argument in
      --aarch64) preset=aarch64 ;;
      --cuda) preset=gpu arguments+=("$argument") ;;
      *) arguments+=("$argument") ;;
    esac
  done
  if [[ $preset == aarch64 ]]; then
    need_packages build aarch64
    aarch64_libraries
    emulator=(qemu-aarch64-static -L "$aarch64_folder")
  else
    need_packages build
    [[ $preset != gpu ]] || need_packages bench
  fi
  build "$preset" golden_digests >&2  # what a case is may be wanted in a file
  "${emulator[@]}" "build/$preset/bin/golden_digests" "${arguments[@]}" || die "the golden file was not reproduced, or the command not understood"
}
