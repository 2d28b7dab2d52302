// The operands of a gated call, wherever they lie.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/api/call.h"
#include "kernels/cpu/convert.h"

namespace actserve::cpu {

// Operands are counted from 0, the linear one, which 1 is the gate of; elements as the output's are. The call must
// outlive it.
class Operands {
 public:
  explicit Operands(const Call& call) : call_(call), count_(call.operands()) {
    if (call.is_packed()) packing_ = call.packing();
  }

  int count() const { return count_; }

  // Elements of at most `most` from `first` on that lie together in each operand.
  int64_t Together(int64_t first, int64_t most) const {
    return call_.gate ? most : std::min(most, packing_.run - first % packing_.run);
  }
  // Whether such stretches are long enough to be worked on where they are.
  bool are_long() const { return call_.gate.has_value() || packing_.run >= kLong; }

  // The tensor that an operand is in, and where its element `first` is.
  const InputView& tensor(int operand) const { return call_.gate && operand == 1 ? *call_.gate : call_.input; }
  int64_t At(int64_t first, int operand) const { return call_.gate ? first : packing_.At(first, operand); }

  // Elements [first, first + n) as numbers of a type, operand k's at to + k * stride; n is at most kMost.
  static constexpr int64_t kMost = 1024;
  void Load(int64_t first, int64_t n, DataType type, std::byte* to, int64_t stride) const;
  // The operands' gradients to where they belong in outputs that lie as the operands do; `gate_to` is for a gate that
  // is a tensor of its own.
  void Store(int64_t first, int64_t n, DataType type, const std::byte* from, int64_t stride, const Output& to,
             const Output& gate_to) const;

 private:
  static constexpr int64_t kLong = 64;

  const Call& call_;
  const int count_;
  Packing packing_;
};

}  // namespace actserve::cpu
