# Installs the Debian packages of packages.txt that are not there. Sourced by ../dev, whose say, die and assume_yes it
# uses.
# shellcheck shell=bash

# Prints the packages of these groups.
packages_of() {
  local group package
  while read -r group package _; do
    [[ " $* " != *" $group "* ]] || printf '%s\n' "$package"
  done <dev.d/packages.txt
}

# Prints those of them that are not installed. Asks dpkg only, so it is quick and works offline.
missing_packages() {
  local wanted
  mapfile -t wanted < <(packages_of "$@")
  # dpkg-query fails for a name that it has never seen; that one is then missing from its answer too.
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# Sees to it that the packages of these groups are installed, with the person's consent.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is not a Debian, so dev cannot look for what it needs; the list is in dev.d/packages.txt."
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  say "These Debian packages are needed and not installed:"
  local package reason
  while read -r _ package reason; do
    [[ " ${missing[*]} " != *" $package "* ]] || say "$(printf '  %-24s %s' "$package" "$reason")"
  done <dev.d/packages.txt
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "neither root nor sudo is there; ask for: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  if [[ ${assume_yes:-} != true ]]; then
    [[ -t 0 && -t 2 ]] || die "nobody is there to ask. Run again with --yes, or: ${as_root:+sudo }apt-get install ${missing[*]}"
    local answer
    read -rp "Install them with apt-get${as_root[0]:+ and sudo}? [Y/n] " answer
    [[ ${answer:-y} == [Yy]* ]] || die "nothing was installed"
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  local started=$SECONDS
  apt_quietly "reading the package lists" "${as_root[@]}" -q update
  apt_quietly "installing them, and what they need" \
    "${as_root[@]}" -qy install --no-install-recommends "${missing[@]}"
  say "Installed in $((SECONDS - started)) s."
}

# apt-get's hundreds of lines matter only when it fails; a terminal shows the latest of them.
apt_quietly() {
  local what=$1 log line
  shift
  log=$(mktemp)
  say "apt-get: $what"
  if [[ -t 2 ]]; then
    "$@" 2>&1 | while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      printf '\r\e[K%.*s' "$((${COLUMNS:-80} - 1))" "$line" >&2
    done && printf '\r\e[K' >&2
  else
    "$@" >"$log" 2>&1
  fi || { tail -n 20 "$log" >&2; die "apt-get failed while $what; all that it said is in $log"; }
  rm -f "$log"
}
