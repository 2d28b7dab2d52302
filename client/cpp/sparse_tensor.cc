#include "client/cpp/sparse_tensor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace actserve::client {
namespace {

// The bytes of a Cord from the front on, in one place: where they lie, or put together.
class Reader {
 public:
  explicit Reader(const absl::Cord& bytes) : chunks_(bytes.Chunks()), at_(chunks_.begin()) { NextChunk(); }

  // The next bytes; `scratch` has room for them.
  const std::byte* Take(size_t bytes, std::byte* scratch) {
    if (bytes <= left_.size()) return Skip(bytes);
    for (size_t done = 0; done < bytes;) {
      if (left_.empty()) NextChunk();
      const size_t n = std::min(bytes - done, left_.size());
      std::copy_n(Skip(n), n, scratch + done);
      done += n;
    }
    return scratch;
  }

 private:
  const std::byte* Skip(size_t bytes) {
    const std::byte* begin = left_.data();
    left_ = left_.subspan(bytes);
    return begin;
  }
  void NextChunk() {
    if (at_ == chunks_.end()) return;
    left_ = std::as_bytes(std::span(at_->data(), at_->size()));
    ++at_;
  }

  absl::Cord::ChunkRange chunks_;
  absl::Cord::ChunkIterator at_;
  std::span<const std::byte> left_;  // of the chunk before at_
};

std::shared_ptr<const Bytes> Share(absl::Cord bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }

}  // namespace

absl::StatusOr<SparseTensor> SparseTensor::Make(Encoding encoding, DataType type, const Shape& shape,
                                                absl::Cord positions, absl::Cord negative_zeros, absl::Cord values) {
  const size_t value_bytes = values.size();
  SparseTensor tensor(encoding, shape, Share(std::move(positions)), Share(std::move(negative_zeros)), Tensor());
  const SparseView view{encoding, type, shape, tensor.positions(), tensor.negative_zeros()};
  if (absl::Status status = CheckSparse(view, value_bytes); !status.ok()) return status;
  const int64_t stored[] = {static_cast<int64_t>(value_bytes / SizeOf(type))};
  tensor.values_ = *Tensor::Make(type, *Shape::Make(stored), std::move(values));  // as many: that was checked
  return tensor;
}

size_t SparseTensor::size() const { return positions_->size() + negative_zeros_->size() + values_.size(); }

Tensor SparseTensor::ToDense() const {
  constexpr int64_t kBlock = 4096;  // elements; a multiple of 8
  const int64_t n = shape_.elements(), size = static_cast<int64_t>(SizeOf(type()));
  // Of doubles, for their alignment.
  const std::shared_ptr<double[]> memory = std::make_shared_for_overwrite<double[]>(n * size / sizeof(double) + 1);
  auto* const dense = reinterpret_cast<std::byte*>(memory.get());
  const absl::Cord values = values_.Share();
  Reader reader(values);
  std::array<std::byte, kBlock * sizeof(double)> scratch;
  const SparseView tensor = view();
  for (int64_t first = 0; first < n; first += kBlock) {
    const int64_t count = std::min(kBlock, n - first);
    const int64_t stored = CountStored(encoding_, tensor.positions.data() + first / 8, count);
    Expand(tensor, first, count, reader.Take(stored * size, scratch.data()), dense + first * size);
  }
  return *Tensor::Borrow(type(), shape_, std::span(dense, n * size), memory);
}

}  // namespace actserve::client
