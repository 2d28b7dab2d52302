// What a device has to do for a call: which kernels, cut how, on which memory. Knows nothing of a device but its
// limits; so it can be tested without one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/api/call.h"
#include "kernels/cuda/kernel.h"

namespace actserve::cuda {

// Of a device, as far as launches depend on them.
struct Limits {
  int multiprocessors = 1;
  int shared_bytes = 48 << 10;                   // of a block at most
  int64_t workspace_bytes = int64_t{256} << 20;  // that rows too long for shared memory may have at most
};

// Where the operands of a call are, on the device, aligned to 16 bytes. Those that the call has not are null.
struct Addresses {
  const void* input = nullptr;
  const void* gate = nullptr;
  const void* upstream = nullptr;
  void* output = nullptr;
  void* gate_gradient = nullptr;
  const void* params = nullptr;  // Program::params
  void* workspace = nullptr;     // Program::workspace_bytes
  void* sums = nullptr;          // Program::sums
};

// One call's work. Immutable once made; the call's views of parameters are not used any more.
class Program {
 public:
  Program(const Call& call, const Kernel& kernel, const Limits& limits);

  // Starts all kernels on the stream, in order. 0, or the error of the first launch that failed (a cudaError_t).
  int Launch(const Addresses& at, void* stream) const;

  // Parameters by channel, in the type of the arithmetic, and what integers stand for, to be copied to the device; may
  // be empty.
  const std::vector<std::byte>& params() const { return params_; }
  int64_t workspace_bytes() const { return workspace_bytes_; }
  int launches() const { return (has_output() ? 1 : 0) + (has_sums() ? 1 : 0); }

  // The sums of ranges, or of rows, that the kernels leave: so many DoubleDoubles.
  int64_t sums() const { return channels_ * ranges() * slots_; }
  // Where those of a part go, which begins so many ranges after the call does.
  void Gather(const Program& part, const DoubleDouble* of_part, int64_t first_range, DoubleDouble* sums) const;
  // The ranges of a channel; of a row-wise function, which has none, the rows.
  int64_t ranges() const { return !has_sums() ? 0 : row_sums_ != nullptr ? row_args_.rows : range_args_.ranges; }
  // Adds them up, and writes the gradients of call.gradient_params, on the host.
  void Conclude(const DoubleDouble* sums, std::span<const MutableTensorView> gradients) const;

 private:
  void PlanElementwise(const Call& call, const Kernel& kernel);
  void PlanGated(const Call& call, const Kernel& kernel);
  void PlanRows(const Call& call, const Kernel& kernel, const Limits& limits);
  void PlanSums(const Call& call, const Kernel& kernel);
  void GatherParams(const Call& call);
  // A format whose codings are in params_, from a byte on.
  struct Description {
    Format format;
    int64_t codings_at = 0;
  };
  Description Describe(DataType type, const Quantization& quantization, const Shape& shape);
  static Format FormatAt(const Description& description, const Addresses& at);
  static Geometry Streamed(const RowArgs& args, int64_t size, int threads, const Limits& limits);
  void PlanRowSums(const Call& call, const Kernel& kernel, const Limits& limits);
  Tensors TensorsAt(const Addresses& at) const;
  bool has_output() const { return geometry_.blocks > 0; }
  bool has_sums() const { return range_sums_ != nullptr || row_sums_ != nullptr; }

  Description x_, gate_, upstream_, y_;
  bool is_packed_ = false;

  Geometry geometry_;
  Launcher<ElementwiseArgs> elementwise_ = nullptr;
  ElementwiseArgs elementwise_args_{};
  Launcher<GatedArgs> gated_ = nullptr;
  GatedArgs gated_args_{};
  Launcher<RowArgs> rows_ = nullptr;
  RowArgs row_args_{};
  int64_t workspace_bytes_ = 0;

  Geometry range_geometry_;
  Launcher<RangeSumArgs> range_sums_ = nullptr;
  RangeSumArgs range_args_{};
  Launcher<RowSumArgs> row_sums_ = nullptr;  // of the rows that row_args_ says
  DataType sum_type_ = DataType::kF64;

  std::vector<std::byte> params_;
  std::vector<double> scalars_;
  std::vector<bool> by_channel_;  // by parameter
  std::vector<int> gradient_params_;
  int64_t channels_ = 1, inner_ = 1;
  int segments_ = 1, slots_ = 0;
};

// Whether a parameter has a value for each index along the call's axis.
bool IsByChannel(const Call& call, int param);
bool HasChannels(const Call& call);  // whether any has

// Which way a call of a function of elements takes: the first of those its types allow that the kernel has, and that
// are good for its parameters.
Way WayOf(const Call& call, const Kernel& kernel);

}  // namespace actserve::cuda
