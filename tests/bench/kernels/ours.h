// actserve's kernels as a service would call them: through the public interface of kernels/api.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "kernels/api/backend.h"
#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

// Parameters at their defaults; those that are required get plausible ones, a number for each channel where there can
// be. Of a gradient, dx alone is computed, as the peer does.
class Ours {
 public:
  Ours(const Workload& workload, std::shared_ptr<Operands> operands);

  // Runs the same Execution again, which CpuBackend's allow: their pieces keep nothing.
  void Run() { RunInline(*execution_); }
  // CheckCall and Prepare.
  std::unique_ptr<Execution> Prepare() const;
  // The same, without zeros; `output` is in the operands' place for results.
  std::unique_ptr<Execution> PrepareSparse(SparseOutput& output) const;
  const MutableTensorView& output() const { return output_; }

 private:
  const std::shared_ptr<Operands> operands_;
  std::array<std::vector<double>, kMaxParams> param_values_;
  CallRequest request_;
  MutableTensorView output_;
  std::unique_ptr<Execution> execution_;
};

}  // namespace actserve::bench
