# On a machine with a GPU: builds what is missing, tests and times it. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

# The programs that ./dev gpu runs.
gpu_programs=(golden_digests cuda_test actserve actctl actload cuda_bench)

# gpu [--pack[=FOLDER]] [--architectures=LIST] [ARG...]: arguments are cuda_bench's.
gpu() {
  local folder='' argument arguments=() architectures=all
  for argument; do
    case $argument in
      --pack) folder=build/gpu-package ;;
      --pack=*) folder=${argument#*=} ;;
      --architectures=*) architectures=${argument#*=} ;;
      *) arguments+=("$argument") ;;
    esac
  done
  [[ -n $folder ]] || has_gpu || die "gpu: there is no GPU with a driver here (no /dev/nvidiactl, and no nvidia-smi that finds one); ./dev gpu --pack packs what another machine needs"
  need_packages build bench
  command -v nvcc >/dev/null || [[ -x /usr/local/cuda/bin/nvcc ]] || die "gpu: there is no CUDA compiler (nvcc), neither in PATH nor in /usr/local/cuda/bin"
  cmake --preset gpu -DACTSERVE_CUDA_ARCHITECTURES="$architectures" >/dev/null || die "gpu: CMake failed"
  build gpu "${gpu_programs[@]}" >&2
  if [[ -n $folder ]]; then
    ((${#arguments[@]} == 0)) || usage "gpu: --pack takes no other argument, found '${arguments[0]}'"
    pack_gpu "$folder"
  else
    dev.d/run_gpu.sh build/gpu/bin "${arguments[@]}"
  fi
}

# A driver's device, or that of Windows' own.
has_gpu() { [[ -e /dev/nvidiactl || -e /dev/dxg ]] || nvidia-smi -L >/dev/null 2>&1; }

# Puts the programs, the libraries they need but those of glibc, and what they read into a folder that runs elsewhere, where
# `run` unpacks the programs and libraries.
pack_gpu() {
  local folder=$1 program library limit=60 programs
  programs=$(mktemp -d)
  mkdir "$programs"/{bin,lib}
  for program in "${gpu_programs[@]}"; do
    strip -o "$programs/bin/$program" "build/gpu/bin/$program"
    # Those of glibc go together with the machine's own loader.
    ldd "build/gpu/bin/$program" | awk '$3 ~ /^\// { print $3 }' \
      | grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|ld-linux[^/]*)\.so' | while read -r library; do
        strip -o "$programs/lib/$(basename "$library")" "$library"
      done
  done
  rm -rf "$folder"
  mkdir -p "$folder"/tests/{golden,bench/cuda}
  tar -C "$programs" -czf "$folder/programs.tar.gz" bin lib
  rm -rf "$programs"
  cp tests/golden/digests.txt "$folder/tests/golden/"
  cp tests/bench/cuda/torch_peer.py "$folder/tests/bench/cuda/"
  cp dev.d/run_gpu.sh "$folder/run"
  cp dev.d/gpu_end_to_end.sh "$folder/end_to_end"
  local size
  size=$(du -sm "$folder" | cut -f1)
  ((size < limit)) || die "gpu: $folder has $size MiB; expected less than $limit"
  say "Packed: $folder, $size MiB. On a machine with a GPU and a driver: $folder/run"
}
