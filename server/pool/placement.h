// Where a call is computed, where the client and the settings leave that open.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "kernels/api/call.h"
#include "server/pool/cuda_pool.h"
#include "server/pool/execution_plan.h"
#include "server/router/backend_id.h"

namespace actserve {

// A call goes where it is estimated to be done first, behind what already goes there. Safe from any thread.
class Placement {
 public:
  struct Place {
    BackendId backend = BackendId::kCpu;
    std::chrono::nanoseconds time{0};  // of one thread, or lane, roughly
  };

  // `cuda` may be null: then everything goes to the CPU. Both must outlive it.
  Placement(const ExecutionPlan& plan, int threads, const CudaPool* cuda)
      : plan_(plan), threads_(threads), cuda_(cuda) {}

  bool has_cuda() const { return cuda_ != nullptr; }

  // Where the call is to go. What is meant for CUDA goes to the CPU nonetheless where no GPU is up, or none has the
  // memory. Counted as work that goes there, until Leave.
  Place Choose(const Call& call, BackendChoice choice);
  void Leave(const Place& place);

 private:
  std::chrono::nanoseconds CudaTime(const Call& call, const CudaPool::Costs& costs) const;
  // When it would be done, in nanoseconds from now.
  double CpuEnd(const Call& call, std::chrono::nanoseconds time) const;
  double CudaEnd(const CudaPool::Costs& costs, std::chrono::nanoseconds time) const;

  const ExecutionPlan& plan_;
  const int threads_;
  const CudaPool* const cuda_;
  std::atomic<int64_t> ahead_[2] = {};  // nanoseconds of calls on their way, by BackendId
};

}  // namespace actserve
