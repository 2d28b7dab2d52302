# Fetches Debian packages and unpacks them into a folder, without installing them: the system stays as it is, no rights
# are needed, and no service is started. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

# unpack_packages FOLDER WHAT STATUS PACKAGE... [-- APT_OPTION...]: the packages, and all that they need and STATUS, a
# file in the form of /var/lib/dpkg/status, does not say is installed.
unpack_packages() {
  local folder=$1 what=$2 status=$3 packages=() package
  shift 3
  while (($#)) && [[ $1 != -- ]]; do packages+=("$1"); shift; done
  (($# == 0)) || shift
  local complete=$folder/packages.txt apt=$PWD/$folder/apt
  [[ ! -e $complete || $(<"$complete") != "${packages[*]}" ]] || return 0
  if ! command -v apt-get >/dev/null; then
    say "This is not a Debian, so dev cannot fetch $what; the list is in dev.d/packages.txt."
    return
  fi
  rm -rf "$folder"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  cp "$status" "$apt/status"
  local fetch=(apt-get -qy "$@" -o APT::Sandbox::User= -o Dir::State="$apt" -o Dir::State::status="$apt/status"
    -o Dir::Cache="$apt")
  apt_quietly "reading the package lists for $what" "${fetch[@]}" update
  apt_quietly "fetching $what into $folder" "${fetch[@]}" install --download-only --no-install-recommends "${packages[@]}"
  for package in "$apt"/archives/*.deb; do
    [[ ! -e $package ]] || dpkg-deb --extract "$package" "$folder"  # none: all are installed
  done
  rm -rf "$apt"
  echo "${packages[*]}" >"$complete"
}

# What the kernels and their tests link on 64-bit Arm, down to the C library. cmake/aarch64-linux-gnu.cmake looks there.
aarch64_folder=build/aarch64-libraries
aarch64_libraries() {
  unpack_packages "$aarch64_folder" "arm64 libraries" /dev/null \
    libabsl-dev libhwy-dev libcli11-dev libgtest-dev libgmock-dev libmpfr-dev \
    -- -o APT::Architecture=arm64 -o APT::Architectures=arm64
}

# Proxies, Prometheus and kubectl, for the tests of deploy/. Installed, the first would take ports at once.
# tests/deploy/CMakeLists.txt looks there.
deploy_programs() {
  local packages
  mapfile -t packages < <(packages_of deploy)
  unpack_packages build/deploy-programs "programs for the tests of deploy/" /var/lib/dpkg/status "${packages[@]}"
  rm -rf build/deploy-programs/usr/share  # 220 MB of scripts for Prometheus' pages
}
