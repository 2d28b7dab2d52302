// Row-wise functions along any axis. Rows that are contiguous numbers already are worked on in place; others are
// staged in the thread's buffers, several neighbours at a time, so that memory is read along cache lines. There, where
// the kernel takes rows side by side, neighbours stay neighbours; else each is put in line.
#include <algorithm>
#include <vector>

#include "hwy/cache_control.h"
#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/transpose.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

// Memory of a thread, in whole lines, that it keeps from one piece to the next, unless that is large.
class Scratch {
 public:
  ~Scratch() {
    if (lines_.size() > kKept) std::vector<Line>().swap(lines_);
  }
  explicit Scratch(size_t bytes) : lines_(Kept()) {
    const size_t lines = (bytes + sizeof(Line) - 1) / sizeof(Line);
    if (lines_.size() < lines) lines_.resize(lines);
  }
  std::byte* data() { return lines_.data()->bytes; }

 private:
  struct alignas(kLineBytes) Line {
    std::byte bytes[kLineBytes];
  };
  static constexpr size_t kKept = (size_t{8} << 20) / sizeof(Line);
  static std::vector<Line>& Kept() {
    thread_local std::vector<Line> lines;
    return lines;
  }
  std::vector<Line>& lines_;
};

class Rowwise : public Work {
 public:
  Rowwise(const Task& task, MutableTensorView output)
      : task_(task), output_(task.call, output), number_(task.call.compute_type()), size_(SizeOf(number_)) {
    const Shape& shape = output.shape;
    length_ = task.call.axis_extent();
    inner_ = shape.rank() == 0 ? 1 : shape.inner(task.call.axis);
    rows_ = length_ == 0 ? 0 : shape.elements() / length_;
    in_place_ = inner_ == 1 && task.call.input.type == number_ && output.type == number_ &&
                (task.call.direction == Direction::kEvaluate || task.call.upstream.has_value());
    beside_ = number_ == DataType::kF32 && inner_ >= kBeside && task.kernel.evaluate_lanes != nullptr;
    const int64_t length = std::max<int64_t>(1, length_);
    int64_t piece = std::max<int64_t>(1, kPieceElements / length);  // rows
    if (inner_ <= 1) {
      group_ = rows_;
      bundle_ = std::max<int64_t>(1, (in_place_ ? kPieceElements : kStagedElements) / length);
      stride_ = length_;
    } else {
      group_ = inner_;
      // Whole lines of memory, where rows begin with one, else nearly equal bundles; and in the buffers, rows beside
      // each other not in the same places of the caches.
      const int64_t most = beside_ ? kBesideElements : kPieceElements;
      const int64_t widest = std::clamp(most / length / kLine * kLine, kNarrowest, kWidest);
      bundle_ = RoundUp(Quotient(inner_, Quotient(inner_, widest)), inner_ % kLine == 0 || beside_ ? kLine : 4);
      stride_ = RoundUp(length_, kLine) + kLine;
      const int64_t bytes = output.elements() * static_cast<int64_t>(SizeOf(output.type));
      prefetches_ = bytes >= kPrefetchedBytes;
      streams_ = bytes >= kStreamedBytes;
      if (streams_) piece *= kStreamedPieces;
    }
    together_ = beside_ ? kBeside : prefetches_ ? std::clamp<int64_t>(kTogetherElements / length, 1, bundle_) : bundle_;
    bundles_per_piece_ = std::max<int64_t>(1, piece / bundle_);
  }

  int64_t pieces() const override { return Quotient(bundles(), bundles_per_piece_); }
  // Of all pieces but the last, where they are one range of the output's after another; else 0.
  int64_t elements_in_piece() const { return inner_ == 1 ? bundles_per_piece_ * bundle_ * length_ : 0; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * bundles_per_piece_, end = std::min(begin + bundles_per_piece_, bundles());
    for (int64_t i = begin; i < end; ++i) {
      in_place_ ? InPlace(BundleAt(i)) : Staged(BundleAt(i), i + 1 < end ? BundleAt(i + 1) : Bundle{});
    }
    if (streams_) hwy::FlushStream();
  }

