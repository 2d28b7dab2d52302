// An array, wherever its bytes lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "client/cpp/bytes.h"
#include "client/cpp/quantization.h"
#include "kernels/api/data_type.h"
#include "kernels/api/tensor_view.h"

namespace actserve::client {

// Elements of one type, dense, row-major and little-endian, as the wire has them; size() is always what type and shape
// ask for. A value whose bytes never change: copies, slices and shapes of the same elements share them. Moving leaves
// the source good for assignment and destruction only. Distinct tensors, and one that no thread assigns to, may be used
// from several threads.
//
// A result's bytes lie in the pieces that the transport received them in, and a request's are sent from where they lie:
// nothing here copies them but what says so.
class Tensor {
 public:
  Tensor();  // an f32 scalar of value 0

  // INVALID_ARGUMENT if `bytes` is not what a tensor of this type and shape has, `dims` is not a shape (Shape::Make),
  // or the quantization does not fit, which i8 and u8 have to have and others cannot have. The first two take the bytes
  // over, the others copy the values.
  static absl::StatusOr<Tensor> Make(DataType type, const Shape& shape, std::string bytes,
                                     Quantization quantization = {});
  static absl::StatusOr<Tensor> Make(DataType type, const Shape& shape, absl::Cord bytes,
                                     Quantization quantization = {});
  static absl::StatusOr<Tensor> Make(std::span<const float> values, const std::vector<int64_t>& dims);
  static absl::StatusOr<Tensor> Make(std::span<const double> values, const std::vector<int64_t>& dims);
  // Of one dimension.
  static Tensor Vector(std::span<const float> values);
  static Tensor Vector(std::span<const double> values);
  // Somebody else's memory, at any address, which may not change as long as `owner` is kept. It is kept as long as a
  // tensor or the transport needs the bytes: after a call that was given up, a while longer than the call.
  static absl::StatusOr<Tensor> Borrow(DataType type, const Shape& shape, std::span<const std::byte> bytes,
                                       std::shared_ptr<const void> owner, Quantization quantization = {});

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  size_t size() const { return bytes_->size(); }  // in bytes
  // Of i8 and u8, with an axis that is not negative; null of other types.
  const Quantization* quantization() const { return quantization_.get(); }

  // The pieces, without a copy: they stay as long as the Cord that is given, and follow each other without regard to
  // elements: one may begin in a piece and end in the next.
  absl::Cord Share() const { return bytes_->Share(); }
  // Copies all bytes to where they are wanted. INVALID_ARGUMENT unless there is room for just size() of them.
  absl::Status CopyTo(std::span<std::byte> to) const;

  // All bytes, and all elements, in one place; valid as long as this tensor is neither assigned to nor moved. Where the
  // bytes lie in several pieces (or for View at an address unfit for T) they are first put together, at most once for
  // all tensors that share them. T is float (f32) or double (f64); INVALID_ARGUMENT for a tensor of another type.
  std::string_view bytes() const { return {bytes_->Together(), size()}; }
  template <class T>
  absl::StatusOr<std::span<const T>> View() const;

  // The value of an element, 0 <= i < elements(); exact for every type, the number of a quantized one. Puts the bytes
  // together, as bytes() does.
  double at(int64_t i) const;
  std::vector<double> ToDoubles() const;

  // The same values in another type, each rounded once to nearest even; integers have scale 1 and zero point 0.
  Tensor Cast(DataType type) const;
  // The same as i8 or u8, quantized. INVALID_ARGUMENT for another type, or a quantization that does not fit.
  absl::StatusOr<Tensor> Quantize(DataType type, Quantization quantization) const;
  // Indices [begin, end) of dimension 0. The rank is at least 1 and 0 <= begin <= end <= shape().dim(0).
  Tensor Slice(int64_t begin, int64_t end) const;
  // The same elements in another shape. INVALID_ARGUMENT if the number of elements differs, or if there are several
  // scales and the shape is another one.
  absl::StatusOr<Tensor> Reshape(const Shape& shape) const;

  friend bool operator==(const Tensor& a, const Tensor& b) {  // of type, shape, quantization and bytes
    return a.type_ == b.type_ && a.shape_ == b.shape_ && a.SameQuantization(b) && a.Share() == b.Share();
  }

 private:
  using SharedQuantization = std::shared_ptr<const Quantization>;

  Tensor(DataType type, const Shape& shape, absl::Cord bytes, SharedQuantization quantization = nullptr)
      : type_(type),
        shape_(shape),
        bytes_(std::make_shared<const Bytes>(std::move(bytes))),
        quantization_(std::move(quantization)) {}
  bool SameQuantization(const Tensor& other) const {
    if (quantization_ == nullptr || other.quantization_ == nullptr) return quantization_ == other.quantization_;
    return *quantization_ == *other.quantization_;
  }

  DataType type_ = DataType::kF32;
  Shape shape_;
  std::shared_ptr<const Bytes> bytes_;
  SharedQuantization quantization_;
};

}  // namespace actserve::client
