// The CPU as a Backend.
#include "kernels/api/backend.h"

#include <utility>

#include "kernels/cpu/work.h"

namespace actserve {
namespace cpu {
namespace {

std::unique_ptr<Work> MakeOutput(const Task& task, const Outputs& outputs) {
  if (task.call.has_bytes()) {
    std::unique_ptr<Work> work = MakeBytewise(task, outputs.output);
    if (work == nullptr) work = MakeDecided(task, outputs.output);
    if (work != nullptr) return work;
  }
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
      : task_{call, FindKernel(call.function->index), Parameters(call)}, output_(MakeOutput(task_, outputs)) {
    AddSums(outputs.param_gradients);
  }
  CpuExecution(const Call& call, SparseOutput& sparse, const Outputs& outputs)
      : task_{call, FindKernel(call.function->index), Parameters(call)},
        output_(is_rowwise() ? MakeRowwise(task_, sparse) : MakeElementwise(task_, sparse)) {
    AddSums(outputs.param_gradients);
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
  bool is_rowwise() const { return task_.call.function->info.kind == FunctionKind::kRowwise; }
  void AddSums(std::span<const MutableTensorView> gradients) {
    if (task_.call.gradient_params.empty()) return;
    sums_ = is_rowwise() ? MakeRowGradientSums(task_, gradients) : MakeGradientSums(task_, gradients);
  }

  const Task task_;
  std::unique_ptr<Work> output_, sums_;
};

class Cpu : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }
  std::unique_ptr<Execution> Prepare(const Call& call, const Outputs& outputs) const override {
    return std::make_unique<CpuExecution>(call, outputs);
  }
  std::unique_ptr<Execution> PrepareSparse(const Call& call, SparseOutput& sparse,
                                           const Outputs& outputs) const override {
    // What makes bytes has ways of its own, and so have gates.
    if (call.has_bytes() || call.function->info.kind == FunctionKind::kGated) {
      return Backend::PrepareSparse(call, sparse, outputs);
    }
    return std::make_unique<CpuExecution>(call, sparse, outputs);
  }
};

}  // namespace
}  // namespace cpu

namespace {

class EncodedAtEnd : public Execution {
 public:
  EncodedAtEnd(std::unique_ptr<Execution> dense, SparseOutput& output) : dense_(std::move(dense)), output_(output) {}

  int64_t pieces() const override { return dense_->pieces(); }
  void Run(int64_t piece) override { dense_->Run(piece); }
  void Finish() override {
    dense_->Finish();
    output_.EncodeAll();
  }

 private:
  const std::unique_ptr<Execution> dense_;
  SparseOutput& output_;
};

}  // namespace

std::unique_ptr<Execution> Backend::PrepareSparse(const Call& call, SparseOutput& sparse,
                                                  const Outputs& outputs) const {
  return std::make_unique<EncodedAtEnd>(Prepare(call, outputs), sparse);
}

const Backend& CpuBackend() {
  static const cpu::Cpu backend;
  return backend;
}

void RunInline(Execution& execution) {
  for (int64_t piece = 0; piece < execution.pieces(); ++piece) execution.Run(piece);
  execution.Finish();
}

}  // namespace actserve
