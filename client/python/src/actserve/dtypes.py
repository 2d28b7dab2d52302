"""NumPy's dtypes for the service's types of elements.

float64, float32 and float16 are what they are. NumPy has no bfloat16: `bfloat16` is that of ml_dtypes where this
package is installed, and else a structured dtype whose one field, "bfloat16", holds the bits (the upper half of a
float32). `to_bfloat16` and `from_bfloat16` work with either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import errors, protocol

try:
    import ml_dtypes

    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
except ImportError:
    bfloat16 = np.dtype([("bfloat16", "<u2")])

_NUMBERS: dict[np.dtype[Any], int] = {
    np.dtype("<f8"): protocol.value("DataType", "DATA_TYPE_F64"),
    np.dtype("<f4"): protocol.value("DataType", "DATA_TYPE_F32"),
    np.dtype("<f2"): protocol.value("DataType", "DATA_TYPE_F16"),
    bfloat16: protocol.value("DataType", "DATA_TYPE_BF16"),
}
_DTYPES = {number: dtype for dtype, number in _NUMBERS.items()}


def little_endian(dtype: npt.DTypeLike, what: str) -> np.dtype[Any]:
    """The dtype as the wire has it. TypeError for one that the service does not know; `what` says whose it is."""
    wanted = np.dtype(dtype)
    if wanted != bfloat16:
        wanted = wanted.newbyteorder("<")
    if wanted not in _NUMBERS:
        raise TypeError(f"{what} has dtype {np.dtype(dtype)}; expected float64, float32, float16 or actserve.bfloat16")
    return wanted


def number(dtype: npt.DTypeLike, what: str) -> int:
    return _NUMBERS[little_endian(dtype, what)]


def to_message(array: npt.ArrayLike, what: str) -> Any:
    """An array of any layout and byte order. TypeError, which names `what`, for one of another type."""
    given = np.asarray(array)
    dtype = little_endian(given.dtype, what)
    return protocol.Tensor(data_type=_NUMBERS[dtype], shape=given.shape, data=given.astype(dtype, copy=False).tobytes())


def of_number(data_type: int) -> np.dtype[Any]:
    """The dtype of elements that came. Error for a type that this library does not know."""
    if data_type not in _DTYPES:
        raise errors.nonsense(f"data type {data_type}")
    return _DTYPES[data_type]


def to_array(tensor: Any) -> np.ndarray[Any, Any]:
    """A writable array of its own."""
    dtype = of_number(tensor.data_type)
    return np.frombuffer(bytearray(tensor.data), dtype).reshape(tuple(tensor.shape))


def to_bfloat16(array: npt.ArrayLike) -> np.ndarray[Any, Any]:
    """Numbers rounded to the nearest bfloat16, ties to even; those of float64 by way of float32."""
    bits = np.asarray(array, np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    nan = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
    return np.where(nan, (bits >> np.uint32(16)) | np.uint32(0x40), rounded).astype("<u2").view(bfloat16)


def from_bfloat16(array: np.ndarray[Any, Any]) -> npt.NDArray[np.float32]:
    """The same numbers as float32."""
    bits = np.ascontiguousarray(array).view("<u2").astype(np.uint32) << np.uint32(16)
    return bits.view(np.float32)
