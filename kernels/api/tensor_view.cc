#include "kernels/api/tensor_view.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

constexpr int64_t kMaxElements = INT64_MAX / 8;  // so that byte counts fit for every type

std::string ToText(std::span<const int64_t> dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += absl::StrFormat("%s%d", i == 0 ? "" : ", ", dims[i]);
  return text + "]";
}

}  // namespace

absl::StatusOr<Shape> Shape::Make(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return InvalidField("shape", absl::StrFormat("has rank %d; expected at most %d", dims.size(), kMaxRank));
  }
  Shape shape;
  shape.rank_ = static_cast<int>(dims.size());
  int64_t product = 1;
  bool empty = false;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < 0) {
      return InvalidField("shape",
                          absl::StrFormat("%s: dimension %d is %d; expected 0 or more", ToText(dims), i, dims[i]));
    }
    shape.dims_[i] = dims[i];
    if (dims[i] == 0) {
      empty = true;
    } else if (product > kMaxElements / dims[i]) {
      return InvalidField("shape",
                          absl::StrFormat("%s: the product of the dimensions overflows; expected at most %d elements",
                                          ToText(dims), kMaxElements));
    } else {
      product *= dims[i];
    }
  }
  shape.elements_ = empty ? 0 : product;
  return shape;
}

int64_t Shape::outer(int axis) const {
  int64_t product = 1;
  for (int i = 0; i < std::min(axis, rank_); ++i) product *= dims_[i];
  return product;
}

int64_t Shape::inner(int axis) const {
  int64_t product = 1;
  for (int i = axis + 1; i < rank_; ++i) product *= dims_[i];
  return product;
}

std::string Shape::ToString() const { return ToText(dims()); }

absl::Status CheckByteCount(DataType type, const Shape& shape, size_t bytes) {
  const size_t expected = static_cast<size_t>(shape.elements()) * SizeOf(type);
  if (bytes == expected) return absl::OkStatus();
  return InvalidField("data", absl::StrFormat("has %d bytes; expected %d for %s%s (%d elements of %d bytes)", bytes,
                                              expected, Name(type), shape.ToString(), shape.elements(), SizeOf(type)));
}

}  // namespace actserve
