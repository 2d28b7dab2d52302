#!/usr/bin/env bash
# Installs the Python client as pip does, without a network, for Debian's python3: install_python_client.sh FOLDER, where
# the folder becomes a place for PYTHONPATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$1

# pip builds beside the sources, and from what it finds there of an earlier time.
sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
mkdir -p "$sources/client/python"
cp -r client/python/{pyproject.toml,setup.py,README.md,src} "$sources/client/python"
rm -rf "$sources"/client/python/src/*.egg-info
cp -r proto "$sources"
rm -rf "$folder"
/usr/bin/python3 -m pip --quiet --disable-pip-version-check install --root-user-action=ignore --no-index --no-deps \
  --no-build-isolation --target "$folder" "$sources/client/python"
