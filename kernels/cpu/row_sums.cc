// Gradients of a row-wise function's learnable parameters: sums over all rows, in their order, by the tree of
// math/summation.h, a row being a leaf.
//
// A piece is a range of rows, so many that it is a tree of the whole; what it leaves are partial sums, which Finish
// adds up.
#include <algorithm>
#include <bit>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

class RowGradientSums : public Work {
 public:
  RowGradientSums(const Task& task, std::span<const MutableTensorView> outputs)
      : task_(task), outputs_(outputs.begin(), outputs.end()), number_(task.call.compute_type()) {
    const Shape& shape = task.call.input.shape;
    length_ = task.call.axis_extent();
    inner_ = shape.rank() == 0 ? 1 : shape.inner(task.call.axis);
    rows_ = length_ == 0 ? 0 : shape.elements() / length_;
    const int64_t most = std::max<int64_t>(1, kPieceElements / std::max<int64_t>(1, length_));
    rows_of_piece_ = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(most)));
    partial_.resize(static_cast<size_t>(pieces() * params()));
  }

  int64_t pieces() const override { return (rows_ + rows_of_piece_ - 1) / rows_of_piece_; }

  void Run(int64_t piece) override {
    const int64_t bytes = length_ * static_cast<int64_t>(SizeOf(number_));
    std::vector<std::byte> memory(static_cast<size_t>(3 * bytes));
    std::byte *x = memory.data(), *dy = x + bytes, *kept = dy + bytes;
    std::vector<PairwiseTree<DoubleDouble, kLevels>> trees(static_cast<size_t>(params()));
    const int64_t end = std::min((piece + 1) * rows_of_piece_, rows_);
    for (int64_t row = piece * rows_of_piece_; row < end; ++row) {
      Gather(task_.call.input, row, x);
      if (task_.call.upstream) {
        Gather(*task_.call.upstream, row, dy);
      } else {
        FillWithOnes(number_, dy, length_);
      }
      DoubleDouble sums[kMaxParams];
      task_.kernel.row_sums[static_cast<int>(number_)](x, dy, kept, length_, task_.params.ForChannel(0), sums);
      for (int i = 0; i < params(); ++i) trees[i].Push(sums[i]);
    }
    for (int i = 0; i < params(); ++i) partial_[piece * params() + i] = trees[i].Total();
  }

  void Finish() override {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      PairwiseTree<> tree;
      for (int64_t piece = 0; piece < pieces(); ++piece) {
        tree.Push(partial_[piece * params() + task_.call.gradient_params[i]]);
      }
      StoreElement(outputs_[i].type, tree.Total().Rounded(), outputs_[i].data);
    }
  }

 private:
  static constexpr int kLevels = 16;
  static_assert(kPieceElements < 1 << kLevels, "the rows of a piece fit its tree");

  int params() const { return static_cast<int>(task_.call.params.size()); }

  void Gather(const InputView& from, int64_t row, std::byte* to) const {
    const int64_t first = row / inner_ * length_ * inner_ + row % inner_;
    if (inner_ == 1) return ToNumbers(from, first, length_, number_, to);
    for (int64_t i = 0; i < length_; ++i) ToNumbers(from, first + i * inner_, 1, number_, to + i * SizeOf(number_));
  }

  const Task& task_;
  std::vector<MutableTensorView> outputs_;
  DataType number_;
  int64_t length_, inner_, rows_, rows_of_piece_;
  std::vector<DoubleDouble> partial_;  // [piece][parameter]
};

}  // namespace

std::unique_ptr<Work> MakeRowGradientSums(const Task& task, std::span<const MutableTensorView> outputs) {
  return std::make_unique<RowGradientSums>(task, outputs);
}

}  // namespace actserve::cpu
