"""Runs the real server for a test, on a free port."""

import os
import re
import signal
import subprocess
import tempfile
import time

START_SECONDS = 30  # generous: the build may carry sanitizers
STOP_SECONDS = 30


class ServerProcess:
    """A context manager: the server is ready inside, and must end with status 0 after it.

    It listens on a free port, and wherever `flags` say.
    """

    def __init__(self, *flags: str):
        self._flags = flags

    def __enter__(self):
        self._log = tempfile.NamedTemporaryFile(mode="r", suffix=".log")
        with open(self._log.name, "w") as log:
            self._process = subprocess.Popen(
                [os.environ["ACTSERVE"], "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", *self._flags],
                stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not re.search(r"event=ready\b", self._read_log()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise AssertionError("the server did not start:\n" + self._read_log())
            time.sleep(0.02)
        self.address = re.search(r'event=listening .*?address="?([^\s"]+)', self._read_log()).group(1)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if status != 0:
            raise AssertionError(f"the server ended with status {status}:\n" + self._read_log())
        self._log.close()

    def _read_log(self) -> str:
        self._log.seek(0)
        return self._log.read()
