"""Runs a program while two real servers are up, and exits as it does: with_server.py COMMAND...

What the program finds in its environment:
  ACTSERVE_SERVER   the address of a server that listens in plain text
  ACTSERVE_UNIX     the same server's unix socket, as unix:/PATH
  ACTSERVE_SECURE   the address of a server that wants TLS, a client's certificate and a token
  ACTSERVE_SECRETS  a folder with ca.pem, client.pem, client.key and token, which satisfy it
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from server_process import ServerProcess


def make_secrets(folder: pathlib.Path) -> None:
    def openssl(*arguments: str) -> None:
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        subprocess.run([*new, "-days", "2", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    openssl(*signed, "-subj", "/CN=server", "-addext", names, "-keyout", "server.key", "-out", "server.pem")
    openssl(*signed, "-subj", "/CN=client", "-keyout", "client.key", "-out", "client.pem")
    (folder / "token").write_text("a-token-of-the-tests")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_secrets(folder)
        socket = f"unix:{folder / 'actserve.sock'}"
        secure_flags = ["--tls-certificate", str(folder / "server.pem"), "--tls-key", str(folder / "server.key"),
                        "--tls-client-ca", str(folder / "ca.pem"), "--token-file", str(folder / "token")]
        with ServerProcess("--listen", socket) as plain, ServerProcess(*secure_flags) as secure:
            environment = {**os.environ, "ACTSERVE_SERVER": plain.address, "ACTSERVE_UNIX": socket,
                           "ACTSERVE_SECURE": secure.address, "ACTSERVE_SECRETS": str(folder)}
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