 private:
  static constexpr int64_t kLine = 16, kNarrowest = 32, kWidest = 128;  // rows
  static constexpr int64_t kStagedElements = 4096;    // of contiguous rows that are converted at a time
  static constexpr int64_t kBesideElements = 32768;   // in a bundle of rows side by side: memory favours wide ones
  static constexpr int64_t kDealtElements = 2048;     // of strided rows that are converted and dealt out at a time
  static constexpr int64_t kTogetherElements = 2048;  // that are computed between one request for more and the next
  static constexpr int64_t kPrefetchedBytes = int64_t{2} << 20;  // of an output: more than a core's own cache holds
  static constexpr int64_t kAhead = 8;                           // elements that are asked for before others are copied
  static constexpr int64_t kStreamedPieces = 16;                 // in a piece, which ends with waiting for its stores
  static constexpr int64_t kPage = 4096;

  // Neighbouring rows that are computed together.
  struct Bundle {
    int64_t row = 0, count = 0;
  };

  // Rounded up.
  static int64_t Quotient(int64_t a, int64_t b) { return (a + b - 1) / b; }
  static int64_t RoundUp(int64_t a, int64_t b) { return Quotient(a, b) * b; }

  void Apply(const std::byte* x, const std::byte* dy, std::byte* y, int64_t rows) {
    const int index = static_cast<int>(number_);
    KernelParams params = task_.params.ForChannel(0);
    params.narrow = output_.tensor.type != number_;
    if (task_.call.direction == Direction::kEvaluate) {
      task_.kernel.evaluate_rows[index](x, y, rows, stride_, length_, params);
    } else {
      task_.kernel.gradient_rows[index](x, dy, y, rows, stride_, length_, params);
    }
  }

  // By runs of rows in which no operand leaves its chunk; a row that does is put together first.
  void InPlace(Bundle bundle) {
    const InputView& input = task_.call.input;
    const InputView* upstream = task_.call.upstream ? &*task_.call.upstream : nullptr;
    for (int64_t row = bundle.row, end = bundle.row + bundle.count, n; row < end; row += n) {
      const int64_t first = row * length_;
      alignas(8) std::byte unused[8];
      InputView::Run x = input.At(first, (end - row) * length_, unused), dy = x;
      if (upstream != nullptr) dy = upstream->At(first, x.count, unused);
      n = std::min(x.count, dy.count) / length_;
      if (n > 0) {
        Apply(x.data, upstream == nullptr ? nullptr : dy.data, output_.At(first), n);
        continue;
      }
      n = 1;
      const int64_t bytes = RoundUp(length_ * size_, kLineBytes);
      Scratch scratch(2 * bytes);
      input.Copy(first, length_, scratch.data());
      if (upstream != nullptr) upstream->Copy(first, length_, scratch.data() + bytes);
      Apply(scratch.data(), upstream == nullptr ? nullptr : scratch.data() + bytes, output_.At(first), 1);
    }
  }

  void Staged(Bundle bundle, Bundle next) {
    const bool gradient = task_.call.direction == Direction::kGradient;
    // Stores and loads at the same place of different pages would wait for each other.
    const int64_t rows = beside_ ? RoundUp(bundle.count, kBeside) + kBeside : bundle.count;  // the last by themselves
    const int64_t plane = RoundUp(stride_ * rows * size_, kPage) + kPage / 3 / kLineBytes * kLineBytes;
    Scratch scratch((gradient ? 3 : 2) * plane);
    std::byte *x = scratch.data(), *y = x + plane, *dy = y + plane;
    Gather(task_.call.input, bundle, x);
    if (gradient) {
      task_.call.upstream ? Gather(*task_.call.upstream, bundle, dy) : FillWithOnes(number_, dy, stride_ * rows);
    }
    for (int64_t row = 0; row < bundle.count; row += together_) {
      const int64_t count = std::min(together_, bundle.count - row), offset = row * stride_ * size_;
      if (prefetches_) {
        const int64_t begin = length_ * row / bundle.count, end = length_ * (row + count) / bundle.count;
        Prefetch(task_.call.input, next, begin, end);
        if (task_.call.upstream) Prefetch(*task_.call.upstream, next, begin, end);
      }
      if (!beside_) {
        Apply(x + offset, gradient ? dy + offset : nullptr, y + offset, count);
      } else if (!ApplyBeside(x + offset, dy + offset, y + offset)) {
        const int64_t own = (rows - kBeside) * stride_ * size_;
        Align(x + offset, x + own);
        if (gradient) Align(dy + offset, dy + own);
        Apply(x + own, gradient ? dy + own : nullptr, y + own, kBeside);
        Transpose(size_, y + own, stride_ * size_, kBeside, length_, y + offset, kBeside * size_);
      }
    }
    Scatter(y, bundle);
  }

