#include "client/cpp/tensor.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cpp/rounding.h"
#include "kernels/api/element.h"

namespace actserve::client {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire's bytes are used in place");

template <class T>
constexpr DataType kTypeOf = std::is_same_v<T, double> ? DataType::kF64 : DataType::kF32;

template <class T>
absl::Cord BytesOf(std::span<const T> values) {
  return ToCord(std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
}

template <class T>
void Store(T value, char* to) {
  std::memcpy(to, &value, sizeof value);
}

void StoreElement(DataType type, double value, char* to) {
  switch (type) {
    case DataType::kF64: return Store(value, to);
    case DataType::kF32: return Store(static_cast<float>(value), to);
    case DataType::kF16: return Store(RoundToF16(value), to);
    case DataType::kBF16: return Store(RoundToBF16(value), to);
  }
}

template <class T>
absl::StatusOr<Tensor> MakeOf(std::span<const T> values, const std::vector<int64_t>& dims) {
  absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return shape.status();
  return Tensor::Make(kTypeOf<T>, *shape, BytesOf(values));
}

Shape ShapeOfVector(size_t size) {
  const int64_t dims[] = {static_cast<int64_t>(size)};
  return *Shape::Make(dims);  // memory holds the elements, so their number is in range
}

}  // namespace

Tensor::Tensor() {
  static const auto* const zero = new std::shared_ptr<const Bytes>(
      std::make_shared<const Bytes>(ToCord(std::string(SizeOf(DataType::kF32), '\0'))));
  bytes_ = *zero;
}

absl::StatusOr<Tensor> Tensor::Make(DataType type, const Shape& shape, std::string bytes) {
  return Make(type, shape, ToCord(std::move(bytes)));
}

absl::StatusOr<Tensor> Tensor::Borrow(DataType type, const Shape& shape, std::span<const std::byte> bytes,
                                      std::shared_ptr<const void> owner) {
  return Make(type, shape, ToCord(bytes, std::move(owner)));
}

absl::StatusOr<Tensor> Tensor::Make(DataType type, const Shape& shape, absl::Cord bytes) {
  if (absl::Status status = CheckByteCount(type, shape, bytes.size()); !status.ok()) return status;
  return Tensor(type, shape, std::move(bytes));
}

absl::StatusOr<Tensor> Tensor::Make(std::span<const float> values, const std::vector<int64_t>& dims) {
  return MakeOf(values, dims);
}

absl::StatusOr<Tensor> Tensor::Make(std::span<const double> values, const std::vector<int64_t>& dims) {
  return MakeOf(values, dims);
}

Tensor Tensor::Vector(std::span<const float> values) {
  return Tensor(DataType::kF32, ShapeOfVector(values.size()), BytesOf(values));
}

Tensor Tensor::Vector(std::span<const double> values) {
  return Tensor(DataType::kF64, ShapeOfVector(values.size()), BytesOf(values));
}

absl::Status Tensor::CopyTo(std::span<std::byte> to) const {
  if (to.size() != size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("there is room for %d bytes; expected the tensor's %d", to.size(), size()));
  }
  const absl::Cord pieces = Share();
  for (const absl::string_view piece : pieces.Chunks()) {
    std::memcpy(to.data(), piece.data(), piece.size());
    to = to.subspan(piece.size());
  }
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<std::span<const T>> Tensor::View() const {
  if (type_ != kTypeOf<T>) {
    return absl::InvalidArgumentError(absl::StrFormat("the tensor is of %s, not %s", Name(type_), Name(kTypeOf<T>)));
  }
  return std::span<const T>(reinterpret_cast<const T*>(bytes_->Aligned()), size() / sizeof(T));
}
template absl::StatusOr<std::span<const float>> Tensor::View() const;
template absl::StatusOr<std::span<const double>> Tensor::View() const;

double Tensor::at(int64_t i) const {
  return LoadElement(type_, reinterpret_cast<const std::byte*>(bytes_->Together()) + i * SizeOf(type_));
}

std::vector<double> Tensor::ToDoubles() const {
  std::vector<double> values(static_cast<size_t>(elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = at(static_cast<int64_t>(i));
  return values;
}

Tensor Tensor::Cast(DataType type) const {
  if (type == type_) return *this;
  std::string bytes(static_cast<size_t>(elements()) * SizeOf(type), '\0');
  for (int64_t i = 0; i < elements(); ++i) StoreElement(type, at(i), bytes.data() + i * SizeOf(type));
  return Tensor(type, shape_, ToCord(std::move(bytes)));
}

Tensor Tensor::Slice(int64_t begin, int64_t end) const {
  std::vector<int64_t> dims(shape_.dims().begin(), shape_.dims().end());
  dims[0] = end - begin;
  const size_t row = static_cast<size_t>(shape_.inner(0)) * SizeOf(type_);
  return Tensor(type_, *Shape::Make(dims), Share().Subcord(begin * row, (end - begin) * row));
}

absl::StatusOr<Tensor> Tensor::Reshape(const Shape& shape) const {
  if (absl::Status status = CheckByteCount(type_, shape, size()); !status.ok()) return status;
  Tensor tensor = *this;
  tensor.shape_ = shape;
  return tensor;
}

}  // namespace actserve::client
