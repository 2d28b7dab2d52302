// An array that owns its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/api/data_type.h"
#include "kernels/api/tensor_view.h"

namespace actserve::client {

// Elements of one type, dense, row-major and little-endian, as the wire has them. bytes().size() is always what type
// and shape ask for. A value: copying copies the bytes, moving leaves the source good for assignment and destruction
// only. Distinct tensors may be used from distinct threads, one tensor by several threads while none changes it.
class Tensor {
 public:
  // An f32 scalar of value 0.
  Tensor() : bytes_(SizeOf(DataType::kF32), '\0') {}

  // INVALID_ARGUMENT if `bytes` is not what a tensor of this type and shape has, or `dims` is not a shape
  // (Shape::Make).
  static absl::StatusOr<Tensor> Make(DataType type, const Shape& shape, std::string bytes);
  static absl::StatusOr<Tensor> Make(std::span<const float> values, const std::vector<int64_t>& dims);
  static absl::StatusOr<Tensor> Make(std::span<const double> values, const std::vector<int64_t>& dims);
  // Of one dimension.
  static Tensor Vector(std::span<const float> values);
  static Tensor Vector(std::span<const double> values);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  std::string_view bytes() const { return bytes_; }

  // The elements in place, for T float (f32) and double (f64); valid as long as this tensor is neither changed nor
  // moved. INVALID_ARGUMENT for a tensor of another type.
  template <class T>
  absl::StatusOr<std::span<const T>> View() const;

  // The value of an element, 0 <= i < elements(); exact for every type.
  double at(int64_t i) const;
  std::vector<double> ToDoubles() const;

  // The same values in another type, each rounded once to nearest even.
  Tensor Cast(DataType type) const;
  // Indices [begin, end) of dimension 0. The rank is at least 1 and 0 <= begin <= end <= shape().dim(0).
  Tensor Slice(int64_t begin, int64_t end) const;
  // The same elements in another shape. INVALID_ARGUMENT if the number of elements differs.
  absl::StatusOr<Tensor> Reshape(const Shape& shape) &&;
  // Gives the bytes away.
  std::string Release() && { return std::move(bytes_); }

  friend bool operator==(const Tensor&, const Tensor&) = default;  // of type, shape and bytes

 private:
  Tensor(DataType type, const Shape& shape, std::string bytes) : type_(type), shape_(shape), bytes_(std::move(bytes)) {}

  DataType type_ = DataType::kF32;
  Shape shape_;
  std::string bytes_;  // a string, as protobuf's bytes fields are: moved there and back without a copy
};

}  // namespace actserve::client
