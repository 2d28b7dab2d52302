#!/usr/bin/env bash
# Runs clang-tidy, shellcheck and mypy. Run from the repository's root, with build/dev configured.
set -euo pipefail

case "$*" in
  '') all=false ;;
  --all) all=true ;;
  *) echo "dev: lint: unknown argument '$*'" >&2; exit 2 ;;
esac

shellcheck -x dev dev.d/*.sh .ci/run tests/interop/*.sh tests/deploy/*.sh
(cd client/python && mypy --python-executable /usr/bin/python3 --cache-dir ../../build/dev/mypy src/actserve)

# Headers are checked through the sources that include them.
sources() {
  if $all || ! command -v git >/dev/null || ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
    # PyTorch's headers are not for every clang.
    find kernels server client tests -name '*.cc' ! -name 'peer_pytorch.cc'
  else
    { git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard; } | { grep '\.cc$' || true; }
  fi
}
mapfile -t files < <(sources | sort -u)
if ((${#files[@]} == 0)); then
  echo "No C++ source differs from the last commit; --all looks at every one." >&2
  exit 0
fi
# Generated headers must be there before a source that includes them can be read.
ninja -C build/dev -t targets all | sed -n 's/^\([^/].*\.pb\.h\): .*/\1/p' | xargs -r ninja -C build/dev >/dev/null
# The benchmarks, which want packages of their own, are built by another preset.
check() {
  local preset=$1 file known=()
  shift
  for file; do
    ! grep -qF "/$file\"" "build/$preset/compile_commands.json" 2>/dev/null || known+=("$file")
  done
  ((${#known[@]})) || return 0
  echo "clang-tidy on ${#known[@]} sources (preset $preset)" >&2
  printf '%s\0' "${known[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "build/$preset" --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option
}
check dev "${files[@]}"
mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -E '^tests/bench/(kernels|service)/')
check bench "${files[@]}"
