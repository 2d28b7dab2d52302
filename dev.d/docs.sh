# Writes docs/functions. Sourced by ../dev, whose usage, build and need_packages it uses.
# shellcheck shell=bash

docs() {
  (($# == 0)) || usage "docs: unknown argument '$1'"
  need_packages build
  build dev functions_docs
  build/dev/bin/functions_docs || die "docs/functions was not written"
}
