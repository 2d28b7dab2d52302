"""Activations that the service computes, for PyTorch: `import actserve.torch`. Gradients go through them, those of
their parameters, too. Tensors of any device are taken; they travel by way of the CPU."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Union

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from .client import Client
from .dtypes import bfloat16

Value = Union[float, torch.Tensor]


def apply(client: Client, function: str, input: torch.Tensor, *, parameters: Mapping[str, Value] | None = None,
          axis: int | None = None) -> torch.Tensor:
    """f(input). Parameters may be numbers, tensors without dimensions (the same as numbers, but with a gradient), or
    tensors with a value per channel. Errors are those of Client.evaluate, when gradients are computed of
    Client.gradient."""
    given = dict(parameters or {})
    return _Apply.apply(_Call(client, function, tuple(given), axis), input, *given.values())


class Activation(torch.nn.Module):
    """A layer. Parameters that are tensors are learned; those that are numbers stay as they are.

        torch.nn.Sequential(torch.nn.Linear(64, 32), Activation(client, "prelu", {"alpha": torch.full((32,), 0.25)}))
    """

    def __init__(self, client: Client, function: str, parameters: Mapping[str, Value] | None = None,
                 axis: int | None = None) -> None:
        super().__init__()
        self._client, self._function, self._axis = client, function, axis
        self._fixed: dict[str, float] = {}
        self._learned: list[str] = []
        for name, value in (parameters or {}).items():
            if isinstance(value, torch.Tensor):
                self.register_parameter(name, torch.nn.Parameter(value.detach().clone()))
                self._learned.append(name)
            else:
                self._fixed[name] = float(value)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        parameters = {**self._fixed, **{name: getattr(self, name) for name in self._learned}}
        return apply(self._client, self._function, input, parameters=parameters, axis=self._axis)

    def extra_repr(self) -> str:
        return self._function


@dataclasses.dataclass(frozen=True)
class _Call:
    client: Client
    function: str
    names: tuple[str, ...]
    axis: int | None

    def parameters(self, values: tuple[Any, ...]) -> dict[str, Any]:
        return {name: _to_parameter(value) for name, value in zip(self.names, values)}


class _Apply(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: _Call, input: torch.Tensor, *values: Value) -> torch.Tensor:
        ctx.call, ctx.values = call, tuple(None if isinstance(v, torch.Tensor) else v for v in values)
        ctx.save_for_backward(input, *(v for v in values if isinstance(v, torch.Tensor)))
        output = call.client.evaluate(call.function, _to_array(input), parameters=call.parameters(values),
                                      axis=call.axis)
        return _to_tensor(output, input)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[Any, ...]:
        input, *tensors = ctx.saved_tensors
        values = tuple(tensors.pop(0) if value is None else value for value in ctx.values)
        call, needed = ctx.call, ctx.needs_input_grad[2:]
        result = call.client.gradient(call.function, _to_array(input), _to_array(upstream),
                                      parameters=call.parameters(values), axis=call.axis,
                                      input_gradient_only=not any(needed))
        gradients = [_to_tensor(np.asarray(result.parameter_gradients[name]), value) if wanted else None
                     for name, value, wanted in zip(call.names, values, needed)]
        return None, _to_tensor(result.input_gradient, input), *gradients


def _to_array(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    on_cpu = tensor.detach().cpu()
    if on_cpu.dtype == torch.bfloat16:  # which PyTorch gives to nobody
        array: np.ndarray[Any, Any] = on_cpu.contiguous().view(torch.int16).numpy().view("<u2").view(bfloat16)
        return array
    plain: np.ndarray[Any, Any] = on_cpu.numpy()
    return plain


def _to_parameter(value: Value) -> Any:
    if isinstance(value, torch.Tensor):
        return _to_array(value) if value.dim() else value.item()
    return value


def _to_tensor(array: np.ndarray[Any, Any], like: torch.Tensor) -> torch.Tensor:
    if array.dtype == bfloat16:
        tensor = torch.from_numpy(array.view("<u2").view(np.int16)).view(torch.bfloat16)
    else:
        tensor = torch.from_numpy(array)
    return tensor.to(device=like.device, dtype=like.dtype)
