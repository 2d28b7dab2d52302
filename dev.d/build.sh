# Configures and builds a preset. Sourced by ../dev, whose say and die it uses.
# shellcheck shell=bash

configure() {
  local preset=$1 log
  # Ninja itself runs CMake again when a CMakeLists.txt has changed, but does not know of the presets.
  [[ ! -e build/$preset/build.ninja || CMakePresets.json -nt build/$preset/build.ninja ]] || return 0
  say "Configuring (preset $preset)"
  mkdir -p build
  log=build/configure-$preset.log
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; die "CMake failed (a checkout that was moved needs ./dev clean)"; }
}

# One compiler per core, and no more than memory allows: the largest sources take about 1.2 GB.
parallelism() {
  local cores available
  cores=$(nproc)
  available=$(awk '/^MemAvailable:/ { print int($2 / 1.2e6) }' /proc/meminfo)
  ((available < cores)) && cores=$((available > 0 ? available : 1))
  echo "$cores"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  configure "$preset"
  say "Building (preset $preset)"
  local ninja=(ninja -C "build/$preset" -j "$(parallelism)" "$@")
  if [[ -t 1 ]]; then
    NINJA_STATUS='[%f/%t %e s] ' "${ninja[@]}"
  else
    NINJA_STATUS='[%f/%t] ' "${ninja[@]}" 2>&1 | sed -uE '/^ninja: (Entering|no work)/d' | sparse_progress '^\[[0-9]+/[0-9]+\] '
  fi || die "the build failed"
}

# Thins out a long log: of the lines that match the pattern, which only tell of progress, one every ten seconds (on a
# terminal the latest, in place); of the others all, each with the line of progress that it follows.
sparse_progress() {
  local pattern=$1 line latest='' is_shown=true shown_at=$SECONDS status
  while true; do
    status=0
    IFS= read -r -t 10 line || status=$?
    ((status == 0 || status > 128)) || break  # over 128: ten seconds without a line
    if ((status == 0)) && [[ $line =~ $pattern ]]; then
      latest=$line is_shown=false
      [[ ! -t 1 ]] || printf '\r\e[K%.*s' "$((${COLUMNS:-80} - 1))" "$latest"
    elif ((status == 0)); then
      [[ ! -t 1 ]] || printf '\r\e[K'
      $is_shown || printf '%s\n' "$latest"
      printf '%s\n' "$line"
      is_shown=true
    fi
    if [[ ! -t 1 ]] && ((SECONDS - shown_at >= 10)); then
      printf '%s (%s s)\n' "${latest:-...}" "$SECONDS"
      is_shown=true shown_at=$SECONDS
    fi
  done
  [[ ! -t 1 ]] || printf '\r\e[K'
  $is_shown || printf '%s\n' "$latest"
}
