// The CPU as a Backend.
#include "kernels/api/backend.h"

#include "kernels/cpu/work.h"

namespace actserve {
namespace cpu {
namespace {

class CpuExecution : public Execution {
 public:
  CpuExecution(const Call& call, MutableTensorView output, std::span<const MutableTensorView> param_gradients)
      : task_{call, FindKernel(call.function->index), Parameters(call)} {
    const bool is_rowwise = call.function->info.kind == FunctionKind::kRowwise;
    if (call.has_bytes()) output_ = MakeBytewise(task_, output);
    if (call.has_bytes() && output_ == nullptr) output_ = MakeDecided(task_, output);
    if (output_ == nullptr) output_ = is_rowwise ? MakeRowwise(task_, output) : MakeElementwise(task_, output);
    if (call.gradient_params.empty()) return;
    sums_ = is_rowwise ? MakeRowGradientSums(task_, param_gradients) : MakeGradientSums(task_, param_gradients);
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
  std::unique_ptr<Execution> Prepare(const Call& call, MutableTensorView output,
                                     std::span<const MutableTensorView> param_gradients) const override {
    return std::make_unique<CpuExecution>(call, output, param_gradients);
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
