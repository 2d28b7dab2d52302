"""nginx and HAProxy with the files that are shipped, in front of some replicas. Nothing but addresses is put in their place."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from dns_server import DnsServer

ROOT = pathlib.Path(os.environ["SOURCE_ROOT"])
PROGRAMS = pathlib.Path(os.environ["DEPLOY_PROGRAMS"])
START_SECONDS = 30


def program(name: str) -> str:
    """Where a program is: unpacked by ./dev test, or installed."""
    unpacked = [PROGRAMS / "usr" / folder / name for folder in ("bin", "sbin")]
    for path in unpacked:
        if path.exists():
            return str(path)
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is neither installed nor in {PROGRAMS}; ./dev test puts it there")
    return found


def program_environment(**variables: str) -> dict:
    """The environment in which unpacked programs find their libraries."""
    folders = sorted(str(path) for path in (PROGRAMS / "usr/lib").glob("*-linux-gnu"))
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders), **variables}


def free_port(*hosts: str) -> int:
    """A port that is free at each of these addresses."""
    while True:
        with socket.socket() as first:
            first.bind((hosts[0], 0))
            port = first.getsockname()[1]
            try:
                for host in hosts[1:]:
                    with socket.socket() as other:
                        other.bind((host, port))
                return port
            except OSError:
                continue


class _Proxy:
    """A context manager: the proxy takes connections at `address` inside. `replicas` are host:port, of one port."""

    def __init__(self, replicas: list):
        self.replicas = replicas
        self.port = free_port("127.0.0.1")
        self.address = f"127.0.0.1:{self.port}"

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        command, environment = self.prepare(pathlib.Path(self.folder.name))
        self._log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._process.kill()
                    raise AssertionError("the proxy did not start:\n" + self.log()) from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(START_SECONDS)
        self._log.close()
        self.folder.cleanup()

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()


class HaProxy(_Proxy):
    def prepare(self, folder: pathlib.Path) -> tuple:
        hosts = [replica.rpartition(":")[0] for replica in self.replicas]
        port = self.replicas[0].rpartition(":")[2]
        self._dns = DnsServer(hosts).__enter__()
        environment = program_environment(ACTSERVE_REPLICAS=f"replicas.test:{port}", ACTSERVE_DNS=self._dns.address,
                                          ACTSERVE_LISTEN=self.address)
        return [program("haproxy"), "-db", "-f", str(ROOT / "deploy/proxy/haproxy.cfg")], environment

    def __exit__(self, *_):
        super().__exit__()
        self._dns.__exit__()


class Nginx(_Proxy):
    def prepare(self, folder: pathlib.Path) -> tuple:
        proxy = ROOT / "deploy/proxy"
        configuration, listens = re.subn(r"listen 50051\b", f"listen {self.address}", (proxy / "nginx.conf").read_text())
        (line,) = re.findall(r"^server actserve:50051(.*)$", (proxy / "replicas.conf").read_text(), re.MULTILINE)
        assert listens == 1, configuration
        (folder / "nginx.conf").write_text(configuration)
        (folder / "replicas.conf").write_text("".join(f"server {replica}{line}\n" for replica in self.replicas))
        return [program("nginx"), "-p", f"{folder}/", "-c", str(folder / "nginx.conf")], program_environment()
