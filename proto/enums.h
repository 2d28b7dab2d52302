// The kernels' enumerations as the wire's, for both ends of it.
#pragma once

#include "actserve/v1/activation.pb.h"
#include "kernels/api/data_type.h"
#include "kernels/api/function_info.h"
#include "kernels/api/sparse.h"

namespace actserve {

constexpr v1::DataType ToWire(DataType type) {
  switch (type) {
    case DataType::kF64: return v1::DATA_TYPE_F64;
    case DataType::kF32: return v1::DATA_TYPE_F32;
    case DataType::kF16: return v1::DATA_TYPE_F16;
    case DataType::kBF16: return v1::DATA_TYPE_BF16;
    case DataType::kF8E4M3: return v1::DATA_TYPE_F8E4M3FN;
    case DataType::kF8E5M2: return v1::DATA_TYPE_F8E5M2;
    case DataType::kI8: return v1::DATA_TYPE_I8;
    case DataType::kU8: return v1::DATA_TYPE_U8;
  }
  return v1::DATA_TYPE_UNSPECIFIED;
}

constexpr v1::OutputEncoding ToWire(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDense: return v1::OUTPUT_ENCODING_DENSE;
    case Encoding::kBitmap: return v1::OUTPUT_ENCODING_BITMAP;
    case Encoding::kTwoFour: return v1::OUTPUT_ENCODING_TWO_FOUR;
    case Encoding::kAuto: return v1::OUTPUT_ENCODING_AUTO;
  }
  return v1::OUTPUT_ENCODING_UNSPECIFIED;
}

constexpr v1::GatedLayout ToWire(GatedLayout layout) {
  switch (layout) {
    case GatedLayout::kHalves: return v1::GATED_LAYOUT_HALVES;
    case GatedLayout::kHalvesGateFirst: return v1::GATED_LAYOUT_HALVES_GATE_FIRST;
    case GatedLayout::kInterleaved: return v1::GATED_LAYOUT_INTERLEAVED;
    case GatedLayout::kInterleavedGateFirst: return v1::GATED_LAYOUT_INTERLEAVED_GATE_FIRST;
  }
  return v1::GATED_LAYOUT_UNSPECIFIED;
}

}  // namespace actserve
