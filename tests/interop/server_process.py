"""Runs the real server for a test, on a free port."""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

START_SECONDS = 30  # generous: the build may carry sanitizers
STOP_SECONDS = 30


class ServerProcess:
    """A context manager: the server is ready inside, and must end with status 0 after it, unless it was killed."""

    def __init__(self, *flags: str, listen: str = "127.0.0.1:0"):
        self._arguments = [os.environ["ACTSERVE"], "--listen", listen, "--metrics-listen", "127.0.0.1:0", *flags]

    def __enter__(self):
        self._log = tempfile.NamedTemporaryFile(mode="r", suffix=".log")
        with open(self._log.name, "w") as log:
            self._process = subprocess.Popen(self._arguments, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not re.search(r"event=ready\b", self.log()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise AssertionError("the server did not start:\n" + self.log())
            time.sleep(0.02)
        self.address = self._logged_address("listening")
        self.metrics_address = self._logged_address("metrics")
        return self

    def __exit__(self, *_):
        if self._process.returncode is None:
            self.stop()
        self._log.close()

    def terminate(self):
        """Sends SIGTERM, and does not wait."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self):
        """Sends SIGTERM and waits for the end, which must be one with status 0."""
        self.terminate()
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if status != 0:
            raise AssertionError(f"the server ended with status {status}:\n" + self.log())

    def kill(self):
        """Ends it by SIGKILL."""
        self._process.kill()
        self._process.wait()

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def metrics(self) -> str:
        """The page that Prometheus scrapes."""
        with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=10) as page:
            return page.read().decode()

    def _logged_address(self, event: str) -> str:
        return re.search(rf'event={event} .*?address="?([^\s"]+)', self.log()).group(1)
