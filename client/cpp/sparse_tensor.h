// An array without its zeros, as a result can come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "client/cpp/bytes.h"
#include "client/cpp/tensor.h"
#include "kernels/api/sparse.h"

namespace actserve::client {

// Which elements are stored, and these. A value that never changes, and is always consistent; copies share the bytes.
class SparseTensor {
 public:
  // INVALID_ARGUMENT if the bytes are not those of a tensor of this type and shape: see CheckSparse. `encoding` is
  // kBitmap or kTwoFour; `positions` is the bitmap, or the indices.
  static absl::StatusOr<SparseTensor> Make(Encoding encoding, DataType type, const Shape& shape, absl::Cord positions,
                                           absl::Cord negative_zeros, absl::Cord values);

  Encoding encoding() const { return encoding_; }
  DataType type() const { return values_.type(); }
  const Shape& shape() const { return shape_; }
  int64_t stored() const { return values_.elements(); }
  size_t size() const;  // of all its bytes

  // The bytes as docs/sparse-output.md has them; valid as long as this tensor or a copy of it.
  std::span<const std::byte> positions() const { return SpanOf(*positions_); }
  std::span<const std::byte> negative_zeros() const { return SpanOf(*negative_zeros_); }  // empty: there are none
  // The elements that are stored, in one dimension.
  const Tensor& values() const { return values_; }

  // With the same bits as the dense output has.
  Tensor ToDense() const;

 private:
  SparseTensor(Encoding encoding, const Shape& shape, std::shared_ptr<const Bytes> positions,
               std::shared_ptr<const Bytes> negative_zeros, Tensor values)
      : encoding_(encoding),
        shape_(shape),
        positions_(std::move(positions)),
        negative_zeros_(std::move(negative_zeros)),
        values_(std::move(values)) {}

  static std::span<const std::byte> SpanOf(const Bytes& bytes) {
    return std::as_bytes(std::span(bytes.Together(), bytes.size()));
  }
  SparseView view() const { return {encoding_, type(), shape_, positions(), negative_zeros()}; }

  Encoding encoding_;
  Shape shape_;
  std::shared_ptr<const Bytes> positions_, negative_zeros_;
  Tensor values_;
};

}  // namespace actserve::client
