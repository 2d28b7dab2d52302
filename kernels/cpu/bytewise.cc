// Element-wise functions of 8-bit inputs, by tables of what comes out for each of the 256 codes.
#include <limits>

#include "hwy/cache_control.h"
#include "kernels/cpu/byte_table.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/lookup.h"
#include "kernels/cpu/work.h"

namespace actserve::cpu {
namespace {

constexpr int64_t kPieceBytes = 4 * kPieceElements;
constexpr int64_t kStreamedPieces = 16;  // in a piece, which ends with waiting for its stores
constexpr int64_t kShortestRun = 16;     // codes of a channel in a row that are worth a look-up of their own
constexpr int64_t kMostTables = 256;     // of a call: they are computed before its pieces, by one thread

// What both ways have to do with tables by channel.
class ByTable : public Work {
 protected:
  using Table = std::shared_ptr<const ByteTable>;

  ByTable(const Task& task, MutableTensorView output, Table table, const Quantization& tables)
      : call_(task.call),
        output_(task.call, output),
        elements_(output.elements()),
        table_(std::move(table)),
        tables_(tables),
        inner_(tables.inner(output.shape)) {}

  // Of codes from the element `first` on.
  void LookUpRun(const std::byte* codes, int64_t first, std::byte* out, int64_t n, bool stream) const {
    const int64_t size = table_->entry_bytes;
    if (tables_.by_channel() && inner_ == 1) {
      return LookUpInTurn(table_->Of(0), size, first % tables_.channels(), tables_.channels(), codes, out, n);
    }
    tables_.ForEachRun(output_.tensor.shape, first, n, [&](int64_t channel, int64_t done, int64_t count) {
      LookUp(table_->Of(channel), size, codes + done, out + done * size, count, stream);
    });
  }

  const Call& call_;
  const Output output_;
  const int64_t elements_;

 private:
  const Table table_;
  const Quantization tables_;
  const int64_t inner_;
};

// A table of results.
class Results final : public ByTable {
 public:
  Results(const Task& task, MutableTensorView output, Table table, const Quantization& tables)
      : ByTable(task, output, std::move(table), tables) {}

  int64_t pieces() const override { return (elements_ + piece_ - 1) / piece_; }
  void Run(int64_t piece) override {
    const int64_t begin = piece * piece_, count = std::min(piece_, elements_ - begin);
    call_.input.ForEachRun(begin, count, [&](InputView::Run run, int64_t done) {
      LookUpRun(run.data, begin + done, output_.At(begin + done), run.count, streams_);
    });
    if (streams_) hwy::FlushStream();
  }

 private:
  const bool streams_ = IsByte(output_.tensor.type) && elements_ >= kStreamedBytes;
  const int64_t piece_ = streams_ ? kStreamedPieces * kPieceBytes : kPieceBytes;
};

// A table of slopes, by which the upstream is multiplied.
class Products final : public ByTable {
 public:
  Products(const Task& task, MutableTensorView output, Table table)
      : ByTable(task, output, std::move(table), task.call.input.quantization) {}

  int64_t pieces() const override { return (elements_ + kPieceElements - 1) / kPieceElements; }
  void Run(int64_t piece) override {
    const int64_t begin = piece * kPieceElements, end = std::min(begin + kPieceElements, elements_);
    constexpr int64_t kBlock = 1024;
    alignas(64) double slopes[kBlock], upstream[kBlock];
    for (int64_t at = begin; at < end; at += kBlock) {
      const int64_t n = std::min(kBlock, end - at);
      call_.input.ForEachRun(at, n, [&](InputView::Run run, int64_t done) {
        LookUpRun(run.data, at + done, reinterpret_cast<std::byte*>(slopes + done), run.count, false);
      });
      ToNumbers(*call_.upstream, at, n, DataType::kF64, reinterpret_cast<std::byte*>(upstream));
      for (int64_t i = 0; i < n; ++i) {
        const double product = upstream[i] * slopes[i];
        slopes[i] = product == product ? product : std::numeric_limits<double>::quiet_NaN();
      }
      FromNumbers(DataType::kF64, reinterpret_cast<const std::byte*>(slopes), output_, at, n, output_.At(at));
    }
  }
};

}  // namespace

std::unique_ptr<Work> MakeBytewise(const Task& task, MutableTensorView output) {
  const Call& call = task.call;
  if (!IsByte(call.input.type) || call.function->info.kind != FunctionKind::kElementwise) return nullptr;
  const bool slopes = call.upstream.has_value();
  const Quantization* const tables = slopes ? &call.input.quantization : TablesOf(call);
  if (tables == nullptr) return nullptr;
  const int64_t count = std::max<int64_t>(1, tables->channels());
  const bool runs =
      !tables->by_channel() || tables->inner(call.input.shape) == 1 || tables->inner(call.input.shape) >= kShortestRun;
  if (!runs || count > kMostTables) return nullptr;
  // Computing a table costs as much as computing 256 elements without one.
  const bool worth_it = call.input.elements() >= count * ByteTable::kCodes / 2;
  std::shared_ptr<const ByteTable> table = SharedByteTables().Get(task, slopes, worth_it);
  if (table == nullptr) return nullptr;
  if (slopes) return std::make_unique<Products>(task, output, std::move(table));
  return std::make_unique<Results>(task, output, std::move(table), *tables);
}

}  // namespace actserve::cpu

namespace actserve {

ByteTableCounts CpuByteTables() { return cpu::SharedByteTables().counts(); }

}  // namespace actserve
