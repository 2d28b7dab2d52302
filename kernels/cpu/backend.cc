// The CPU as a Backend.
#include "kernels/api/backend.h"

#include <type_traits>
#include <utility>

#include "kernels/cpu/work.h"

namespace actserve {
namespace cpu {
namespace {

class CpuExecution : public Execution {
 public:
  // Of a MutableTensorView, or of a SparseOutput&.
  template <class Output>
  CpuExecution(const Call& call, Output&& output, std::span<const MutableTensorView> param_gradients)
      : task_{call, FindKernel(call.function->index), Parameters(call)} {
    const bool is_rowwise = call.function->info.kind == FunctionKind::kRowwise;
    if constexpr (std::is_convertible_v<Output, MutableTensorView>) {
      if (call.has_bytes()) output_ = MakeBytewise(task_, output);
      if (call.has_bytes() && output_ == nullptr) output_ = MakeDecided(task_, output);
    }
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
  std::unique_ptr<Execution> PrepareSparse(const Call& call, SparseOutput& output,
                                           std::span<const MutableTensorView> param_gradients) const override {
    // What makes bytes has ways of its own.
    if (call.has_bytes()) return Backend::PrepareSparse(call, output, param_gradients);
    return std::make_unique<CpuExecution>(call, output, param_gradients);
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

std::unique_ptr<Execution> Backend::PrepareSparse(const Call& call, SparseOutput& output,
                                                  std::span<const MutableTensorView> param_gradients) const {
  return std::make_unique<EncodedAtEnd>(Prepare(call, output.dense(), param_gradients), output);
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
