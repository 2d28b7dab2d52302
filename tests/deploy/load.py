"""Callers that go on calling while something happens to the servers, and keep account of what they were answered."""

import collections
import json
import threading
import time

import grpc

from generated import pb, pb_grpc

CALL_SECONDS = 20
# How long a caller waits after a failure, as clients do. Without it, one whose call is lost with a connection can lose more
# before its channel has taken that server off its list.
BACK_OFF_SECONDS = 1
# What gRPC's core says of a connection that ends under a call if it has no better word (grpc/grpc#13800, open in 1.51).
STREAM_REMOVED = "UNKNOWN: Stream removed"
RETRY_POLICY = {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "UNKNOWN"]}


def is_lost_connection(failure: str) -> bool:
    return failure.startswith("UNAVAILABLE") or failure == STREAM_REMOVED


def connect(target: str, retries: bool) -> grpc.Channel:
    """A channel that gives each server of the target the next call, and makes failed calls again if it is to."""
    config = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retries:
        config["methodConfig"] = [{"name": [{"service": "actserve.v1.ActivationService"}], "retryPolicy": RETRY_POLICY}]
    return grpc.insecure_channel(target, options=[
        ("grpc.service_config", json.dumps(config)), ("grpc.enable_retries", int(retries)),
        ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.per_rpc_retry_buffer_size", 64 << 20)])  # messages beyond this would not be sent again


def request(elements: int) -> pb.EvaluateRequest:
    """relu of as many minus ones."""
    data = b"\x00\x00\x80\xbf" * elements
    tensor = pb.Tensor(data_type=pb.DATA_TYPE_F32, shape=[elements], data=data)
    return pb.EvaluateRequest(items=[pb.EvaluateItem(function="relu", input=tensor)])


class Load:
    """A context manager: so many callers call inside, one call after the other each."""

    def __init__(self, target: str, retries: bool = False, callers: int = 8, elements: int = 1000):
        self.answered = 0
        self.failures = collections.Counter()  # by code and details
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._channel = connect(target, retries)
        self._evaluate = pb_grpc.ActivationServiceStub(self._channel).Evaluate
        self._request = request(elements)
        self._expected = b"\0" * (4 * elements)
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._channel.close()

    def wait_for(self, calls: int):
        """Waits until so many more calls were answered."""
        goal = self.answered + calls
        deadline = time.monotonic() + 60
        while self.answered < goal:
            assert time.monotonic() < deadline, f"{self.answered} calls of {goal} in a minute; failed: {self.failures}"
            time.sleep(0.01)

    def _call(self):
        while not self._stopping.is_set():
            try:
                response = self._evaluate(self._request, timeout=CALL_SECONDS, wait_for_ready=False)
                failure = None if response.results[0].output.data == self._expected else "a wrong answer"
            except grpc.RpcError as error:
                failure = f"{error.code().name}: {error.details()}"
            with self._lock:
                if failure is None:
                    self.answered += 1
                else:
                    self.failures[failure] += 1
            if failure is not None:
                self._stopping.wait(BACK_OFF_SECONDS)
