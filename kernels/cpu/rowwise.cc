// Row-wise functions along any axis. Rows that are contiguous numbers already are worked on in place; others are
// staged in the thread's buffers, several neighbours at a time, so that memory is read along cache lines.
#include <algorithm>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/transpose.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

// Buffers of a thread that keep their memory from one piece to the next, unless it is large.
class Scratch {
 public:
  ~Scratch() {
    if (bytes_.size() > kKept) std::vector<std::byte>().swap(bytes_);
  }
  explicit Scratch(size_t bytes) : bytes_(Kept()) {
    if (bytes_.size() < bytes) bytes_.resize(bytes);
  }
  std::byte* data() { return bytes_.data(); }

 private:
  static constexpr size_t kKept = size_t{4} << 20;
  static std::vector<std::byte>& Kept() {
    thread_local std::vector<std::byte> bytes;
    return bytes;
  }
  std::vector<std::byte>& bytes_;
};

class Rowwise : public Work {
 public:
  Rowwise(const Task& task, MutableTensorView output)
      : task_(task), output_(output), number_(task.call.compute_type()), size_(SizeOf(number_)) {
    const Shape& shape = output.shape;
    length_ = task.call.axis_extent();
    inner_ = shape.rank() == 0 ? 1 : shape.inner(task.call.axis);
    rows_ = length_ == 0 ? 0 : shape.elements() / length_;
    in_place_ = inner_ == 1 && task.call.input.type == number_ && output.type == number_ &&
                (task.call.direction == Direction::kEvaluate || task.call.upstream.has_value());
    stride_ = length_;
    rows_per_piece_ = std::max<int64_t>(1, kPieceElements / std::max<int64_t>(1, length_));
    bundle_ = std::max<int64_t>(1, (in_place_ ? kPieceElements : kStagedElements) / std::max<int64_t>(1, length_));
    if (inner_ > 1) {
      // Whole lines of memory; and rows beside each other in the buffers not in the same places of the caches.
      bundle_ = std::clamp<int64_t>(kPieceElements / std::max<int64_t>(1, length_) / kLine * kLine, kLine, kWidest);
      rows_per_piece_ = (rows_per_piece_ + bundle_ - 1) / bundle_ * bundle_;
      stride_ = (length_ + kLine - 1) / kLine * kLine + kLine;
    }
  }

  int64_t pieces() const override { return (rows_ + rows_per_piece_ - 1) / rows_per_piece_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * rows_per_piece_, end = std::min(begin + rows_per_piece_, rows_);
    for (int64_t row = begin; row < end;) {
      // Rows of one bundle share their outer index and follow each other along the inner one.
      int64_t count = std::min(bundle_, end - row);
      if (inner_ > 1) count = std::min(count, inner_ - row % inner_);
      in_place_ ? InPlace(row, count) : Staged(row, count);
      row += count;
    }
  }

 private:
  static constexpr int64_t kLine = 16, kWidest = 64;  // rows
  static constexpr int64_t kStagedElements = 4096;    // of contiguous rows that are converted at a time
  static constexpr int64_t kAtATime = 16;             // elements of strided rows

  void Apply(const std::byte* x, const std::byte* dy, std::byte* y, int64_t rows) {
    const int index = static_cast<int>(number_);
    const KernelParams params = task_.params.ForChannel(0);
    if (task_.call.direction == Direction::kEvaluate) {
      task_.kernel.evaluate_rows[index](x, y, rows, stride_, length_, params);
    } else {
      task_.kernel.gradient_rows[index](x, dy, y, rows, stride_, length_, params);
    }
  }

  void InPlace(int64_t row, int64_t count) {
    const int64_t offset = row * length_ * size_;
    Apply(task_.call.input.data + offset, task_.call.upstream ? task_.call.upstream->data + offset : nullptr,
          output_.data + offset, count);
  }

  void Staged(int64_t row, int64_t count) {
    const int64_t plane = stride_ * count;
    Scratch scratch(3 * plane * size_);
    std::byte *x = scratch.data(), *dy = x + plane * size_, *y = dy + plane * size_;
    Gather(task_.call.input, row, count, x);
    if (task_.call.direction == Direction::kGradient) {
      task_.call.upstream ? Gather(*task_.call.upstream, row, count, dy) : FillWithOnes(dy, plane);
    }
    Apply(x, dy, y, count);
    Scatter(y, row, count);
  }

  void FillWithOnes(std::byte* numbers, int64_t n) const {
    for (int64_t i = 0; i < n; ++i) StoreElement(number_, 1, numbers + i * size_);
  }

  // The index of element i of a row in the flattened tensor.
  int64_t Index(int64_t row, int64_t i) const { return (row / inner_ * length_ + i) * inner_ + row % inner_; }

  // Element i of each of `count` neighbouring rows lies together: some elements of all rows are converted, if need be,
  // then dealt out to the rows.
  void Gather(const TensorView& from, int64_t row, int64_t count, std::byte* to) const {
    const auto from_size = static_cast<int64_t>(SizeOf(from.type));
    if (inner_ == 1) return ToNumbers(from.type, from.data + Index(row, 0) * from_size, number_, to, length_ * count);
    std::byte numbers[kAtATime * kWidest * 8];
    for (int64_t i = 0; i < length_; i += kAtATime) {
      const int64_t n = std::min(kAtATime, length_ - i);
      for (int64_t k = 0; k < n; ++k) {
        ToNumbers(from.type, from.data + Index(row, i + k) * from_size, number_, numbers + k * count * size_, count);
      }
      Transpose(size_, numbers, count * size_, n, count, to + i * size_, stride_ * size_);
    }
  }

  void Scatter(const std::byte* from, int64_t row, int64_t count) const {
    const auto to_size = static_cast<int64_t>(SizeOf(output_.type));
    if (inner_ == 1) {
      return FromNumbers(number_, from, output_.type, output_.data + Index(row, 0) * to_size, length_ * count);
    }
    std::byte numbers[kAtATime * kWidest * 8];
    for (int64_t i = 0; i < length_; i += kAtATime) {
      const int64_t n = std::min(kAtATime, length_ - i);
      Transpose(size_, from + i * size_, stride_ * size_, count, n, numbers, count * size_);
      for (int64_t k = 0; k < n; ++k) {
        FromNumbers(number_, numbers + k * count * size_, output_.type, output_.data + Index(row, i + k) * to_size,
                    count);
      }
    }
  }

  const Task& task_;
  MutableTensorView output_;
  DataType number_;
  int64_t size_;  // of a number
  int64_t length_, inner_, rows_;
  bool in_place_;
  int64_t rows_per_piece_, bundle_;  // a bundle is computed at a time
  int64_t stride_;                   // from row to row where they are computed
};

}  // namespace

std::unique_ptr<Work> MakeRowwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Rowwise>(task, output);
}

}  // namespace actserve::cpu
