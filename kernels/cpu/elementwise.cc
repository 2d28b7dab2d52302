// Element-wise and per-channel functions over a whole tensor.
#include "kernels/cpu/convert.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

class Elementwise : public Work {
 public:
  Elementwise(const Task& task, MutableTensorView output) : task_(task), output_(output) {}

  int64_t pieces() const override { return (output_.elements() + piece_elements_ - 1) / piece_elements_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * piece_elements_;
    const int64_t end = std::min(begin + piece_elements_, output_.elements());
    const bool direct = task_.call.input.type == output_.type;
    task_.params.ForEachRun(begin, end, [&](int64_t first, int64_t count, const KernelParams& params) {
      KernelParams hinted = params;
      hinted.stream = streams_;
      direct ? Direct(first, count, hinted) : Staged(first, count, params);
    });
  }

 private:
  // Where elements of an operand lie; null stays null.
  template <class View>
  static auto At(const View& view, int64_t element) {
    return view.data == nullptr ? nullptr : view.data + element * static_cast<int64_t>(SizeOf(view.type));
  }
  TensorView upstream() const { return task_.call.upstream.value_or(TensorView{}); }

  void Apply(DataType type, const std::byte* x, const std::byte* dy, std::byte* y, int64_t n,
             const KernelParams& params) {
    const int index = static_cast<int>(type);
    if (task_.call.direction == Direction::kEvaluate) {
      task_.kernel.evaluate[index](x, y, n, params);
    } else {
      task_.kernel.gradient[index](x, dy, y, n, params);
    }
  }

  void Direct(int64_t first, int64_t count, const KernelParams& params) {
    Apply(output_.type, At(task_.call.input, first), At(upstream(), first), At(output_, first), count, params);
  }

  // Input and output differ in type: through buffers in the type of the arithmetic.
  void Staged(int64_t first, int64_t count, KernelParams params) {
    constexpr int64_t kBlock = 1024;
    alignas(64) std::byte x[kBlock * 8], dy[kBlock * 8], y[kBlock * 8];
    const DataType number = task_.call.compute_type();
    const TensorView& input = task_.call.input;
    const TensorView dy_view = upstream();
    const bool with_upstream = dy_view.data != nullptr;
    for (int64_t i = 0; i < count; i += kBlock) {
      const int64_t n = std::min(kBlock, count - i);
      KernelParams here = params;
      if (params.per_lane) here.values = static_cast<const std::byte*>(params.values) + i * SizeOf(number);
      ToNumbers(input.type, At(input, first + i), number, x, n);
      if (with_upstream) ToNumbers(input.type, At(dy_view, first + i), number, dy, n);
      Apply(number, x, with_upstream ? dy : nullptr, y, n, here);
      FromNumbers(number, y, output_.type, At(output_, first + i), n);
    }
  }

  const Task& task_;
  MutableTensorView output_;
  const bool streams_ = output_.elements() * static_cast<int64_t>(SizeOf(output_.type)) >= kStreamedBytes;
  // The end of a stream of stores has to be waited for.
  const int64_t piece_elements_ = streams_ ? 16 * kPieceElements : kPieceElements;
};

}  // namespace

std::unique_ptr<Work> MakeElementwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Elementwise>(task, output);
}

}  // namespace actserve::cpu
