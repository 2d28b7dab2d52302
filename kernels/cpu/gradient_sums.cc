// Gradients of learnable parameters: sums over all elements that a parameter acts on, in the order of math/summation.h.
//
// A channel's elements are summed in the order they have in memory. A piece is a range of leaves of one channel, or
// several channels whole when they are short; what it leaves are partial sums, which Finish adds up in that order. A
// parameter shared by all channels, beside one that is not, is the sum of its channels' sums.
#include <algorithm>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/operands.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

constexpr int64_t kLeaf = SummationOrder::kLeaf;
constexpr int kRangeLevels = 7;
static_assert(kPieceElements / kLeaf < 1 << kRangeLevels, "the leaves of a range fit its tree");

class GradientSums : public Work {
 public:
  GradientSums(const Task& task, std::span<const MutableTensorView> outputs)
      : task_(task), outputs_(outputs.begin(), outputs.end()), number_(task.call.compute_type()) {
    const Shape shape = task.call.value_shape();
    if (task.params.by_channel()) {
      channels_ = task.call.axis_extent();
      inner_ = shape.inner(task.call.axis);
    } else {
      inner_ = shape.elements();
    }
    length_ = channels_ == 0 ? 0 : shape.elements() / channels_;
    ranges_ = std::max<int64_t>(1, (length_ + kPieceElements - 1) / kPieceElements);
    channels_per_piece_ = std::max<int64_t>(1, kPieceElements / std::max<int64_t>(kLeaf, length_));
    if (length_ > 0) partial_.resize(channels_ * ranges_ * slots());
  }

  int64_t pieces() const override {
    if (length_ == 0) return 0;
    return (channels_ + channels_per_piece_ - 1) / channels_per_piece_ * ranges_;
  }

  void Run(int64_t piece) override {
    const int64_t range = piece % ranges_, first = piece / ranges_ * channels_per_piece_;
    for (int64_t c = first; c < std::min(first + channels_per_piece_, channels_); ++c) SumRange(c, range);
  }

  void Finish() override {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const int param = task_.call.gradient_params[i];
      const MutableTensorView& output = outputs_[i];
      const bool by_channel = task_.params.by_channel(param);
      for (int64_t k = 0; k < output.elements(); ++k) {
        // Outputs are [segments][channels], [segments] or a single number.
        const int64_t segment = by_channel ? k / channels_ : k;
        const int slot = param * task_.params.segments() + static_cast<int>(segment);
        DoubleDouble sum;  // zero where there is nothing to sum
        if (length_ > 0) sum = by_channel ? ChannelSum(k % channels_, slot) : SharedSum(slot);
        StoreElement(output.type, sum.Rounded(), output.data + k * SizeOf(output.type));
      }
    }
  }

 private:
  int slots() const { return task_.params.slots(); }
  DoubleDouble* Partial(int64_t channel, int64_t range) {
    return partial_.data() + (channel * ranges_ + range) * slots();
  }

  DoubleDouble ChannelSum(int64_t channel, int slot) {
    PairwiseTree<> tree;
    for (int64_t range = 0; range < ranges_; ++range) tree.Push(Partial(channel, range)[slot]);
    return tree.Total();
  }
  DoubleDouble SharedSum(int slot) {
    PairwiseTree<> tree;
    for (int64_t c = 0; c < channels_; ++c) tree.Push(ChannelSum(c, slot));
    return tree.Total();
  }

  void SumRange(int64_t channel, int64_t range) {
    alignas(64) std::byte x[2 * kLeaf * 8] = {}, dy[kLeaf * 8] = {};  // x: of gated functions two operands
    std::byte* const gate = x + kLeaf * 8;
    const bool is_gated = task_.call.function->info.kind == FunctionKind::kGated;
    std::vector<PairwiseTree<DoubleDouble, kRangeLevels>> trees(slots());
    std::vector<DoubleDouble> leaf(slots());
    const int64_t end = std::min((range + 1) * kPieceElements, length_);
    for (int64_t at = range * kPieceElements; at < end; at += kLeaf) {
      const int64_t n = std::min(kLeaf, end - at);
      is_gated ? Operands(task_.call).Load(at, n, number_, x, kLeaf * 8) : Gather(task_.call.input, channel, at, n, x);
      if (task_.call.upstream) {
        Gather(*task_.call.upstream, channel, at, n, dy);
      } else {
        FillWithOnes(number_, dy, n);
      }
      const KernelParams params = task_.params.ForChannel(channel);
      const auto index = static_cast<size_t>(number_);
      is_gated ? task_.kernel.gated_leaf_sums[index](x, gate, dy, n, params, leaf.data())
               : task_.kernel.leaf_sums[index](x, dy, n, params, leaf.data());
      for (int slot = 0; slot < slots(); ++slot) trees[slot].Push(leaf[slot]);
    }
    for (int slot = 0; slot < slots(); ++slot) Partial(channel, range)[slot] = trees[slot].Total();
  }

  // n of a channel's elements from `at`, counted along the channel.
  void Gather(const InputView& from, int64_t channel, int64_t at, int64_t n, std::byte* to) const {
    const size_t size = SizeOf(number_);
    for (int64_t i = 0; i < n;) {
      const int64_t outer = (at + i) / inner_, within = (at + i) % inner_;
      const int64_t count = std::min(n - i, inner_ - within);
      const int64_t first = (outer * channels_ + channel) * inner_ + within;
      if (count == 1 && !IsByte(from.type)) {
        alignas(8) std::byte scratch[8];
        StoreElement(number_, LoadElement(from.type, from.At(first, 1, scratch).data), to + i * size);
      } else {
        ToNumbers(from, first, count, number_, to + i * size);
      }
      i += count;
    }
  }

  const Task& task_;
  std::vector<MutableTensorView> outputs_;
  DataType number_;
  int64_t channels_ = 1, inner_ = 1, length_ = 0, ranges_ = 1, channels_per_piece_ = 1;
  std::vector<DoubleDouble> partial_;  // [channel][range][slot]
};

}  // namespace

std::unique_ptr<Work> MakeGradientSums(const Task& task, std::span<const MutableTensorView> outputs) {
  return std::make_unique<GradientSums>(task, outputs);
}

}  // namespace actserve::cpu
