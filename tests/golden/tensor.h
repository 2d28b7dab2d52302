// Tensors that own their elements.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/api/tensor_view.h"

namespace actserve::golden {

class Tensor {
 public:
  Tensor(DataType type, const Shape& shape)  // zeros
      : type_(type), shape_(shape), bytes_(static_cast<size_t>(shape.elements()) * SizeOf(type)) {}

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  TensorView view() const { return {type_, shape_, bytes_.data()}; }
  MutableTensorView mutable_view() { return {type_, shape_, bytes_.data()}; }

  uint64_t bits(int64_t i) const {
    const std::byte* from = bytes_.data() + static_cast<size_t>(i) * SizeOf(type_);
    switch (SizeOf(type_)) {
      case 8: return LoadUnaligned<uint64_t>(from);
      case 4: return LoadUnaligned<uint32_t>(from);
      case 2: return LoadUnaligned<uint16_t>(from);
      default: return LoadUnaligned<uint8_t>(from);
    }
  }
  void SetBits(int64_t i, uint64_t bits) {
    std::byte* to = bytes_.data() + static_cast<size_t>(i) * SizeOf(type_);
    switch (SizeOf(type_)) {
      case 8: return StoreUnaligned(bits, to);
      case 4: return StoreUnaligned(static_cast<uint32_t>(bits), to);
      case 2: return StoreUnaligned(static_cast<uint16_t>(bits), to);
      default: return StoreUnaligned(static_cast<uint8_t>(bits), to);
    }
  }

 private:
  DataType type_;
  Shape shape_;
  std::vector<std::byte> bytes_;
};

}  // namespace actserve::golden
