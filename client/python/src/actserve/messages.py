"""Batches to requests, and responses to results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypeVar, Union

import numpy as np

from . import dtypes, errors, protocol, quantization, sparse
from .items import Array, EvaluateItem, EvaluateResult, GradientItem, GradientResult, ParameterValue
from .sparse import SparseArray

_BACKENDS = protocol.names("Backend")
_LAYOUTS = {name: number for number, name in protocol.names("GatedLayout").items() if number}
Result = TypeVar("Result")


def backend_number(name: str) -> int:
    """ValueError for a name that is none."""
    known = {"auto": "UNSPECIFIED", "cpu": "CPU", "cuda": "CUDA"}
    if name not in known:
        raise ValueError(f"backend is '{name}'; expected 'auto', 'cpu' or 'cuda'")
    return protocol.value("Backend", f"BACKEND_{known[name]}")


def _parameters(values: Mapping[str, ParameterValue], what: str) -> list[Any]:
    messages = []
    for name, value in values.items():
        if np.ndim(value) == 0:
            messages.append(protocol.Parameter(name=name, scalar=float(value)))  # type: ignore[arg-type]
        else:
            tensor = dtypes.to_message(value, f"{what}.parameters[{name!r}]")
            messages.append(protocol.Parameter(name=name, tensor=tensor))
    return messages


def _common(item: EvaluateItem | GradientItem, what: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "function": item.function,
        "parameters": _parameters(item.parameters, what),
        "input": dtypes.to_message(item.input, f"{what}.input", item.quantization),
    }
    if item.axis is not None:
        fields["axis"] = item.axis
    if item.output_type is not None:
        fields["output_type"] = dtypes.number(item.output_type, f"{what}.output_type")
    if item.output_quantization is not None:
        fields["output_quantization"] = item.output_quantization.to_message()
    if item.saturating is not None:
        mode = "SATURATING" if item.saturating else "NON_SATURATING"
        fields["overflow"] = protocol.value("OverflowMode", f"OVERFLOW_MODE_{mode}")
    if item.gate is not None:
        fields["gate"] = dtypes.to_message(item.gate, f"{what}.gate", item.gate_quantization)
    if item.layout is not None:
        if item.layout not in _LAYOUTS:
            raise ValueError(f"{what}.layout is '{item.layout}'; expected one of {', '.join(_LAYOUTS)}")
        fields["layout"] = _LAYOUTS[item.layout]
    if item.encoding != "dense":
        fields["output_encoding"] = sparse.number(item.encoding, f"{what}.encoding")
    return fields


def evaluate_request(items: Sequence[EvaluateItem], backend: int) -> Any:
    messages = [protocol.EvaluateItem(**_common(item, f"items[{i}]")) for i, item in enumerate(items)]
    return protocol.EvaluateRequest(backend=backend, items=messages)


def gradient_request(items: Sequence[GradientItem], backend: int) -> Any:
    messages = []
    for i, item in enumerate(items):
        fields = _common(item, f"items[{i}]")
        if item.upstream is not None:
            fields["upstream"] = dtypes.to_message(item.upstream, f"items[{i}].upstream")
        messages.append(protocol.GradientItem(input_gradient_only=item.input_gradient_only, **fields))
    return protocol.GradientRequest(backend=backend, items=messages)


def _results(response: Any, count: int, convert: Callable[[Any], Result]) -> list[Union[Result, errors.Error]]:
    if len(response.results) != count:
        raise errors.nonsense(f"{len(response.results)} results for {count} items")
    return [errors.of_item(result.status) if result.status.code else convert(result) for result in response.results]


def _output(result: Any, dense: str, decode: bool) -> tuple[Array, SparseArray | None]:
    """That of the two fields which is there."""
    if not result.HasField(f"sparse_{dense}"):
        return dtypes.to_array(getattr(result, dense)), None
    array = sparse.from_message(getattr(result, f"sparse_{dense}"))
    return array.to_dense() if decode else np.empty(0, array.dtype), array


def evaluate_results(response: Any, count: int, decode: bool) -> list[Union[EvaluateResult, errors.Error]]:
    def convert(result: Any) -> EvaluateResult:
        output, array = _output(result, "output", decode)
        return EvaluateResult(output, _BACKENDS[result.backend], result.compute_time_ns * 1e-9,
                              quantization.from_message(result.output), array)

    return _results(response, count, convert)


def gradient_results(response: Any, count: int, decode: bool) -> list[Union[GradientResult, errors.Error]]:
    def convert(result: Any) -> GradientResult:
        gradients = {p.name: dtypes.to_array(p.tensor) if p.HasField("tensor") else p.scalar
                     for p in result.parameter_gradients}
        gate = dtypes.to_array(result.gate_gradient) if result.HasField("gate_gradient") else None
        output, array = _output(result, "input_gradient", decode)
        return GradientResult(output, gradients, _BACKENDS[result.backend], result.compute_time_ns * 1e-9,
                              quantization.from_message(result.input_gradient), array, gate)

    return _results(response, count, convert)
