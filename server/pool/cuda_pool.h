// The GPUs, and the threads that keep them busy. Knows nothing of gRPC.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "kernels/api/backend.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/lane.h"
#include "kernels/cuda/units.h"
#include "server/pool/turns.h"

namespace actserve {

// A call on its way through the pool. All that it views must stay alive until Done.
class CudaTask {
 public:
  struct Times {
    std::chrono::nanoseconds queued{0};  // until the first part was taken
    // Of all parts, so more than what passed on the clock; of what was computed with others, a share by elements.
    cuda::Lane::Times run;
  };

  virtual ~CudaTask() = default;
  // OK while it is worth computing; else CANCELLED or DEADLINE_EXCEEDED. From several threads.
  virtual absl::Status Check() const = 0;
  // Called exactly once, on a thread of the pool or within Submit. OK: computed. UNAVAILABLE: no device could, and
  // outputs are undefined. Else what Check said.
  virtual void Done(const absl::Status& status, const Times& times) = 0;

  CudaTask(const CudaTask&) = delete;
  CudaTask& operator=(const CudaTask&) = delete;

  const Call& call() const { return call_; }
  const Outputs& outputs() const { return outputs_; }

 protected:
  CudaTask(const Call& call, const Outputs& outputs)
      : call_(call),
        gradients_(outputs.param_gradients.begin(), outputs.param_gradients.end()),
        outputs_{.output = outputs.output, .param_gradients = gradients_, .gate_gradient = outputs.gate_gradient} {}

 private:
  const Call& call_;
  const std::vector<MutableTensorView> gradients_;
  const Outputs outputs_;
};

// Each device has lanes: threads, each with a stream and memory of its own. A free lane takes, of the function whose
// turn it is, a part of a large call, or as many small ones as go together into one launch. While it copies, others'
// parts travel or are computed, so that both directions of the link and the device work at once. What was waiting is
// merged; nothing waits to be.
//
// A device must first compute a call that it is known for. One that fails is left alone, the calls that it had end with
// UNAVAILABLE, and after a while it is reset and tried again. Where no device is left, all calls end so.
//
// Safe from any thread. The devices must outlive it.
class CudaPool {
 public:
  struct Settings {
    int lanes = 4;                              // of each device
    int64_t memory_bytes = int64_t{512} << 20;  // of each device at most, and as much pinned memory of the host
    std::chrono::nanoseconds retry = std::chrono::seconds(10);
    int64_t part_bytes = int64_t{4} << 20;    // of a large call's part: operands and results
    int64_t merged_bytes = int64_t{1} << 20;  // of small calls that are put together
  };
  // What calls cost, measured when a device was last tried; of the quickest device.
  struct Costs {
    std::chrono::nanoseconds call{0};  // whatever its size
    double nanoseconds_per_byte = 0;   // of operands and results, with one lane
    int lanes = 1;                     // of the devices that are up
  };
  struct DeviceState {
    std::string name;
    bool up = false;
    bool any_up = false;  // whether any device is
    int64_t failures = 0;
    absl::Status last_failure = {};
  };
  struct Load {
    size_t waiting = 0;               // calls
    int64_t launches = 0, calls = 0;  // since the start; fewer launches than calls: small ones were put together
    cuda::Lane::Times times;          // the sum over lanes
  };

  // Tries every device, and returns when it is known which are up. `changed` is called, on threads of the pool, when
  // one goes down or up again.
  CudaPool(const std::vector<cuda::Device*>& devices, const Settings& settings,
           std::function<void(const DeviceState&)> changed = {});
  // No call may be left.
  ~CudaPool();
  CudaPool(const CudaPool&) = delete;
  CudaPool& operator=(const CudaPool&) = delete;

  // The task must stay alive until its Done.
  void Submit(CudaTask& task);

  bool up() const { return up_.load(std::memory_order_relaxed) != 0; }
  // Whether a part of the call fits a lane's memory; what does not ends with UNAVAILABLE.
  bool Fits(const Call& call) const;
  Costs costs() const;
  std::vector<DeviceState> devices() const;
  Load load() const;

 private:
  // A call in the pool.
  struct Entry {
    CudaTask* task;
    cuda::Units units;
    int64_t part = 0;  // units of a part
    std::chrono::steady_clock::time_point since;
    int64_t next = 0;  // the first unit that nobody has taken
    int parts = 0;     // taken and not done
    absl::Status status = {};
    CudaTask::Times times = {};
    std::unique_ptr<cuda::Program> whole = {};  // where there are sums to conclude
    std::vector<DoubleDouble> sums = {};
    bool taken() const { return next >= units.count; }
  };
  // So many units of a call.
  struct Part {
    std::shared_ptr<Entry> entry;
    int64_t first, count;
  };
  struct Managed {
    cuda::Device& device;
    DeviceState state;
    bool tried = false;
    int open = 0;  // lanes that may hold memory of the device
    std::chrono::steady_clock::time_point retry_at = {};
    Costs costs = {};
  };

  void Work(Managed& managed, bool leads);
  // Under the lock, which they let go of in between.
  void Revive(Managed& managed, std::unique_lock<std::mutex>& lock);
  void TakeDown(Managed& managed, const absl::Status& status, std::unique_lock<std::mutex>& lock);
  // Under the lock.
  std::vector<Part> Take();
  void CountUp(int by);

  absl::Status Try(Managed& managed, Costs& costs) const;
  absl::Status Run(cuda::Lane& lane, cuda::Device& device, const std::vector<Part>& parts, cuda::Lane::Times& times);
  void End(const std::vector<Part>& parts, const absl::Status& status, const cuda::Lane::Times& times);
  cuda::Limits LimitsOf(const cuda::Device& device) const;
  int64_t capacity() const { return settings_.memory_bytes / settings_.lanes; }

  const Settings settings_;
  const std::function<void(const DeviceState&)> changed_;
  std::atomic<int> up_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::vector<std::unique_ptr<Managed>> devices_;
  Turns<std::shared_ptr<Entry>> waiting_;
  size_t waiting_calls_ = 0;
  Load load_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: started when all above is there
};

// For people: the devices and what calls cost on them.
std::string Print(const CudaPool& pool);

}  // namespace actserve
