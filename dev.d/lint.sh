#!/usr/bin/env bash
# Runs clang-tidy and shellcheck. Run from the repository's root, with build/dev configured.
set -euo pipefail

case "$*" in
  '') all=false ;;
  --all) all=true ;;
  *) echo "dev: lint: unknown argument '$*'" >&2; exit 2 ;;
esac

shellcheck -x dev dev.d/*.sh .ci/run

# Headers are checked through the sources that include them.
sources() {
  if $all || ! command -v git >/dev/null || ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
    find kernels server client tests -name '*.cc'
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
ninja -C build/dev -t targets all | sed -n 's/^\(proto\/.*\.pb\.h\|server\/.*\.pb\.h\): .*/\1/p' | xargs -r ninja -C build/dev >/dev/null
echo "clang-tidy on ${#files[@]} sources" >&2
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/dev --quiet --warnings-as-errors='*' \
  --extra-arg=-Wno-unknown-warning-option
