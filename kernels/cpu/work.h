// The parts of a call on the CPU: each a number of pieces that threads run in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "kernels/api/call.h"
#include "kernels/api/sparse_output.h"
#include "kernels/cpu/kernel.h"
#include "kernels/cpu/parameters.h"

namespace actserve::cpu {

// Elements in a piece, about: 64 KiB of f32. A multiple of SummationOrder::kLeaf by a power of two.
inline constexpr int64_t kPieceElements = 16384;

// Outputs from here on are written around the caches: no core's share of a last-level cache holds more. (What the C
// library says of cache sizes is wrong on virtual machines.)
inline constexpr int64_t kStreamedBytes = int64_t{32} << 20;

// One part of an Execution (see api/backend.h, whose terms hold here).
class Work {
 public:
  virtual ~Work() = default;
  virtual int64_t pieces() const = 0;
  virtual void Run(int64_t piece) = 0;
  virtual void Finish() {}
};

// What all parts of a call share; must outlive them.
struct Task {
  Call call;
  const Kernel& kernel;
  Parameters params;
};

// y, or dx, of an element-wise or per-channel function.
std::unique_ptr<Work> MakeElementwise(const Task& task, MutableTensorView output);
std::unique_ptr<Work> MakeElementwise(const Task& task, SparseOutput& output);
// The same by table, of an element-wise function with an 8-bit input; null where there is none, or it is not worth it.
std::unique_ptr<Work> MakeBytewise(const Task& task, MutableTensorView output);
// y as 8-bit elements, of an element-wise function with an f32, f16 or bf16 input; null where there is no such way.
std::unique_ptr<Work> MakeDecided(const Task& task, MutableTensorView output);
// y, or dx, of a row-wise function.
std::unique_ptr<Work> MakeRowwise(const Task& task, MutableTensorView output);
std::unique_ptr<Work> MakeRowwise(const Task& task, SparseOutput& output);
// y, or dx with dg (see Outputs), of a gated function.
std::unique_ptr<Work> MakeGated(const Task& task, MutableTensorView output, MutableTensorView gate_gradient);
// The gradients of call.gradient_params; of a row-wise function, the second.
std::unique_ptr<Work> MakeGradientSums(const Task& task, std::span<const MutableTensorView> outputs);
std::unique_ptr<Work> MakeRowGradientSums(const Task& task, std::span<const MutableTensorView> outputs);

}  // namespace actserve::cpu
