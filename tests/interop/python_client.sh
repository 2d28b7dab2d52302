#!/usr/bin/env bash
# Installs the Python client and runs tests of it beside real servers: python_client.sh FOLDER PATTERN, where the folder
# is for what is installed. Exit status 77 if what they need is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1 pattern=$2
python=/usr/bin/python3  # Debian's, whose packages are there

if [[ $pattern == test_torch.py ]] && ! $python -c 'import torch' 2>/dev/null; then
  echo "SKIPPED: PyTorch is not installed (Debian's python3-torch), so actserve.torch was not tested"
  exit 77
fi

dev.d/install_python_client.sh "$folder"

export PYTHONPATH=$folder ACTSERVE_CASES=$PWD/tests/cases
exec $python -B tests/interop/with_server.py $python -B -m unittest discover -v -s client/python/tests -p "$pattern"
