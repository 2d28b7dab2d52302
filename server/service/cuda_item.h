// An item on its way through the GPUs' pool. Where no GPU can compute it, the CPU's pool does.
#pragma once

#include <chrono>
#include <memory>

#include "server/pool/cpu_pool.h"
#include "server/pool/cuda_pool.h"
#include "server/router/backend_id.h"

namespace actserve {

// One of the parts of `job` that are computed elsewhere; `pool`, which runs the job, is told when it is over. All that
// it is given outlives it.
class CudaItem final : public CudaTask {
 public:
  CudaItem(Job& job, CpuPool& pool, const Backend& cpu, const Call& call, const Outputs& outputs)
      : CudaTask(call, outputs), job_(job), pool_(pool), cpu_(cpu) {}

  absl::Status Check() const override { return job_.Check(); }
  void Done(const absl::Status& status, const Times& times) override;

  // Once it is over. Which one computed it, and what that took, without waiting.
  BackendId backend() const { return fallback_ == nullptr ? BackendId::kCuda : BackendId::kCpu; }
  std::chrono::nanoseconds time() const {
    return fallback_ == nullptr ? times_.run.staging + times_.run.device : fallback_time_;
  }
  std::chrono::nanoseconds queued() const { return times_.queued; }

 private:
  class Fallback;

  Job& job_;
  CpuPool& pool_;
  const Backend& cpu_;
  Times times_;
  std::unique_ptr<Execution> fallback_;
  std::chrono::nanoseconds fallback_time_{0};
};

}  // namespace actserve
