# Compares tests/cases with what the kernels compute and the oracle confirms. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

cases() {
  need_packages build
  build dev cases
  build/dev/bin/cases "$@" || die "the case files were not reproduced, or the command not understood"
}
