// One GPU as a Backend, for whoever wants no pool: what tests compare with the CPU.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/cuda/lane.h"

namespace actserve::cuda {

// An execution is one piece, whose Run waits for the device; several may run at once, each on a lane. Where the device
// fails, the same thread computes the call on the CPU, whose results are the same bits.
//
// Safe from any thread. The device must outlive it, and it its executions.
class CudaBackend : public Backend {
 public:
  explicit CudaBackend(Device& device) : device_(device) {}

  std::string_view name() const override { return "cuda"; }
  using Backend::Prepare;
  std::unique_ptr<Execution> Prepare(const Call& call, const Outputs& outputs) const override;

  // Calls that the CPU had to compute, and why the last of them.
  int64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  absl::Status last_failure() const;

 private:
  friend class CudaExecution;
  absl::Status Run(const Call& call, const Program& program, const Outputs& outputs) const;

  Device& device_;
  mutable std::mutex mutex_;  // guards what follows, but for the counter
  mutable std::vector<std::unique_ptr<Lane>> idle_;
  mutable absl::Status last_failure_;
  mutable std::atomic<int64_t> failures_{0};
};

}  // namespace actserve::cuda
