"""What a caller asks for, and what it gets: one item of a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Union

import numpy as np
import numpy.typing as npt

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
    axis: int | None = None  # row-wise and per-channel functions; negative counts from the end
    output_type: npt.DTypeLike = None  # the input's dtype unless given
    encoding: str = "dense"  # how the output is to travel: "dense", "bitmap", "two_four" or "auto"


@dataclasses.dataclass(frozen=True)
class EvaluateResult:
    output: Array  # of the input's shape
    backend: str = ""  # which computed it: "CPU" or "CUDA"
    compute_seconds: float = 0.0  # in the kernel
    sparse: SparseArray | None = None  # the output as it came, if without its zeros


@dataclasses.dataclass(frozen=True)
class GradientItem:
    """dL/dx = upstream * f'(x), and dL/dp of the learnable parameters that are named."""

    function: str
    input: npt.ArrayLike
    upstream: npt.ArrayLike | None = None  # dL/dy, of the input's dtype and shape; ones unless given
    parameters: Mapping[str, ParameterValue] = dataclasses.field(default_factory=dict)
    axis: int | None = None
    output_type: npt.DTypeLike = None  # of dL/dx
    input_gradient_only: bool = False  # computes no parameter's gradient
    encoding: str = "dense"  # of dL/dx


@dataclasses.dataclass(frozen=True)
class GradientResult:
    input_gradient: Array
    # By name: a float for a number, else an array of the parameter's dtype and shape.
    parameter_gradients: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    backend: str = ""
    compute_seconds: float = 0.0
    sparse: SparseArray | None = None  # the input gradient
