"""Puts what the wire looks like into the package: protoc's descriptors of proto/, as src/actserve/protocol.binpb."""

import pathlib
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).parent.resolve()
# A source distribution carries a copy; a checkout has the definitions above.
PROTO = HERE / "proto" if (HERE / "proto").is_dir() else HERE.parent.parent / "proto"
FILES = ["actserve/v1/activation.proto", "google/rpc/error_details.proto"]


def protoc() -> list[str]:
    try:
        import grpc_tools
    except ImportError:
        if found := shutil.which("protoc"):
            return [found]
        raise SystemExit("actserve: neither grpcio-tools nor protoc is there; install one, such as Debian's "
                         "protobuf-compiler") from None
    own_types = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    return [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={own_types}"]


class BuildPy(build_py):
    def run(self) -> None:
        super().run()
        in_place = getattr(self, "editable_mode", False)
        folder = pathlib.Path(self.get_package_dir("actserve") if in_place else f"{self.build_lib}/actserve")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([*protoc(), f"--proto_path={PROTO}", "--include_imports",
                        f"--descriptor_set_out={folder / 'protocol.binpb'}", *FILES], check=True)


class Sdist(sdist):
    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        for file in FILES:
            to = pathlib.Path(base_dir) / "proto" / file
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROTO / file, to)


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
