// GPUs as a Backend.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/cuda/device.h"

namespace actserve::cuda {

// A stream with memory of its own on both sides, which grows to what its largest call has needed, and is then used
// again. One thread's at a time.
class Lane {
 public:
  explicit Lane(Device& device) : device_(device) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Computes a call and waits for it. If that fails, the lane must not be used again, and outputs are undefined.
  absl::Status Run(const Call& call, const Program& program, MutableTensorView output,
                   const std::vector<MutableTensorView>& gradients);

 private:
  struct Memory {
    std::byte *device = nullptr, *pinned = nullptr;
    int64_t device_bytes = 0, pinned_bytes = 0;
  };
  absl::Status Reserve(int64_t device_bytes, int64_t pinned_bytes);

  Device& device_;
  Device::Stream stream_ = nullptr;
  Memory memory_;
};

// One device. An execution is one piece, whose Run waits for the device; several may run at once, each on a lane. Where
// the device fails, the same thread computes the call on the CPU, whose results are the same bits.
//
// Safe from any thread. The device must outlive it, and it its executions.
class CudaBackend : public Backend {
 public:
  explicit CudaBackend(Device& device) : device_(device) {}

  std::string_view name() const override { return "cuda"; }
  std::unique_ptr<Execution> Prepare(const Call& call, MutableTensorView output,
                                     std::span<const MutableTensorView> param_gradients) const override;

  // Calls that the CPU had to compute, and why the last of them.
  int64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  absl::Status last_failure() const;

 private:
  friend class CudaExecution;
  absl::Status Run(const Call& call, const Program& program, MutableTensorView output,
                   const std::vector<MutableTensorView>& gradients) const;

  Device& device_;
  mutable std::mutex mutex_;  // guards what follows, but for the counter
  mutable std::vector<std::unique_ptr<Lane>> idle_;
  mutable absl::Status last_failure_;
  mutable std::atomic<int64_t> failures_{0};
};

}  // namespace actserve::cuda
