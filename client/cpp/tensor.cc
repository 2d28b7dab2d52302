#include "client/cpp/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cpp/rounding.h"
#include "kernels/api/element.h"
#include "kernels/api/status.h"

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
    case DataType::kF8E4M3: return Store(RoundToF8E4M3(value), to);
    case DataType::kF8E5M2: return Store(RoundToF8E5M2(value), to);
    case DataType::kI8: return Store(RoundToCode<int8_t>(value), to);
    case DataType::kU8: return Store(RoundToCode<uint8_t>(value), to);
  }
}

int64_t ChannelOf(int64_t element, const actserve::Quantization& quantization, const Shape& shape) {
  return quantization.by_channel() ? element / shape.inner(*quantization.axis) % quantization.channels() : 0;
}

// The quantization as a tensor keeps it: null where there is to be none.
absl::StatusOr<std::shared_ptr<const Quantization>> Checked(DataType type, const Shape& shape,
                                                            Quantization quantization) {
  const absl::StatusOr<actserve::Quantization> checked =
      CheckQuantization("quantization", type, shape, quantization.view());
  if (!checked.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %s", FieldOf(checked.status()), std::string(checked.status().message())));
  }
  if (!IsQuantized(type)) return nullptr;
  quantization.axis = checked->axis;
  return std::make_shared<const Quantization>(std::move(quantization));
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

absl::StatusOr<Tensor> Tensor::Make(DataType type, const Shape& shape, std::string bytes, Quantization quantization) {
  return Make(type, shape, ToCord(std::move(bytes)), std::move(quantization));
}

absl::StatusOr<Tensor> Tensor::Borrow(DataType type, const Shape& shape, std::span<const std::byte> bytes,
                                      std::shared_ptr<const void> owner, Quantization quantization) {
  return Make(type, shape, ToCord(bytes, std::move(owner)), std::move(quantization));
}

absl::StatusOr<Tensor> Tensor::Make(DataType type, const Shape& shape, absl::Cord bytes, Quantization quantization) {
  if (absl::Status status = CheckByteCount(type, shape, bytes.size()); !status.ok()) return status;
  absl::StatusOr<SharedQuantization> checked = Checked(type, shape, std::move(quantization));
  if (!checked.ok()) return checked.status();
  return Tensor(type, shape, std::move(bytes), *std::move(checked));
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
  const double element = LoadElement(type_, reinterpret_cast<const std::byte*>(bytes_->Together()) + i * SizeOf(type_));
  if (quantization_ == nullptr) return element;
  const actserve::Quantization quantization = quantization_->view();
  const int64_t channel = ChannelOf(i, quantization, shape_);
  return quantization.scales[channel] * (element - quantization.zero_point(channel));
}

std::vector<double> Tensor::ToDoubles() const {
  std::vector<double> values(static_cast<size_t>(elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = at(static_cast<int64_t>(i));
  return values;
}

Tensor Tensor::Cast(DataType type) const {
  if (type == type_ && !IsQuantized(type)) return *this;
  std::string bytes(static_cast<size_t>(elements()) * SizeOf(type), '\0');
  for (int64_t i = 0; i < elements(); ++i) StoreElement(type, at(i), bytes.data() + i * SizeOf(type));
  SharedQuantization integers;
  if (IsQuantized(type)) integers = std::make_shared<const Quantization>(Quantization{.scales = {1}});
  return Tensor(type, shape_, ToCord(std::move(bytes)), std::move(integers));
}

absl::StatusOr<Tensor> Tensor::Quantize(DataType type, Quantization quantization) const {
  if (!IsQuantized(type)) {
    return absl::InvalidArgumentError(absl::StrFormat("%s cannot be quantized to; expected i8 or u8", Name(type)));
  }
  absl::StatusOr<SharedQuantization> checked = Checked(type, shape_, std::move(quantization));
  if (!checked.ok()) return checked.status();
  const actserve::Quantization view = (*checked)->view();
  std::string bytes(static_cast<size_t>(elements()), '\0');
  for (int64_t i = 0; i < elements(); ++i) {
    const int64_t channel = ChannelOf(i, view, shape_);
    const double number = at(i) / view.scales[channel];
    const double code =
        std::isnan(number) ? view.zero_point(channel) : std::nearbyint(number) + view.zero_point(channel);
    StoreElement(type, code, bytes.data() + i);
  }
  return Tensor(type, shape_, ToCord(std::move(bytes)), *std::move(checked));
}

Tensor Tensor::Slice(int64_t begin, int64_t end) const {
  std::vector<int64_t> dims(shape_.dims().begin(), shape_.dims().end());
  dims[0] = end - begin;
  const size_t row = static_cast<size_t>(shape_.inner(0)) * SizeOf(type_);
  SharedQuantization quantization = quantization_;
  if (quantization != nullptr && quantization->axis == 0) {
    const auto cut = [&](const auto& values) {
      return values.empty() ? values : std::decay_t<decltype(values)>(values.begin() + begin, values.begin() + end);
    };
    quantization = std::make_shared<const Quantization>(
        Quantization{cut(quantization->scales), cut(quantization->zero_points), 0});
  }
  return Tensor(type_, *Shape::Make(dims), Share().Subcord(begin * row, (end - begin) * row), std::move(quantization));
}

absl::StatusOr<Tensor> Tensor::Reshape(const Shape& shape) const {
  if (absl::Status status = CheckByteCount(type_, shape, size()); !status.ok()) return status;
  if (quantization_ != nullptr && quantization_->axis.has_value() && shape != shape_) {
    return absl::InvalidArgumentError("a tensor whose scales have an axis cannot be given another shape");
  }
  Tensor tensor = *this;
  tensor.shape_ = shape;
  return tensor;
}

}  // namespace actserve::client
