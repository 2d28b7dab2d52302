// Elements of any type to the numbers that arithmetic is done in, and back with one rounding (nearest even).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/api/call.h"

namespace actserve::cpu {

// `number` is kF64, or kF32 where `from` is not kF64. Neither address need be aligned. Exact. Elements of one byte have
// to know their place, for their scale: they go by the functions further down, and numbers are then kF64.
void ToNumbers(DataType from, const std::byte* elements, DataType number, std::byte* numbers, int64_t n);
// What stands for an upstream that a call does not give.
void FillWithOnes(DataType number, std::byte* numbers, int64_t n);
// NaNs must be canonical, and stay so.
void FromNumbers(DataType number, const std::byte* numbers, DataType to, std::byte* elements, int64_t n);

// What results are put into, of any type.
struct Output {
  Output(const Call& call, MutableTensorView tensor)
      : tensor(tensor), quantization(call.output_quantization), overflow(call.overflow) {}

  std::byte* At(int64_t element) const { return tensor.data + element * static_cast<int64_t>(SizeOf(tensor.type)); }

  MutableTensorView tensor;
  Quantization quantization;
  Overflow overflow;
};

// Of elements [first, first + n) of a tensor of any type.
void ToNumbers(const InputView& from, int64_t first, int64_t n, DataType number, std::byte* numbers);
// `elements`: where they are put; in their place in the output, or elsewhere.
void FromNumbers(DataType number, const std::byte* numbers, const Output& to, int64_t first, int64_t n,
                 std::byte* elements);

}  // namespace actserve::cpu
