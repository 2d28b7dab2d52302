#include "server/wire/data_type.h"

#include "absl/strings/str_format.h"

namespace actserve {

v1::DataType ToWire(DataType type) {
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

v1::OutputEncoding ToWire(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDense: return v1::OUTPUT_ENCODING_DENSE;
    case Encoding::kBitmap: return v1::OUTPUT_ENCODING_BITMAP;
    case Encoding::kTwoFour: return v1::OUTPUT_ENCODING_TWO_FOUR;
    case Encoding::kAuto: return v1::OUTPUT_ENCODING_AUTO;
  }
  return v1::OUTPUT_ENCODING_UNSPECIFIED;
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

}  // namespace actserve
