#include "kernels/cuda/backend.h"

#include <utility>

namespace actserve::cuda {

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
  if (call.has_bytes()) return CpuBackend().Prepare(call, output, param_gradients);
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
  const Operands all{.input = &call.input,
                     .upstream = call.upstream ? &*call.upstream : nullptr,
                     .count = call.input.elements(),
                     .output = output.data};
  std::vector<DoubleDouble> sums(static_cast<size_t>(program.sums()));
  absl::Status status = lane->Run(call, program, {&all, 1}, sums.data());
  if (status.ok()) program.Conclude(sums.data(), gradients);
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
