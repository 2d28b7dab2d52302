#include "kernels/cuda/backend.h"

#include <utility>

namespace actserve::cuda {

class CudaExecution : public Execution {
 public:
  CudaExecution(const CudaBackend& backend, const Call& call, const Outputs& outputs)
      : backend_(backend),
        call_(call),
        program_(call, backend.device_.KernelOf(*call.function), backend.device_.limits()),
        gradients_(outputs.param_gradients.begin(), outputs.param_gradients.end()),
        outputs_{.output = outputs.output, .param_gradients = gradients_, .gate_gradient = outputs.gate_gradient} {}

  int64_t pieces() const override { return 1; }
  void Run(int64_t) override {
    if (backend_.Run(call_, program_, outputs_).ok()) return;
    RunInline(*CpuBackend().Prepare(call_, outputs_));
  }
  void Finish() override {}

 private:
  const CudaBackend& backend_;
  const Call call_;
  const Program program_;
  const std::vector<MutableTensorView> gradients_;
  const Outputs outputs_;
};

std::unique_ptr<Execution> CudaBackend::Prepare(const Call& call, const Outputs& outputs) const {
  return std::make_unique<CudaExecution>(*this, call, outputs);
}

absl::Status CudaBackend::Run(const Call& call, const Program& program, const Outputs& outputs) const {
  std::unique_ptr<Lane> lane;
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      lane = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (lane == nullptr) lane = std::make_unique<Lane>(device_);
  const Portion all{
      .call = &call, .count = 1, .of = 1, .output = outputs.output.data, .gate_gradient = outputs.gate_gradient.data};
  std::vector<DoubleDouble> sums(static_cast<size_t>(program.sums()));
  absl::Status status = lane->Run(call, program, {&all, 1}, sums.data());
  if (status.ok()) program.Conclude(sums.data(), outputs.param_gradients);
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
