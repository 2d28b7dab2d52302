#include "server/wire/enums.h"

#include "absl/strings/str_format.h"
#include "proto/enums.h"

namespace actserve {

absl::StatusOr<DataType> FromWire(int type) {
  switch (type) {
    case v1::DATA_TYPE_F64: return DataType::kF64;
    case v1::DATA_TYPE_F32: return DataType::kF32;
    case v1::DATA_TYPE_F16: return DataType::kF16;
    case v1::DATA_TYPE_BF16: return DataType::kBF16;
    case v1::DATA_TYPE_F8E4M3FN: return DataType::kF8E4M3;
    case v1::DATA_TYPE_F8E5M2: return DataType::kF8E5M2;
    case v1::DATA_TYPE_I8: return DataType::kI8;
    case v1::DATA_TYPE_U8: return DataType::kU8;
    default:
      return absl::InvalidArgumentError(
          absl::StrFormat("%d is not a supported data type; expected DATA_TYPE_F64 (1), DATA_TYPE_F32 (2), "
                          "DATA_TYPE_F16 (3), DATA_TYPE_BF16 (4), DATA_TYPE_F8E4M3FN (5), DATA_TYPE_F8E5M2 (6), "
                          "DATA_TYPE_I8 (7) or DATA_TYPE_U8 (8)",
                          type));
  }
}

absl::StatusOr<Encoding> EncodingFromWire(int encoding) {
  if (encoding == v1::OUTPUT_ENCODING_UNSPECIFIED) return Encoding::kDense;
  for (const Encoding known : kEncodings) {
    if (ToWire(known) == encoding) return known;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("%d is not an output encoding; expected OUTPUT_ENCODING_DENSE (1), OUTPUT_ENCODING_BITMAP (2), "
                      "OUTPUT_ENCODING_TWO_FOUR (3) or OUTPUT_ENCODING_AUTO (4)",
                      encoding));
}

absl::StatusOr<GatedLayout> LayoutFromWire(int layout) {
  for (const GatedLayout known : kGatedLayouts) {
    if (ToWire(known) == layout) return known;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("%d is not a layout; expected GATED_LAYOUT_HALVES (1), GATED_LAYOUT_HALVES_GATE_FIRST (2), "
                      "GATED_LAYOUT_INTERLEAVED (3) or GATED_LAYOUT_INTERLEAVED_GATE_FIRST (4)",
                      layout));
}

}  // namespace actserve
