// The CPU as a Backend.
#include "kernels/api/backend.h"

#include "kernels/cpu/work.h"

namespace actserve {
namespace cpu {
namespace {

std::unique_ptr<Work> MakeOutput(const Task& task, const Outputs& outputs) {
  switch (task.call.function->info.kind) {
    case FunctionKind::kElementwise:
    case FunctionKind::kPerChannel: return MakeElementwise(task, outputs.output);
    case FunctionKind::kRowwise: return MakeRowwise(task, outputs.output);
    case FunctionKind::kGated: return MakeGated(task, outputs.output, outputs.gate_gradient);
  }
  return nullptr;
}

class CpuExecution : public Execution {
 public:
  CpuExecution(const Call& call, const Outputs& outputs)
      : task_{call, FindKernel(call.function->index), Parameters(call)} {
    const bool is_rowwise = call.function->info.kind == FunctionKind::kRowwise;
    if (call.has_bytes()) output_ = MakeBytewise(task_, outputs.output);
    if (call.has_bytes() && output_ == nullptr) output_ = MakeDecided(task_, outputs.output);
    if (output_ == nullptr) output_ = MakeOutput(task_, outputs);
    if (call.gradient_params.empty()) return;
    const auto gradients = outputs.param_gradients;
    sums_ = is_rowwise ? MakeRowGradientSums(task_, gradients) : MakeGradientSums(task_, gradients);
  }

  int64_t pieces() const override { return output_->pieces() + (sums_ ? sums_->pieces() : 0); }

  void Run(int64_t piece) override {
    const int64_t first_sum = output_->pieces();
    piece < first_sum ? output_->Run(piece) : sums_->Run(piece - first_sum);
  }

  void Finish() override {
    output_->Finish();
    if (sums_) sums_->Finish();
  }

 private:
  const Task task_;
  std::unique_ptr<Work> output_, sums_;
};

class Cpu : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }
  std::unique_ptr<Execution> Prepare(const Call& call, const Outputs& outputs) const override {
    return std::make_unique<CpuExecution>(call, outputs);
  }
};

}  // namespace
}  // namespace cpu

const Backend& CpuBackend() {
  static const cpu::Cpu backend;
  return backend;
}

void RunInline(Execution& execution) {
  for (int64_t piece = 0; piece < execution.pieces(); ++piece) execution.Run(piece);
  execution.Finish();
}

}  // namespace actserve
