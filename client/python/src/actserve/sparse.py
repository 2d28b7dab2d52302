"""Arrays without their zeros, as results can come."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import dtypes, errors, protocol

Bytes = npt.NDArray[np.uint8]

_WIRE = {name: protocol.value("OutputEncoding", f"OUTPUT_ENCODING_{name.upper()}")
         for name in ("dense", "bitmap", "two_four", "auto")}
_NAMES = {number: name for name, number in _WIRE.items()}


def number(encoding: str, what: str) -> int:
    """ValueError, which names `what`, for a name that is none."""
    if encoding not in _WIRE:
        raise ValueError(f"{what} is '{encoding}'; expected 'dense', 'bitmap', 'two_four' or 'auto'")
    return _WIRE[encoding]


@dataclasses.dataclass(frozen=True)
class SparseArray:
    """Which elements are stored, and these; docs/sparse-output.md has the bytes' meaning. Zeros are left out."""

    encoding: str  # "bitmap" or "two_four"
    shape: tuple[int, ...]
    positions: Bytes  # the bitmap, or the indices
    negative_zeros: Bytes  # a bit for each element; or none at all: there is no -0
    values: np.ndarray[Any, Any]  # the elements that are stored, in one dimension

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the elements."""
        return np.dtype(self.values.dtype)

    @property
    def nbytes(self) -> int:
        """Of all it has."""
        return self.positions.nbytes + self.negative_zeros.nbytes + self.values.nbytes

    def stored(self) -> npt.NDArray[np.bool_]:
        """For each element, in the array's shape, whether it is stored."""
        size = math.prod(self.shape)
        if self.encoding == "bitmap":
            return _bits(self.positions, size).reshape(self.shape)
        first, second = _pairs(self.positions, size)
        stored = np.zeros((size // 4, 4), bool)
        groups = np.arange(size // 4)
        stored[groups, first] = stored[groups, second] = True
        return stored.reshape(self.shape)

    def to_dense(self) -> np.ndarray[Any, Any]:
        """The array, with the bits that the dense output has."""
        unsigned = np.dtype(f"<u{self.dtype.itemsize}")
        dense = np.zeros(math.prod(self.shape), unsigned)
        dense[self.stored().ravel()] = self.values.view(unsigned)
        if self.negative_zeros.size:
            dense[_bits(self.negative_zeros, dense.size)] = 1 << (8 * unsigned.itemsize - 1)
        return dense.view(self.dtype).reshape(self.shape)


def from_message(tensor: Any) -> SparseArray:
    """Its arrays are the message's, not to be changed. Error for a message that makes no sense."""
    encoding = _NAMES.get(tensor.encoding, "")
    if encoding not in ("bitmap", "two_four"):
        raise errors.nonsense(f"output encoding {tensor.encoding}")
    dtype = dtypes.of_number(tensor.data_type)
    shape = tuple(tensor.shape)
    if any(dim < 0 for dim in shape):
        raise errors.nonsense(f"shape {list(shape)}")
    name = "bitmap" if encoding == "bitmap" else "indices"
    positions = _checked_bits(name, tensor.bitmap if encoding == "bitmap" else tensor.indices, shape)
    negative_zeros = np.empty(0, np.uint8)
    if tensor.negative_zeros:
        negative_zeros = _checked_bits("negative_zeros", tensor.negative_zeros, shape)
    if encoding == "two_four":
        _check_indices(positions, shape)
    count = math.prod(shape) // 2 if encoding == "two_four" else int(_bits(positions, math.prod(shape)).sum())
    if len(tensor.values) != count * dtype.itemsize:
        raise errors.nonsense(f"values: has {len(tensor.values)} bytes; expected {count * dtype.itemsize}, of the {count} "
                              f"elements of {dtype} that are stored")
    array = SparseArray(encoding, shape, positions, negative_zeros, np.frombuffer(tensor.values, dtype))
    if negative_zeros.size:
        both = np.flatnonzero(array.stored().ravel() & _bits(negative_zeros, math.prod(shape)))
        if both.size:
            raise errors.nonsense(f"negative_zeros: element {both[0]} is stored, too; expected it to be left out")
    return array


def _bits(packed: Bytes, size: int) -> npt.NDArray[np.bool_]:
    return np.unpackbits(packed, count=size, bitorder="little").view(bool)


def _pairs(indices: Bytes, size: int) -> tuple[Bytes, Bytes]:
    fours = np.stack([indices & 15, indices >> 4], axis=-1).ravel()[:size // 4]
    return fours & 3, fours >> 2


def _checked_bits(field: str, packed: bytes, shape: tuple[int, ...]) -> Bytes:
    size = math.prod(shape)
    if len(packed) != (size + 7) // 8:
        raise errors.nonsense(f"{field}: has {len(packed)} bytes; expected {(size + 7) // 8}, a bit for each element of "
                              f"an array of shape {list(shape)}")
    if size % 8 and packed[-1] >> size % 8:
        raise errors.nonsense(f"{field}: its last byte is {packed[-1]:#04x}, with bits set beyond the last of {size} "
                              "elements; expected zeros there")
    return np.frombuffer(packed, np.uint8)


def _check_indices(indices: Bytes, shape: tuple[int, ...]) -> None:
    if not shape or shape[-1] % 4:
        raise errors.nonsense(f"2:4 of an array of shape {list(shape)}; expected a last dimension that is a multiple of 4")
    first, second = _pairs(indices, math.prod(shape))
    wrong = np.flatnonzero(first >= second)
    if wrong.size:
        group = wrong[0]
        raise errors.nonsense(f"indices: group {group} has {first[group]} and {second[group]}; expected the lower one "
                              "first")
