# The libraries that the preset aarch64 builds with. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

# cmake/aarch64-linux-gnu.cmake looks here.
aarch64_folder=build/aarch64-libraries

# Fetches Debian's arm64 packages of what the kernels and their tests link, and of all that these need to run, down to
# the C library, and unpacks them. They are not installed: the system stays as it is.
aarch64_libraries() {
  local packages=(libabsl-dev libhwy-dev libcli11-dev libgtest-dev libgmock-dev libmpfr-dev)
  local complete=$aarch64_folder/packages.txt apt=$PWD/$aarch64_folder/apt package
  [[ ! -e $complete || $(<"$complete") != "${packages[*]}" ]] || return 0
  command -v apt-get >/dev/null || die "the arm64 libraries are Debian's, and there is no apt-get to fetch them"
  rm -rf "$aarch64_folder"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : >"$apt/status"  # says that nothing is installed
  local fetch=(apt-get -qy -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=
    -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt")
  apt_quietly "reading arm64's package lists" "${fetch[@]}" update
  apt_quietly "fetching arm64 libraries into $aarch64_folder" \
    "${fetch[@]}" install --download-only --no-install-recommends "${packages[@]}"
  for package in "$apt"/archives/*.deb; do dpkg-deb --extract "$package" "$aarch64_folder"; done
  rm -rf "$apt"
  echo "${packages[*]}" >"$complete"
}
