// Elements of any type to the numbers that arithmetic is done in, and back with one rounding (nearest even).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/api/input_view.h"

namespace actserve::cpu {

// `number` is kF64, or kF32 where `from` is not kF64. Neither address need be aligned. Exact.
void ToNumbers(DataType from, const std::byte* elements, DataType number, std::byte* numbers, int64_t n);
// Of elements [first, first + n) of a tensor.
void ToNumbers(const InputView& from, int64_t first, int64_t n, DataType number, std::byte* numbers);
// NaNs must be canonical, and stay so.
void FromNumbers(DataType number, const std::byte* numbers, DataType to, std::byte* elements, int64_t n);

}  // namespace actserve::cpu
