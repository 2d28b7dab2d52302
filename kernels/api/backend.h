// Where calls are computed. A backend turns a checked Call into an Execution: pieces that threads run in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "kernels/api/call.h"
#include "kernels/api/sparse_output.h"

namespace actserve {

// One call in progress. Pieces are disjoint and of similar cost (about 64 KiB of input, but never less than a whole row
// of a row-wise function); each is run exactly once, from any thread, several at a time. Finish is called once after
// all of them. The result's bits depend neither on the order nor on the number of threads.
class Execution {
 public:
  virtual ~Execution() = default;
  virtual int64_t pieces() const = 0;
  virtual void Run(int64_t piece) = 0;
  virtual void Finish() = 0;
};

// Where a call's results go: anywhere that overlaps no input.
struct Outputs {
  MutableTensorView output;                                 // y, or dL/dx: of call.output_type and output_shape()
  std::span<const MutableTensorView> param_gradients = {};  // of call.gradient_params, their gradient_type and _shape
  MutableTensorView gate_gradient = {};                     // of a gradient's call.gate: of the output's type and shape
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "cpu", "cuda"
  // All views, the call's included, must outlive the Execution.
  virtual std::unique_ptr<Execution> Prepare(const Call& call, const Outputs& outputs) const = 0;
  // Without a gate gradient.
  std::unique_ptr<Execution> Prepare(const Call& call, MutableTensorView output,
                                     std::span<const MutableTensorView> param_gradients) const {
    return Prepare(call, Outputs{.output = output, .param_gradients = param_gradients});
  }
  // The same, and `sparse`, of which nothing was called yet, is concluded with it; outputs.output is its dense(). A
  // backend that does not say how computes that and encodes it when all is done.
  virtual std::unique_ptr<Execution> PrepareSparse(const Call& call, SparseOutput& sparse,
                                                   const Outputs& outputs) const;
};

// The SIMD kernels. Always there; safe from any thread.
const Backend& CpuBackend();

// Tables of 256 results, one for each element of 8 bits, that the SIMD kernels keep from one call to the next.
struct ByteTableCounts {
  int64_t hits = 0;      // calls that found theirs
  int64_t computed = 0;  // tables for calls that did not
  int64_t bytes = 0;     // that are kept
};
ByteTableCounts CpuByteTables();

// Runs every piece on this thread, then Finish.
void RunInline(Execution& execution);

// The instruction sets that CPU kernels were built for and this machine has, best first, e.g. {"AVX3", "AVX2",
// "SCALAR"}.
std::vector<std::string> CpuTargets();
// The one in use: the best, unless forced.
std::string ActiveCpuTarget();
// Makes calls prepared from now on use this target. INVALID_ARGUMENT for one that CpuTargets() does not list. Not while
// other threads prepare calls.
absl::Status ForceCpuTarget(std::string_view name);

}  // namespace actserve
