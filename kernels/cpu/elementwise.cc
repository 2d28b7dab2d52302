// Element-wise and per-channel functions over a whole tensor.
#include "kernels/cpu/convert.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

class Elementwise : public Work {
 public:
  Elementwise(const Task& task, MutableTensorView output) : task_(task), output_(task.call, output) {}

  int64_t pieces() const override { return (elements_ + piece_elements_ - 1) / piece_elements_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * piece_elements_;
    const int64_t end = std::min(begin + piece_elements_, elements_);
    const bool direct = task_.call.input.type == output_.tensor.type && !task_.call.has_bytes();
    task_.params.ForEachRun(begin, end, [&](int64_t first, int64_t count, const KernelParams& params) {
      KernelParams hinted = params;
      hinted.stream = streams_;
      direct ? Direct(first, count, hinted) : Staged(first, count, params);
    });
  }

 private:
  struct Operands {
    const InputView& input;
    const InputView* upstream;  // null: ones, or none
  };
  Operands operands() const { return {task_.call.input, task_.call.upstream ? &*task_.call.upstream : nullptr}; }

  void Apply(DataType type, const std::byte* x, const std::byte* dy, std::byte* y, int64_t n,
             const KernelParams& params) {
    const int index = static_cast<int>(type);
    if (task_.call.direction == Direction::kEvaluate) {
      task_.kernel.evaluate[index](x, y, n, params);
    } else {
      task_.kernel.gradient[index](x, dy, y, n, params);
    }
  }

  // By runs in which no operand leaves its chunk.
  void Direct(int64_t first, int64_t count, const KernelParams& params) {
    const auto& [input, upstream] = operands();
    const auto size = static_cast<int64_t>(SizeOf(input.type)), number = static_cast<int64_t>(SizeOf(number_));
    input.ForEachRun(first, count, [&](InputView::Run x, int64_t begin) {
      if (upstream == nullptr) {
        return Apply(input.type, x.data, nullptr, output_.At(first + begin), x.count, params.Beyond(begin, number));
      }
      upstream->ForEachRun(first + begin, x.count, [&](InputView::Run dy, int64_t within) {
        const int64_t at = begin + within;
        Apply(input.type, x.data + within * size, dy.data, output_.At(first + at), dy.count, params.Beyond(at, number));
      });
    });
  }

  // Input and output differ in type: through buffers in the type of the arithmetic.
  void Staged(int64_t first, int64_t count, const KernelParams& params) {
    constexpr int64_t kBlock = 1024;
    alignas(64) std::byte x[kBlock * 8], dy[kBlock * 8], y[kBlock * 8];
    const auto& [input, upstream] = operands();
    for (int64_t i = 0; i < count; i += kBlock) {
      const int64_t n = std::min(kBlock, count - i);
      ToNumbers(input, first + i, n, number_, x);
      if (upstream != nullptr) ToNumbers(*upstream, first + i, n, number_, dy);
      Apply(number_, x, upstream == nullptr ? nullptr : dy, y, n, params.Beyond(i, SizeOf(number_)));
      FromNumbers(number_, y, output_, first + i, n, output_.At(first + i));
    }
  }

  const Task& task_;
  const Output output_;
  const int64_t elements_ = output_.tensor.elements();
  const DataType number_ = task_.call.compute_type();
  const bool streams_ = static_cast<int64_t>(output_.tensor.bytes()) >= kStreamedBytes;
  // The end of a stream of stores has to be waited for.
  const int64_t piece_elements_ = streams_ ? 16 * kPieceElements : kPieceElements;
};

}  // namespace

std::unique_ptr<Work> MakeElementwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Elementwise>(task, output);
}

}  // namespace actserve::cpu
