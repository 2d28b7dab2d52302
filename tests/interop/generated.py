"""activation_pb2 and activation_pb2_grpc, generated from the proto as any user would: protoc and its stock plugin."""

import os
import pathlib
import subprocess
import sys
import tempfile

_ROOT = pathlib.Path(os.environ["PROTO_ROOT"])
_FOLDER = tempfile.TemporaryDirectory()
subprocess.run(
    [os.environ["PROTOC"], f"--proto_path={_ROOT / 'actserve/v1'}", f"--python_out={_FOLDER.name}",
     f"--grpc_out={_FOLDER.name}", "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", "activation.proto"],
    check=True)
sys.path.insert(0, _FOLDER.name)

import activation_pb2 as pb  # noqa: E402, F401
import activation_pb2_grpc as pb_grpc  # noqa: E402, F401
