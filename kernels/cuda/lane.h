// A stream with memory of its own on both sides.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/api/call.h"
#include "kernels/cuda/device.h"

namespace actserve::cuda {

// Some of the equal parts that all tensors of a call have: where they come from, and where their results go.
struct Portion {
  const Call* call = nullptr;
  int64_t first = 0, count = 0, of = 0;  // parts, and how many the call has
  std::byte* output = nullptr;           // of the call's first part, at any address
  std::byte* gate_gradient = nullptr;    // the same, where there is one
};

// One thread's at a time. Memory grows to what the largest call has needed, and is then used again. The device must
// outlive it.
class Lane {
 public:
  // What a run took on the clock: copying from and to pinned memory, and waiting for the device, copies included.
  struct Times {
    std::chrono::nanoseconds staging{0}, device{0};
  };

  // Never takes more of the device's memory than `capacity`, nor of pinned memory.
  explicit Lane(Device& device, int64_t capacity = std::numeric_limits<int64_t>::max())
      : device_(device), capacity_(capacity) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Computes `call`, which is the portions in their order, by its program, and waits for it; sums of ranges, of which
  // the program has sums(), go to `sums`. OUT_OF_RANGE: it takes more memory than there may be, and nothing was done.
  // After any other error the lane must not be used again, and outputs are undefined.
  absl::Status Run(const Call& call, const Program& program, std::span<const Portion> portions, DoubleDouble* sums,
                   Times* times = nullptr);

 private:
  absl::Status Reserve(int64_t device_bytes, int64_t pinned_bytes);

  Device& device_;
  const int64_t capacity_;
  Device::Stream stream_ = nullptr;
  std::byte *memory_ = nullptr, *pinned_ = nullptr;
  int64_t memory_bytes_ = 0, pinned_bytes_ = 0;
};

}  // namespace actserve::cuda
