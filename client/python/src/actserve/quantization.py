"""What the integers of int8 and uint8 arrays stand for."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from . import protocol


@dataclasses.dataclass(frozen=True)
class Quantization:
    """number = scale * (integer - zero_point): a scale for all, or one for each index along `axis`.

    Scales are float32 numbers, as the service has them; the zero points are 0 unless given. What is wrong with them the
    server says.
    """

    scale: npt.ArrayLike
    zero_point: npt.ArrayLike | None = None
    axis: int | None = None  # negative counts from the end

    def quantize(self, array: npt.ArrayLike, dtype: npt.DTypeLike = np.int8) -> np.ndarray[Any, Any]:
        """Numbers as integers, rounded to nearest even and saturated, as the service does it; NaN is the zero point."""
        numbers = np.asarray(array, np.float64)
        scale, zero_point = self._along(numbers.ndim)
        with np.errstate(over="ignore"):
            codes = np.rint(np.where(np.isnan(numbers), 0, numbers) / scale) + zero_point
        limits = np.iinfo(np.dtype(dtype))
        integers: np.ndarray[Any, Any] = np.clip(codes, limits.min, limits.max).astype(dtype)
        return integers

    def dequantize(self, array: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The numbers, without an error."""
        codes = np.asarray(array)
        scale, zero_point = self._along(codes.ndim)
        numbers: npt.NDArray[np.float64] = scale * (codes.astype(np.float64) - zero_point)
        return numbers

    def to_message(self) -> Any:
        zero_points = () if self.zero_point is None else np.ravel(self.zero_point).tolist()
        message = protocol.Quantization(scale=np.ravel(self.scale).tolist(), zero_point=zero_points)
        if self.axis is not None:
            message.axis = self.axis
        return message

    def _along(self, rank: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        shape = [1] * rank
        if self.axis is not None:
            shape[self.axis] = -1
        scale = np.asarray(self.scale, np.float32).astype(np.float64).reshape(shape)
        zero_point = 0 if self.zero_point is None else self.zero_point
        return scale, np.asarray(zero_point, np.float64).reshape(shape)


def from_message(tensor: Any) -> Quantization | None:
    """A tensor's; none if it has none."""
    if not tensor.HasField("quantization"):
        return None
    message = tensor.quantization
    if not message.HasField("axis"):
        return Quantization(message.scale[0], message.zero_point[0] if message.zero_point else None)
    zero_points = np.array(message.zero_point, np.int32) if message.zero_point else None
    return Quantization(np.array(message.scale, np.float32), zero_points, message.axis)
