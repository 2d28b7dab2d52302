// Shapes, and views of tensors that somebody else owns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "kernels/api/data_type.h"

namespace actserve {

inline constexpr int kMaxRank = 8;

// The dimensions of a tensor in row-major order. A default-constructed shape is a scalar's: rank 0, one element.
// A Shape always has rank <= kMaxRank, dimensions >= 0 and element and byte counts (for any type) that fit int64_t.
class Shape {
 public:
  Shape() = default;
  // INVALID_ARGUMENT (field "shape") for a rank over kMaxRank, a negative dimension, or a product that overflows. The
  // product is taken over the non-zero dimensions, so that no zero hides an absurd shape.
  static absl::StatusOr<Shape> Make(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  int64_t dim(int axis) const { return dims_[axis]; }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  int64_t elements() const { return elements_; }

  // The product of the dimensions before, and after, an axis.
  int64_t outer(int axis) const;
  int64_t inner(int axis) const;

  std::string ToString() const;  // "[2, 3]"
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
  int64_t elements_ = 1;
};

// Elements somebody else owns, dense and row-major. The address need not be aligned.
template <class Byte>
struct BasicTensorView {
  DataType type = DataType::kF32;
  Shape shape;
  Byte* data = nullptr;

  int64_t elements() const { return shape.elements(); }
  size_t bytes() const { return static_cast<size_t>(shape.elements()) * SizeOf(type); }
};
using TensorView = BasicTensorView<const std::byte>;
using MutableTensorView = BasicTensorView<std::byte>;

// Checks that `bytes` is what a tensor of this type and shape has. INVALID_ARGUMENT (field "data") otherwise.
absl::Status CheckByteCount(DataType type, const Shape& shape, size_t bytes);

}  // namespace actserve
