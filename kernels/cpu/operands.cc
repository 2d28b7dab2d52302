#include "kernels/cpu/operands.h"

#include "kernels/cpu/interleave.h"

namespace actserve::cpu {

void Operands::Load(int64_t first, int64_t n, DataType type, std::byte* to, int64_t stride) const {
  const auto size = static_cast<int64_t>(SizeOf(type));
  if (!call_.gate && packing_.run == 1 && count_ == 2) {
    alignas(64) std::byte pairs[2 * kMost * 8];
    const std::byte* from = pairs;
    if (call_.input.type == type && call_.input.data() != nullptr) {
      from = call_.input.data() + 2 * first * size;
    } else {
      ToNumbers(call_.input, 2 * first, 2 * n, type, pairs);
    }
    std::byte *linear = to, *gate = to + stride;
    if (packing_.gate_first) std::swap(linear, gate);
    return Deinterleave(size, from, n, linear, gate);
  }
  for (int64_t i = 0, together; i < n; i += together) {
    together = Together(first + i, n - i);
    for (int k = 0; k < count_; ++k) {
      ToNumbers(tensor(k), At(first + i, k), together, type, to + k * stride + i * size);
    }
  }
}

void Operands::Store(int64_t first, int64_t n, DataType type, const std::byte* from, int64_t stride, const Output& to,
                     const Output& gate_to) const {
  const auto size = static_cast<int64_t>(SizeOf(type));
  if (!call_.gate && packing_.run == 1 && count_ == 2) {
    alignas(64) std::byte pairs[2 * kMost * 8];
    std::byte* const output = to.At(2 * first);
    const bool is_direct = to.tensor.type == type;
    const std::byte *linear = from, *gate = from + stride;
    if (packing_.gate_first) std::swap(linear, gate);
    Interleave(size, linear, gate, n, is_direct ? output : pairs);
    if (!is_direct) FromNumbers(type, pairs, to, 2 * first, 2 * n, output);
    return;
  }
  for (int64_t i = 0, together; i < n; i += together) {
    together = Together(first + i, n - i);
    for (int k = 0; k < count_; ++k) {
      const Output& output = call_.gate && k == 1 ? gate_to : to;
      const int64_t at = At(first + i, k);
      FromNumbers(type, from + k * stride + i * size, output, at, together, output.At(at));
    }
  }
}

}  // namespace actserve::cpu
