"""NumPy's dtypes for the service's types of elements.

float64, float32 and float16 are what they are. NumPy has no bfloat16: `bfloat16` is that of ml_dtypes where this
package is installed, and else a structured dtype whose one field, "bfloat16", holds the bits (the upper half of a
float32). `to_bfloat16` and `from_bfloat16` work with either. The same goes for `float8_e4m3fn` and `float8_e5m2`, the
8-bit floating-point types of OCP. int8 and uint8 stand for numbers by a Quantization.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import errors, protocol
from .quantization import Quantization

try:
    import ml_dtypes

    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    float8_e4m3fn: np.dtype[Any] = np.dtype(ml_dtypes.float8_e4m3fn)
    float8_e5m2: np.dtype[Any] = np.dtype(ml_dtypes.float8_e5m2)
except ImportError:
    bfloat16 = np.dtype([("bfloat16", "<u2")])
    float8_e4m3fn = np.dtype([("float8_e4m3fn", "u1")])
    float8_e5m2 = np.dtype([("float8_e5m2", "u1")])

_NUMBERS: dict[np.dtype[Any], int] = {
    np.dtype("<f8"): protocol.value("DataType", "DATA_TYPE_F64"),
    np.dtype("<f4"): protocol.value("DataType", "DATA_TYPE_F32"),
    np.dtype("<f2"): protocol.value("DataType", "DATA_TYPE_F16"),
    bfloat16: protocol.value("DataType", "DATA_TYPE_BF16"),
    float8_e4m3fn: protocol.value("DataType", "DATA_TYPE_F8E4M3FN"),
    float8_e5m2: protocol.value("DataType", "DATA_TYPE_F8E5M2"),
    np.dtype("i1"): protocol.value("DataType", "DATA_TYPE_I8"),
    np.dtype("u1"): protocol.value("DataType", "DATA_TYPE_U8"),
}
_DTYPES = {number: dtype for dtype, number in _NUMBERS.items()}


def little_endian(dtype: npt.DTypeLike, what: str) -> np.dtype[Any]:
    """The dtype as the wire has it. TypeError for one that the service does not know; `what` says whose it is."""
    wanted = np.dtype(dtype)
    if wanted not in _NUMBERS:
        wanted = wanted.newbyteorder("<")
    if wanted not in _NUMBERS:
        raise TypeError(f"{what} has dtype {np.dtype(dtype)}; expected float64, float32, float16, int8, uint8, or "
                        "actserve's bfloat16, float8_e4m3fn or float8_e5m2")
    return wanted


def number(dtype: npt.DTypeLike, what: str) -> int:
    return _NUMBERS[little_endian(dtype, what)]


def to_message(array: npt.ArrayLike, what: str, quantization: Quantization | None = None) -> Any:
    """An array of any layout and byte order. TypeError, which names `what`, for one of another type."""
    given = np.asarray(array)
    dtype = little_endian(given.dtype, what)
    return protocol.Tensor(data_type=_NUMBERS[dtype], shape=given.shape, data=given.astype(dtype, copy=False).tobytes(),
                           quantization=quantization.to_message() if quantization is not None else None)


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


def _positive_float8(dtype: npt.DTypeLike) -> npt.NDArray[np.float64]:
    """Those of the positive codes, in order, which is also theirs; the last is what would follow the largest."""
    if np.dtype(dtype) == float8_e4m3fn:
        fraction_bits, bias, count = 3, 7, 0x80
    elif np.dtype(dtype) == float8_e5m2:
        fraction_bits, bias, count = 2, 15, 0x7D
    else:
        raise TypeError(f"{np.dtype(dtype)} is not actserve.float8_e4m3fn or actserve.float8_e5m2")
    codes = np.arange(count)
    exponents, fractions = codes >> fraction_bits, codes & ((1 << fraction_bits) - 1)
    significands = fractions + np.where(exponents > 0, 1 << fraction_bits, 0)
    return np.ldexp(significands.astype(np.float64), np.maximum(exponents, 1) - bias - fraction_bits)


def to_float8(array: npt.ArrayLike, dtype: npt.DTypeLike, *, saturating: bool = False) -> np.ndarray[Any, Any]:
    """Numbers rounded to the nearest of float8_e4m3fn or float8_e5m2, ties to even.

    What is beyond the largest number becomes infinity (NaN in float8_e4m3fn, which has none), or, saturating, that number.
    """
    numbers = np.asarray(array, np.float64)
    positive = _positive_float8(dtype)
    magnitudes = np.abs(np.where(np.isnan(numbers), 0, numbers))
    middles = (positive[:-1] + positive[1:]) / 2
    codes = np.searchsorted(middles, magnitudes)  # of a tie: the lower neighbour's
    ties = magnitudes == middles[np.minimum(codes, len(middles) - 1)]
    codes = np.where(ties & (codes % 2 == 1), codes + 1, codes)
    beyond = len(positive) - 1
    codes = np.minimum(codes, beyond - 1) if saturating else codes
    codes = np.where(np.signbit(numbers), codes | 0x80, codes)
    nan = 0x7F if beyond == 0x7F else 0x7E
    is_nan = np.isnan(numbers) | ((codes & 0x7F) == 0x7F)
    return np.where(is_nan, nan, codes).astype("u1").view(np.dtype(dtype))


def from_float8(array: np.ndarray[Any, Any]) -> npt.NDArray[np.float32]:
    """The same numbers as float32."""
    positive = _positive_float8(array.dtype)
    largest = len(positive) - 2
    table = np.full(128, np.nan)
    table[: largest + 1] = positive[:-1]
    if np.dtype(array.dtype) == float8_e5m2:
        table[largest + 1] = np.inf
    codes = np.ascontiguousarray(array).view("u1")
    numbers = table[codes & 0x7F]
    return np.where(codes & 0x80, -numbers, numbers).astype(np.float32)
