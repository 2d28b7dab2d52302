"""A server in this process that refuses at will, and otherwise answers each item with its input."""

from __future__ import annotations

import time
from concurrent import futures

import grpc

from actserve import protocol


class FakeServer:
    """A context manager. Of its calls, the next `refusals` are refused; `retry_ms` is what it then asks to wait."""

    def __init__(self, address: str = "127.0.0.1:0"):
        self.refusals, self.retry_ms, self.delay, self.calls = 0, 1, 0.0, 0
        self._wanted = address

    def __enter__(self) -> FakeServer:
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        handlers = {
            "Evaluate": grpc.unary_unary_rpc_method_handler(
                self._evaluate, protocol.EvaluateRequest.FromString, lambda message: message.SerializeToString()),
            "EvaluateStream": grpc.stream_stream_rpc_method_handler(
                self._stream, protocol.EvaluateRequest.FromString, lambda message: message.SerializeToString()),
        }
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(protocol.SERVICE, handlers)])
        self.address = f"127.0.0.1:{self._server.add_insecure_port(self._wanted)}"
        self._server.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.stop(None).wait()

    def _refuse(self, context: grpc.ServicerContext) -> None:
        self.calls += 1
        if self.refusals > 0:
            self.refusals -= 1
            info = protocol.RetryInfo()
            info.retry_delay.nanos = self.retry_ms * 1_000_000
            status = protocol.Status(code=8, message="full")
            status.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=info.SerializeToString())
            context.set_trailing_metadata((("grpc-retry-pushback-ms", str(self.retry_ms)),
                                           ("grpc-status-details-bin", status.SerializeToString())))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
        time.sleep(self.delay)

    def _answer(self, request):
        response = protocol.EvaluateResponse()
        for item in request.items:
            response.results.add().output.CopyFrom(item.input)
        return response

    def _evaluate(self, request, context):
        self._refuse(context)
        return self._answer(request)

    def _stream(self, requests, context):
        self._refuse(context)
        for request in requests:
            yield self._answer(request)