  bool ApplyBeside(const std::byte* x, const std::byte* dy, std::byte* y) {
    const KernelParams params = task_.params.ForChannel(0);
    const auto numbers = [](auto* bytes) { return reinterpret_cast<const float*>(bytes); };
    auto* to = reinterpret_cast<float*>(y);
    return task_.call.direction == Direction::kEvaluate
               ? task_.kernel.evaluate_lanes(numbers(x), to, length_, params)
               : task_.kernel.gradient_lanes(numbers(x), numbers(dy), to, length_, params);
  }
  // Rows side by side, each put in line.
  void Align(const std::byte* from, std::byte* to) const {
    Transpose(size_, from, kBeside * size_, length_, kBeside, to, stride_ * size_);
  }

  int64_t bundles() const { return group_ == 0 ? 0 : rows_ / group_ * Quotient(group_, bundle_); }
  Bundle BundleAt(int64_t i) const {
    const int64_t in_group = Quotient(group_, bundle_), begin = i % in_group * bundle_;
    return {i / in_group * group_ + begin, std::min(bundle_, group_ - begin)};
  }

  // Asks for elements that will be gathered soon.
  void Prefetch(const InputView& from, Bundle bundle, int64_t begin, int64_t end) const {
    if (from.data() == nullptr) return;
    const auto size = static_cast<int64_t>(SizeOf(from.type));
    PrefetchRows(from.data() + Index(bundle.row, begin) * size, inner_ * size, end - begin, bundle.count * size);
  }

  // The index of element i of a row in the flattened tensor.
  int64_t Index(int64_t row, int64_t i) const { return (row / inner_ * length_ + i) * inner_ + row % inner_; }

  // Element i of each of `count` neighbouring rows lies together: some elements of all rows are converted, if need be,
  // then dealt out to the rows.
  void Gather(const InputView& from, Bundle bundle, std::byte* to) const {
    const auto [row, count] = bundle;
    const auto from_size = static_cast<int64_t>(SizeOf(from.type));
    if (inner_ == 1) return ToNumbers(from, Index(row, 0), length_ * count, number_, to);
    const int64_t bytes = count * from_size;
    alignas(kLineBytes) std::byte elements[kDealtElements * 8], converted[kDealtElements * 8];
    std::byte* numbers = from.type == number_ ? elements : converted;
    for (int64_t i = 0, n; i < length_; i += n) {
      n = std::min(AtATime(count), length_ - i);
      if (prefetches_) Prefetch(from, bundle, i + kAhead, std::min(i + kAhead + n, length_));
      const bool together = from.data() != nullptr;  // or in chunks
      const std::byte* begin = together ? from.data() + Index(row, i) * from_size : elements;
      const int64_t stride = together ? inner_ * from_size : bytes;
      for (int64_t j = 0; !together && j < n; ++j) from.Copy(Index(row, i + j), count, elements + j * bytes);
      if (beside_ && from.type == number_) {
        Deal(begin, stride, n, bytes, to + i * kLineBytes, kBeside * stride_ * size_);
        continue;
      }
      if (IsByte(from.type)) {
        for (int64_t j = 0; j < n; ++j) ToNumbers(from, Index(row, i + j), count, number_, numbers + j * count * size_);
      } else {
        if (together) CopyRows(begin, stride, n, bytes, elements, bytes, false);
        if (from.type != number_) ToNumbers(from.type, elements, number_, converted, n * count);
      }
      if (beside_) {
        Deal(numbers, count * size_, n, count * size_, to + i * kLineBytes, kBeside * stride_ * size_);
      } else {
        Transpose(size_, numbers, count * size_, n, count, to + i * size_, stride_ * size_);
      }
    }
  }

