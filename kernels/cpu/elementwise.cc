// Element-wise and per-channel functions over a whole tensor.
#include "kernels/cpu/convert.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

class Elementwise : public Work {
 public:
  Elementwise(const Task& task, MutableTensorView output, bool may_stream = true)
      : task_(task),
        output_(task.call, output),
        streams_(may_stream && static_cast<int64_t>(output.bytes()) >= kStreamedBytes) {}

  int64_t pieces() const override { return (elements_ + piece_elements_ - 1) / piece_elements_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * piece_elements_;
    Compute(begin, std::min(begin + piece_elements_, elements_), output_.At(begin));
  }

 protected:
  // Elements [begin, end), to where the first of them is to be.
  void Compute(int64_t begin, int64_t end, std::byte* output) {
    const bool direct = task_.call.input.type == output_.tensor.type && !task_.call.has_bytes();
    task_.params.ForEachRun(begin, end, [&](int64_t first, int64_t count, const KernelParams& params) {
      KernelParams hinted = params;
      hinted.stream = streams_;
      std::byte* const to = output + (first - begin) * size_;
      direct ? Direct(first, count, hinted, to) : Staged(first, count, params, to);
    });
  }

  // Where elements [first, first + n) of the input lie, if they are there and worth to be fetched before their turn.
  const std::byte* Ahead(int64_t first, int64_t n) const {
    const InputView& input = task_.call.input;
    if (input.data() == nullptr || first + n > input.elements() || input.bytes() < kFetchedBytes) return nullptr;
    return input.data() + first * static_cast<int64_t>(SizeOf(input.type));
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
  void Direct(int64_t first, int64_t count, const KernelParams& params, std::byte* to) {
    const auto& [input, upstream] = operands();
    const auto size = static_cast<int64_t>(SizeOf(input.type)), number = static_cast<int64_t>(SizeOf(number_));
    input.ForEachRun(first, count, [&](InputView::Run x, int64_t begin) {
      if (upstream == nullptr) {
        return Apply(input.type, x.data, nullptr, to + begin * size, x.count, params.Beyond(begin, number));
      }
      upstream->ForEachRun(first + begin, x.count, [&](InputView::Run dy, int64_t within) {
        const int64_t at = begin + within;
        Apply(input.type, x.data + within * size, dy.data, to + at * size, dy.count, params.Beyond(at, number));
      });
    });
  }

  // Input and output differ in type: through buffers in the type of the arithmetic.
  void Staged(int64_t first, int64_t count, const KernelParams& params, std::byte* to) {
    constexpr int64_t kBlock = 1024;
    alignas(64) std::byte x[kBlock * 8], dy[kBlock * 8], y[kBlock * 8];
    const auto& [input, upstream] = operands();
    for (int64_t i = 0; i < count; i += kBlock) {
      const int64_t n = std::min(kBlock, count - i);
      ToNumbers(input, first + i, n, number_, x);
      if (upstream != nullptr) ToNumbers(*upstream, first + i, n, number_, dy);
      Apply(number_, x, upstream == nullptr ? nullptr : dy, y, n, params.Beyond(i, SizeOf(number_)));
      FromNumbers(number_, y, output_, first + i, n, to + i * size_);
    }
  }

  static constexpr size_t kFetchedBytes = size_t{2} << 20;  // more than a core's own cache holds

  const Task& task_;
  const Output output_;
  const int64_t elements_ = output_.tensor.elements();
  const int64_t size_ = static_cast<int64_t>(SizeOf(output_.tensor.type));  // of an element
  const DataType number_ = task_.call.compute_type();
  const bool streams_;
  // The end of a stream of stores has to be waited for.
  const int64_t piece_elements_ = streams_ ? 16 * kPieceElements : kPieceElements;
};

// Blocks of a piece are computed into the L1 cache, and only what is stored of them goes further. Memory has nothing to
// do while that is sorted out, so the next block's input is asked for.
class SparseElementwise : public Elementwise {
 public:
  SparseElementwise(const Task& task, SparseOutput& output)
      : Elementwise(task, output.dense(), /*may_stream=*/false), output_(output) {
    output.Divide(kPieceElements);
  }

  int64_t pieces() const override { return output_.parts(); }

  void Run(int64_t piece) override {
    const int64_t begin = piece * kPieceElements, size = static_cast<int64_t>(SizeOf(output_.dense().type));
    const int64_t count = std::min(kPieceElements, output_.dense().elements() - begin);
    alignas(64) std::byte block[kBlockBytes];
    for (int64_t i = 0, n; i < count; i += n) {
      n = std::min(kBlockBytes / size, count - i);
      Compute(begin + i, begin + i + n, block);
      output_.Encode(piece, i, block, n, Ahead(begin + i + n, n));
    }
    output_.EndPart(piece);
  }
  void Finish() override { output_.Conclude(); }

 private:
  static constexpr int64_t kBlockBytes = 16384;

  SparseOutput& output_;
};

}  // namespace

std::unique_ptr<Work> MakeElementwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Elementwise>(task, output);
}

std::unique_ptr<Work> MakeElementwise(const Task& task, SparseOutput& output) {
  return std::make_unique<SparseElementwise>(task, output);
}

}  // namespace actserve::cpu
