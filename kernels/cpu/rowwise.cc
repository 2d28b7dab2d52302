// Row-wise functions along any axis. Rows that are contiguous numbers already are worked on in place; others are
// gathered into the thread's buffers, several neighbours at a time, so that memory is read along cache lines.
#include <cstring>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"
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
      : task_(task), output_(output), number_(task.call.compute_type()) {
    const Shape& shape = output.shape;
    length_ = task.call.axis_extent();
    inner_ = shape.rank() == 0 ? 1 : shape.inner(task.call.axis);
    rows_ = length_ == 0 ? 0 : shape.elements() / length_;
    rows_per_piece_ = std::max<int64_t>(1, kPieceElements / std::max<int64_t>(1, length_));
    // Whole bundles of neighbours, where rows are interleaved.
    if (inner_ > 1) rows_per_piece_ = (rows_per_piece_ + kBundle - 1) / kBundle * kBundle;
  }

  int64_t pieces() const override { return (rows_ + rows_per_piece_ - 1) / rows_per_piece_; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * rows_per_piece_, end = std::min(begin + rows_per_piece_, rows_);
    const bool direct = inner_ == 1 && task_.call.input.type == number_ && output_.type == number_ &&
                        (task_.call.direction == Direction::kEvaluate || task_.call.upstream.has_value());
    for (int64_t row = begin; row < end;) {
      // Rows of one bundle share their outer index and follow each other along the inner one.
      const int64_t count = direct        ? end - row
                            : inner_ == 1 ? 1
                                          : std::min({kBundle, end - row, inner_ - row % inner_});
      direct ? Direct(row, count) : Gathered(row, count);
      row += count;
    }
  }

 private:
  static constexpr int64_t kBundle = 16;

  void Apply(const std::byte* x, const std::byte* dy, std::byte* y, int64_t rows) {
    const int index = static_cast<int>(number_);
    const KernelParams params = task_.params.ForChannel(0);
    if (task_.call.direction == Direction::kEvaluate) {
      task_.kernel.evaluate_rows[index](x, y, rows, length_, params);
    } else {
      task_.kernel.gradient_rows[index](x, dy, y, rows, length_, params);
    }
  }

  void Direct(int64_t row, int64_t count) {
    const int64_t offset = row * length_ * static_cast<int64_t>(SizeOf(number_));
    Apply(task_.call.input.data + offset, task_.call.upstream ? task_.call.upstream->data + offset : nullptr,
          output_.data + offset, count);
  }

  void Gathered(int64_t row, int64_t count) {
    const size_t row_bytes = length_ * SizeOf(number_);
    const size_t plane = row_bytes * count;
    Scratch scratch(3 * plane);
    std::byte *x = scratch.data(), *dy = x + plane, *y = dy + plane;
    Gather(task_.call.input, row, count, x);
    if (task_.call.direction == Direction::kGradient) {
      task_.call.upstream ? Gather(*task_.call.upstream, row, count, dy) : FillWithOnes(dy, length_ * count);
    }
    Apply(x, dy, y, count);
    Scatter(y, row, count);
  }

  void FillWithOnes(std::byte* numbers, int64_t n) const {
    for (int64_t i = 0; i < n; ++i) StoreElement(number_, 1, numbers + i * SizeOf(number_));
  }

  // The index of element i of a row in the flattened tensor.
  int64_t Index(int64_t row, int64_t i) const { return (row / inner_ * length_ + i) * inner_ + row % inner_; }

  // Element i of each of `count` neighbouring rows lies together: converted at once, then dealt out to the rows.
  void Gather(const TensorView& from, int64_t row, int64_t count, std::byte* to) const {
    const size_t size = SizeOf(number_), from_size = SizeOf(from.type);
    if (inner_ == 1) return ToNumbers(from.type, from.data + Index(row, 0) * from_size, number_, to, length_);
    std::byte together[kBundle * 8];
    for (int64_t i = 0; i < length_; ++i) {
      ToNumbers(from.type, from.data + Index(row, i) * from_size, number_, together, count);
      for (int64_t r = 0; r < count; ++r) std::memcpy(to + (r * length_ + i) * size, together + r * size, size);
    }
  }

  void Scatter(const std::byte* from, int64_t row, int64_t count) const {
    const size_t size = SizeOf(number_), to_size = SizeOf(output_.type);
    if (inner_ == 1) return FromNumbers(number_, from, output_.type, output_.data + Index(row, 0) * to_size, length_);
    std::byte together[kBundle * 8];
    for (int64_t i = 0; i < length_; ++i) {
      for (int64_t r = 0; r < count; ++r) std::memcpy(together + r * size, from + (r * length_ + i) * size, size);
      FromNumbers(number_, together, output_.type, output_.data + Index(row, i) * to_size, count);
    }
  }

  const Task& task_;
  MutableTensorView output_;
  DataType number_;
  int64_t length_, inner_, rows_, rows_per_piece_;
};

}  // namespace

std::unique_ptr<Work> MakeRowwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Rowwise>(task, output);
}

}  // namespace actserve::cpu