  void Scatter(const std::byte* from, Bundle bundle) const {
    const auto [row, count] = bundle;
    const auto to_size = static_cast<int64_t>(SizeOf(output_.tensor.type));
    if (inner_ == 1) {
      return FromNumbers(number_, from, output_, Index(row, 0), length_ * count, output_.At(Index(row, 0)));
    }
    const int64_t bytes = count * to_size;
    alignas(kLineBytes) std::byte elements[kDealtElements * 8], unconverted[kDealtElements * 8];
    std::byte* numbers = output_.tensor.type == number_ ? elements : unconverted;
    for (int64_t i = 0, n; i < length_; i += n) {
      n = std::min(AtATime(count), length_ - i);
      std::byte* const begin = output_.At(Index(row, i));
      if (beside_) {
        const bool directly = output_.tensor.type == number_ && !streams_;
        Collect(from + i * kLineBytes, kBeside * stride_ * size_, directly ? begin : numbers,
                (directly ? inner_ : count) * size_, n, count * size_);
        if (directly) continue;
      } else {
        Transpose(size_, from + i * size_, stride_ * size_, count, n, numbers, count * size_);
      }
      if (IsByte(output_.tensor.type)) {
        for (int64_t j = 0; j < n; ++j) {
          const int64_t first = Index(row, i + j);
          FromNumbers(number_, numbers + j * count * size_, output_, first, count, output_.At(first));
        }
        continue;
      }
      if (output_.tensor.type != number_) FromNumbers(number_, numbers, output_.tensor.type, elements, n * count);
      CopyRows(elements, bytes, n, bytes, begin, inner_ * to_size, streams_);
    }
  }

  // So many elements of each of `count` rows are dealt out at a time.
  static int64_t AtATime(int64_t count) { return kDealtElements / count / kLine * kLine; }

  const Task& task_;
  const Output output_;
  DataType number_;
  int64_t size_;  // of a number
  int64_t length_, inner_, rows_;
  int64_t group_;  // rows that follow each other at one distance
  bool in_place_, prefetches_ = false, streams_ = false;
  bool beside_;                // rows are computed side by side
  int64_t bundle_, together_;  // rows: of a bundle, and of those computed by one call
  int64_t bundles_per_piece_;
  int64_t stride_;  // from row to row where they are computed
};

// Rows are encoded where they were computed: those of a piece while they are in the caches, if it has whole bytes of
// what has a bit for each element; else all of them at the end.
class SparseRowwise : public Rowwise {
 public:
  SparseRowwise(const Task& task, SparseOutput& output) : Rowwise(task, output.dense()), output_(output) {
    const int64_t elements = elements_in_piece();
    by_pieces_ = elements > 0 && elements % 8 == 0;
    if (by_pieces_) output.Divide(elements);
  }

  void Run(int64_t piece) override {
    Rowwise::Run(piece);
    if (by_pieces_) output_.EncodeInPlace(piece);
  }
  void Finish() override { by_pieces_ ? output_.Conclude() : output_.EncodeAll(); }

 private:
  SparseOutput& output_;
  bool by_pieces_;
};

}  // namespace

std::unique_ptr<Work> MakeRowwise(const Task& task, MutableTensorView output) {
  return std::make_unique<Rowwise>(task, output);
}

std::unique_ptr<Work> MakeRowwise(const Task& task, SparseOutput& output) {
  return std::make_unique<SparseRowwise>(task, output);
}

}  // namespace actserve::cpu
