#!/usr/bin/env bash
# Formats the C++ sources as .clang-format says; --check only looks. Run from the repository's root.
set -euo pipefail

case "$*" in
  '') mode=(-i) ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "dev: fmt: unknown argument '$*'" >&2; exit 2 ;;
esac
find kernels server client tests \( -name '*.cc' -o -name '*.h' \) -print0 | xargs -0 clang-format "${mode[@]}"
