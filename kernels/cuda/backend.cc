#include "kernels/cuda/backend.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace actserve::cuda {
namespace {

constexpr int64_t kAlignment = 256;  // of operands in a lane's memory

// Where parts of a piece of memory begin.
class Layout {
 public:
  int64_t Add(int64_t bytes) {
    const int64_t begin = end_;
    end_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return begin;
  }
  int64_t bytes() const { return end_; }

 private:
  int64_t end_ = 0;
};

}  // namespace

Lane::~Lane() {
  if (stream_ != nullptr) device_.Destroy(stream_);
  if (memory_.device != nullptr) device_.Free(memory_.device);
  if (memory_.pinned != nullptr) device_.FreePinned(memory_.pinned);
}

absl::Status Lane::Reserve(int64_t device_bytes, int64_t pinned_bytes) {
  if (stream_ == nullptr) {
    absl::StatusOr<Device::Stream> stream = device_.MakeStream();
    if (!stream.ok()) return stream.status();
    stream_ = *stream;
  }
  if (device_bytes > memory_.device_bytes) {
    if (memory_.device != nullptr) device_.Free(std::exchange(memory_.device, nullptr));
    memory_.device_bytes = 0;
    absl::StatusOr<std::byte*> memory = device_.Allocate(device_bytes);
    if (!memory.ok()) return memory.status();
    memory_.device = *memory;
    memory_.device_bytes = device_bytes;
  }
  if (pinned_bytes > memory_.pinned_bytes) {
    if (memory_.pinned != nullptr) device_.FreePinned(std::exchange(memory_.pinned, nullptr));
    memory_.pinned_bytes = 0;
    absl::StatusOr<std::byte*> memory = device_.AllocatePinned(pinned_bytes);
    if (!memory.ok()) return memory.status();
    memory_.pinned = *memory;
    memory_.pinned_bytes = pinned_bytes;
  }
  return absl::OkStatus();
}

absl::Status Lane::Run(const Call& call, const Program& program, MutableTensorView output,
                       const std::vector<MutableTensorView>& gradients) {
  const auto bytes = [](const auto& tensor) { return static_cast<int64_t>(tensor.bytes()); };
  const int64_t sum_bytes = program.sums() * static_cast<int64_t>(sizeof(DoubleDouble));
  if (program.launches() == 0) {
    program.Conclude(nullptr, gradients);
    return absl::OkStatus();
  }
  // What goes up lies together, and so does what comes down; in the same places on both sides.
  Layout layout;
  const int64_t input = layout.Add(bytes(call.input));
  const int64_t upstream = layout.Add(call.upstream ? bytes(*call.upstream) : 0);
  const int64_t params = layout.Add(static_cast<int64_t>(program.params().size()));
  const int64_t up = layout.bytes();
  const int64_t result = layout.Add(bytes(output)), sums = layout.Add(sum_bytes);
  const int64_t pinned = layout.bytes(), workspace = layout.Add(program.workspace_bytes());
  if (absl::Status status = Reserve(layout.bytes(), pinned); !status.ok()) return status;

  call.input.Copy(0, call.input.elements(), memory_.pinned + input);
  if (call.upstream) call.upstream->Copy(0, call.upstream->elements(), memory_.pinned + upstream);
  std::copy(program.params().begin(), program.params().end(), memory_.pinned + params);
  std::byte* const device = memory_.device;
  const Addresses at{.input = device + input,
                     .upstream = call.upstream ? device + upstream : nullptr,
                     .output = device + result,
                     .params = device + params,
                     .workspace = device + workspace,
                     .sums = device + sums};
  absl::Status status = device_.Upload(stream_, memory_.pinned, device, up);
  if (status.ok()) status = device_.Launch(stream_, program, at);
  if (status.ok()) status = device_.Download(stream_, device + up, memory_.pinned + up, pinned - up);
  status.Update(device_.Wait(stream_));  // in any case: nobody else may have the memory before
  if (!status.ok()) return status;
  std::memcpy(output.data, memory_.pinned + result, output.bytes());
  program.Conclude(reinterpret_cast<const DoubleDouble*>(memory_.pinned + sums), gradients);
  return absl::OkStatus();
}

class CudaExecution : public Execution {
 public:
  CudaExecution(const CudaBackend& backend, const Call& call, MutableTensorView output,
                std::span<const MutableTensorView> gradients)
      : backend_(backend),
        call_(call),
        program_(call, backend.device_.KernelOf(*call.function), backend.device_.limits()),
        output_(output),
        gradients_(gradients.begin(), gradients.end()) {}

  int64_t pieces() const override { return 1; }
  void Run(int64_t) override {
    if (backend_.Run(call_, program_, output_, gradients_).ok()) return;
    RunInline(*CpuBackend().Prepare(call_, output_, gradients_));
  }
  void Finish() override {}

 private:
  const CudaBackend& backend_;
  const Call call_;
  const Program program_;
  const MutableTensorView output_;
  const std::vector<MutableTensorView> gradients_;
};

std::unique_ptr<Execution> CudaBackend::Prepare(const Call& call, MutableTensorView output,
                                                std::span<const MutableTensorView> param_gradients) const {
  return std::make_unique<CudaExecution>(*this, call, output, param_gradients);
}

absl::Status CudaBackend::Run(const Call& call, const Program& program, MutableTensorView output,
                              const std::vector<MutableTensorView>& gradients) const {
  std::unique_ptr<Lane> lane;
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      lane = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (lane == nullptr) lane = std::make_unique<Lane>(device_);
  absl::Status status = lane->Run(call, program, output, gradients);
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    idle_.push_back(std::move(lane));
  } else {
    last_failure_ = status;
    failures_.fetch_add(1, std::memory_order_relaxed);
  }
  return status;
}

absl::Status CudaBackend::last_failure() const {
  std::lock_guard lock(mutex_);
  return last_failure_;
}

}  // namespace actserve::cuda
