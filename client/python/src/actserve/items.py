"""What a caller asks for, and what it gets: one item of a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from .quantization import Quantization
from .sparse import SparseArray

Array = np.ndarray[Any, Any]
# A number, or an array for parameters with a value per channel.
ParameterValue = Union[float, npt.ArrayLike]


@dataclasses.dataclass(frozen=True)
class EvaluateItem:
    """y = f(x). Parameters that are not named have the server's defaults."""

    function: str  # a name or an alias
    input: npt.ArrayLike
    parameters: Mapping[str, ParameterValue] = dataclasses.field(default_factory=dict)
    axis: int | None = None  # all but element-wise functions; negative counts from the end
    output_type: npt.DTypeLike = None  # the input's dtype unless given
    quantization: Quantization | None = None  # of an int8 or uint8 input
    output_quantization: Quantization | None = None  # of an int8 or uint8 output
    saturating: bool | None = None  # of a float8 output: beyond its largest number, where it is not unless it is True
    encoding: str = "dense"  # how the output is to travel: "dense", "bitmap", "two_four" or "auto"
    # Gated functions: the gate, of the input's dtype and shape; or else how the input has both operands, along the axis:
    # "HALVES", "HALVES_GATE_FIRST", "INTERLEAVED" or "INTERLEAVED_GATE_FIRST", the function's own unless given.
    gate: npt.ArrayLike | None = None
    layout: str | None = None
    gate_quantization: Quantization | None = None  # of an int8 or uint8 gate


@dataclasses.dataclass(frozen=True)
class EvaluateResult:
    output: Array  # of the input's shape; half as long along the axis where that has both operands
    backend: str = ""  # which computed it: "CPU" or "CUDA"
    compute_seconds: float = 0.0  # in the kernel
    quantization: Quantization | None = None  # of the output, if that is int8 or uint8
    sparse: SparseArray | None = None  # the output as it came, if without its zeros


@dataclasses.dataclass(frozen=True)
class GradientItem:
    """dL/dx = upstream * f'(x), and dL/dp of the learnable parameters that are named."""

    function: str
    input: npt.ArrayLike
    # dL/dy, of the output's shape and the input's dtype, or where that has 8 bits any floating-point one; ones unless given
    upstream: npt.ArrayLike | None = None
    parameters: Mapping[str, ParameterValue] = dataclasses.field(default_factory=dict)
    axis: int | None = None
    output_type: npt.DTypeLike = None  # of dL/dx
    input_gradient_only: bool = False  # computes no parameter's gradient
    quantization: Quantization | None = None
    output_quantization: Quantization | None = None
    saturating: bool | None = None
    encoding: str = "dense"  # of dL/dx
    gate: npt.ArrayLike | None = None  # as above
    layout: str | None = None
    gate_quantization: Quantization | None = None


@dataclasses.dataclass(frozen=True)
class GradientResult:
    input_gradient: Array
    # By name: a float for a number, else an array of the parameter's dtype and shape.
    parameter_gradients: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    backend: str = ""
    compute_seconds: float = 0.0
    quantization: Quantization | None = None  # of the input gradient, and the gate's
    sparse: SparseArray | None = None  # the input gradient
    gate_gradient: Array | None = None  # where the item has a gate
