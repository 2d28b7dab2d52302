#!/usr/bin/env bash
# Installs the Python client as pip does, without a network, and runs tests of it beside real servers:
# python_client.sh FOLDER PATTERN, where the folder is for what is installed. Exit status 77 if what they need is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1 pattern=$2
python=/usr/bin/python3  # Debian's, whose packages are there

if [[ $pattern == test_torch.py ]] && ! $python -c 'import torch' 2>/dev/null; then
  echo "SKIPPED: PyTorch is not installed (Debian's python3-torch), so actserve.torch was not tested"
  exit 77
fi

# pip builds beside the sources, and from what it finds there of an earlier time.
rm -rf "$folder"
mkdir -p "$folder/sources/client/python"
cp -r client/python/{pyproject.toml,setup.py,README.md,src} "$folder/sources/client/python"
cp -r proto "$folder/sources"
$python -m pip --quiet --disable-pip-version-check install --root-user-action=ignore --no-index --no-deps --no-build-isolation \
  --target "$folder/installed" "$folder/sources/client/python"

export PYTHONPATH=$folder/installed ACTSERVE_CASES=$PWD/tests/cases ACTSERVE_DIGITS=$PWD/tests/data/digits
exec $python -B tests/interop/with_server.py $python -B -m unittest discover -v -s client/python/tests -p "$pattern"
