// Gated functions over a whole tensor.
#include "kernels/cpu/operands.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

class Gated : public Work {
 public:
  Gated(const Task& task, MutableTensorView output, MutableTensorView gate_gradient)
      : task_(task), output_(task.call, output), gate_output_(task.call, task.call.gate ? gate_gradient : output) {}

  int64_t pieces() const override { return (elements_ + piece_elements_ - 1) / piece_elements_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * piece_elements_, end = std::min(begin + piece_elements_, elements_);
    KernelParams params = task_.params.ForChannel(0);
    params.stream = streams_;
    const bool is_direct = has_one_type_ && operands_.are_long() && operands_.count() == 2;
    for (int64_t i = begin, count; i < end; i += count) {
      count = is_direct ? operands_.Together(i, end - i) : std::min(block_, end - i);
      is_direct ? Direct(i, count, params) : Staged(i, count, params);
    }
  }

 private:
  static constexpr int64_t kBlockBytes = Operands::kMost * 8, kAlignment = 64;

  bool is_gradient() const { return task_.call.direction == Direction::kGradient; }

  // One of the kernels, for operands of a type; du and dg are for gradients.
  void Evaluate(DataType type, const std::byte* const* x, std::byte* y, int64_t n, const KernelParams& params) const {
    const auto index = static_cast<size_t>(type);
    if (const auto kernel = task_.kernel.evaluate_pieces[index]) {
      return kernel(reinterpret_cast<const void* const*>(x), operands_.count(), y, n);
    }
    task_.kernel.evaluate_gated[index](x[0], x[1], y, n, params);
  }
  void Differentiate(DataType type, const std::byte* const* x, const std::byte* dy, std::byte* const* dx, int64_t n,
                     const KernelParams& params) const {
    const auto index = static_cast<size_t>(type);
    if (const auto kernel = task_.kernel.gradient_pieces[index]) {
      return kernel(reinterpret_cast<const void* const*>(x), operands_.count(), dy, reinterpret_cast<void* const*>(dx),
                    n);
    }
    task_.kernel.gradient_gated[index](x[0], x[1], dy, dx[0], dx[1], n, params);
  }

  // Two operands where they are, by runs in which none leaves its chunk.
  void Direct(int64_t first, int64_t count, const KernelParams& params) {
    const auto size = static_cast<int64_t>(SizeOf(stage_));
    const int64_t linear = operands_.At(first, 0), gate = operands_.At(first, 1);
    operands_.tensor(0).ForEachRun(linear, count, [&](InputView::Run u, int64_t begin) {
      operands_.tensor(1).ForEachRun(gate + begin, u.count, [&](InputView::Run g, int64_t within) {
        const int64_t at = begin + within;
        const std::byte* const x[] = {u.data + within * size, g.data};
        if (!is_gradient()) return Evaluate(stage_, x, output_.At(first + at), g.count, params);
        const auto differentiate = [&](const std::byte* dy, int64_t from, int64_t n) {
          const std::byte* const part[] = {x[0] + from * size, x[1] + from * size};
          std::byte* const dx[] = {output_.At(linear + at + from), gate_output_.At(gate + at + from)};
          Differentiate(stage_, part, dy, dx, n, params);
        };
        if (!task_.call.upstream) return differentiate(nullptr, 0, g.count);
        task_.call.upstream->ForEachRun(
            first + at, g.count, [&](InputView::Run dy, int64_t from) { differentiate(dy.data, from, dy.count); });
      });
    });
  }

  // Operands that lie in small pieces, are more than two or differ in type from the output: through buffers.
  void Staged(int64_t first, int64_t n, KernelParams params) {
    alignas(64) std::byte x[2 * kBlockBytes], dx[2 * kBlockBytes], dy[kBlockBytes];
    const std::byte* operands[kMaxPieces];
    std::byte* gradients[kMaxPieces];
    for (int k = 0; k < operands_.count(); ++k) {
      operands[k] = x + k * stride_;
      gradients[k] = dx + k * stride_;
    }
    operands_.Load(first, n, stage_, x, stride_);
    if (!is_gradient()) {
      const bool is_same = stage_ == output_.tensor.type;
      params.stream = params.stream && is_same;
      Evaluate(stage_, operands, is_same ? output_.At(first) : dx, n, params);
      if (!is_same) FromNumbers(stage_, dx, output_, first, n, output_.At(first));
      return;
    }
    params.stream = false;
    const bool has_upstream = task_.call.upstream.has_value();
    if (has_upstream) ToNumbers(*task_.call.upstream, first, n, stage_, dy);
    Differentiate(stage_, operands, has_upstream ? dy : nullptr, gradients, n, params);
    operands_.Store(first, n, stage_, dx, stride_, output_, gate_output_);
  }

  const Task& task_;
  const Output output_, gate_output_;
  const Operands operands_{task_.call};
  // What kernels are given where not the operands themselves: its type, each one's bytes, and how many elements.
  const bool has_one_type_ = task_.call.input.type == task_.call.output_type && !task_.call.has_bytes();
  const DataType stage_ = has_one_type_ ? task_.call.input.type : task_.call.compute_type();
  const int64_t stride_ = 2 * kBlockBytes / operands_.count() / kAlignment * kAlignment;
  const int64_t block_ = stride_ / 8;
  const int64_t elements_ = task_.call.value_shape().elements();
  const bool streams_ = elements_ * static_cast<int64_t>(SizeOf(task_.call.output_type)) >= kStreamedBytes;
  // An element is several of the input's. The end of a stream of stores has to be waited for.
  const int64_t piece_elements_ =
      std::max<int64_t>(1, (streams_ ? 16 * kPieceElements : kPieceElements) / operands_.count());
};

}  // namespace

std::unique_ptr<Work> MakeGated(const Task& task, MutableTensorView output, MutableTensorView gate_gradient) {
  return std::make_unique<Gated>(task, output, gate_gradient);
}

}  // namespace actserve::cpu
