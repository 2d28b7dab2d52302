#!/bin/sh
# Runs a compiler of CUDA and keeps what it says of its kernels' resources (ptxas -v) beside its output, as
# <output>.resources; everything else it says is passed on.
output=
previous=
for argument; do
  [ "$previous" = -o ] && output=$argument
  previous=$argument
done
"$@" 2>"$output.messages"
status=$?
grep -E '^ptxas info|bytes stack frame' "$output.messages" >"$output.resources"
grep -vE '^ptxas info|bytes stack frame|^$' "$output.messages" >&2
rm -f "$output.messages"
exit "$status"
