"""A client of the service, over gRPC."""

from __future__ import annotations

import math
import queue
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Callable, TypeVar, Union

import grpc
import numpy.typing as npt

from . import errors, functions, messages, protocol
from .channel import open_channel
from .items import Array, EvaluateItem, EvaluateResult, GradientItem, GradientResult, ParameterValue
from .options import Retry, Tls
from .quantization import Quantization

Item = TypeVar("Item")
Result = TypeVar("Result")


class Client:
    """A context manager; safe from any number of threads at once. Calls block, and raise errors.Error where they fail.

    `target` is host:port, [ipv6]:port, unix:/path, a gRPC name such as dns:///host:port, or several addresses with
    commas between them. Of several addresses, given or found for a name, calls take the next one each (round_robin),
    and those that do not answer are left out until they do. Connections are made by the first call.

    `deadline` is in seconds, of each call with all its attempts, and of a stream from its opening; methods take another
    one for a single call (math.inf for none). `token` goes with each call. `backend` is "auto", "cpu" or "cuda".
    Outputs that came without their zeros are made dense unless `decode` is False: then a result has them in `sparse`
    alone, and an empty array as its output.

    Raises ValueError for a target or an option that can be none.
    """

    def __init__(self, target: str, *, deadline: float = math.inf, retry: Retry = Retry(), tls: Tls | None = None,
                 token: str = "", backend: str = "auto", max_message_bytes: int = 1 << 30, decode: bool = True) -> None:
        if not all("!" <= character <= "~" for character in token):
            raise ValueError("the token cannot be sent; expected visible ASCII characters without spaces")
        self._deadline = deadline
        self._metadata = [("authorization", f"Bearer {token}")] if token else []
        self._decode = decode
        self._backend = messages.backend_number(backend)
        self._channel = open_channel(target, retry, tls, min(max_message_bytes, (1 << 31) - 1))
        self._evaluate = self._method("unary_unary", "Evaluate", protocol.EvaluateResponse)
        self._gradient = self._method("unary_unary", "Gradient", protocol.GradientResponse)
        self._evaluate_stream = self._method("stream_stream", "EvaluateStream", protocol.EvaluateResponse)
        self._gradient_stream = self._method("stream_stream", "GradientStream", protocol.GradientResponse)
        self._list_functions = self._method("unary_unary", "ListFunctions", protocol.ListFunctionsResponse)
        self._get_function = self._method("unary_unary", "GetFunction", protocol.Function)

    def close(self) -> None:
        """Closes the connections; calls in progress end with CANCELLED."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def evaluate(self, function: str, input: npt.ArrayLike, *, parameters: Mapping[str, ParameterValue] | None = None,
                 axis: int | None = None, output_type: npt.DTypeLike = None, quantization: Quantization | None = None,
                 output_quantization: Quantization | None = None, saturating: bool | None = None,
                 encoding: str = "dense", gate: npt.ArrayLike | None = None, layout: str | None = None,
                 gate_quantization: Quantization | None = None, deadline: float | None = None) -> Array:
        """y = f(x), of the input's shape; of gated functions f(x, gate), or of an x with both. See EvaluateItem."""
        item = EvaluateItem(function, input, parameters or {}, axis, output_type, quantization, output_quantization,
                            saturating, encoding, gate, layout, gate_quantization)
        return _only(self.evaluate_batch([item], deadline=deadline)).output

    def gradient(self, function: str, input: npt.ArrayLike, upstream: npt.ArrayLike | None = None, *,
                 parameters: Mapping[str, ParameterValue] | None = None, axis: int | None = None,
                 output_type: npt.DTypeLike = None, input_gradient_only: bool = False,
                 quantization: Quantization | None = None, output_quantization: Quantization | None = None,
                 saturating: bool | None = None, encoding: str = "dense", gate: npt.ArrayLike | None = None,
                 layout: str | None = None, gate_quantization: Quantization | None = None,
                 deadline: float | None = None) -> GradientResult:
        """dL/dx, dL/dgate, and dL/dp of the learnable parameters that are named. See GradientItem."""
        item = GradientItem(function, input, upstream, parameters or {}, axis, output_type, input_gradient_only,
                            quantization, output_quantization, saturating, encoding, gate, layout, gate_quantization)
        return _only(self.gradient_batch([item], deadline=deadline))

    def evaluate_batch(self, items: Sequence[EvaluateItem], *,
                       deadline: float | None = None) -> list[Union[EvaluateResult, errors.Error]]:
        """Computes a batch in one call. A result for each item, in their order: an item that failed has its error."""
        request = messages.evaluate_request(items, self._backend)
        return messages.evaluate_results(self._call(self._evaluate, request, deadline), len(items), self._decode)

    def gradient_batch(self, items: Sequence[GradientItem], *,
                       deadline: float | None = None) -> list[Union[GradientResult, errors.Error]]:
        """As evaluate_batch."""
        request = messages.gradient_request(items, self._backend)
        return messages.gradient_results(self._call(self._gradient, request, deadline), len(items), self._decode)

    def evaluate_stream(self, batches: Iterable[Sequence[EvaluateItem]], *, in_flight: int = 4,
                        deadline: float | None = None) -> Iterator[list[Union[EvaluateResult, errors.Error]]]:
        """Computes batches over one call, up to `in_flight` of them at a time, and yields their results in their order.

        `batches` is advanced by the thread that takes the results. Leaving the iterator early ends the call.
        """
        return self._stream(self._evaluate_stream, messages.evaluate_request, messages.evaluate_results, batches,
                            in_flight, deadline)

    def gradient_stream(self, batches: Iterable[Sequence[GradientItem]], *, in_flight: int = 4,
                        deadline: float | None = None) -> Iterator[list[Union[GradientResult, errors.Error]]]:
        """As evaluate_stream."""
        return self._stream(self._gradient_stream, messages.gradient_request, messages.gradient_results, batches,
                            in_flight, deadline)

    def list_functions(self, *, deadline: float | None = None) -> list[functions.Function]:
        """What the server can compute."""
        response = self._call(self._list_functions, protocol.ListFunctionsRequest(), deadline)
        return [functions.from_message(function) for function in response.functions]

    def get_function(self, name: str, *, deadline: float | None = None) -> functions.Function:
        """NotFound, with the nearest names, for a name or alias that the server does not have."""
        return functions.from_message(self._call(self._get_function, protocol.GetFunctionRequest(name=name), deadline))

    def _method(self, kind: str, name: str, response: Any) -> Any:
        return getattr(self._channel, kind)(f"/{protocol.SERVICE}/{name}",
                                            request_serializer=lambda message: message.SerializeToString(),
                                            response_deserializer=response.FromString)

    def _seconds(self, deadline: float | None) -> float | None:
        seconds = self._deadline if deadline is None else deadline
        return seconds if seconds < math.inf else None

    def _call(self, method: Any, request: Any, deadline: float | None) -> Any:
        try:
            return method(request, timeout=self._seconds(deadline), metadata=self._metadata)
        except grpc.RpcError as error:
            raise errors.of_call(error) from None

    def _stream(self, method: Any, to_request: Callable[[Sequence[Item], int], Any],
                to_results: Callable[[Any, int, bool], list[Union[Result, errors.Error]]], batches: Iterable[Sequence[Item]],
                in_flight: int, deadline: float | None) -> Iterator[list[Union[Result, errors.Error]]]:
        requests: queue.SimpleQueue[Any] = queue.SimpleQueue()  # None ends them
        call = method(iter(requests.get, None), timeout=self._seconds(deadline), metadata=self._metadata)
        counts: list[int] = []  # the items of the batches in flight

        def next_results() -> list[Union[Result, errors.Error]]:
            try:
                response = next(call)
            except StopIteration:
                raise errors.nonsense("the stream ended before all batches were answered") from None
            except grpc.RpcError as error:
                raise errors.of_call(error) from None
            return to_results(response, counts.pop(0), self._decode)

        try:
            for batch in batches:
                while len(counts) >= max(in_flight, 1):
                    yield next_results()
                counts.append(len(batch))
                requests.put(to_request(batch, self._backend))
            requests.put(None)
            while counts:
                yield next_results()
        finally:
            requests.put(None)
            call.cancel()  # of no effect on a call that has ended


def _only(results: list[Union[Result, errors.Error]]) -> Result:
    (result,) = results
    if isinstance(result, errors.Error):
        raise result
    return result
