// The wire's enumerations as ours.
#pragma once

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/data_type.h"
#include "kernels/api/sparse.h"

namespace actserve {

v1::DataType ToWire(DataType type);

// INVALID_ARGUMENT for UNSPECIFIED and for numbers that the enumeration does not have.
absl::StatusOr<DataType> FromWire(int type);

v1::OutputEncoding ToWire(Encoding encoding);

// UNSPECIFIED is kDense. INVALID_ARGUMENT for numbers that the enumeration does not have.
absl::StatusOr<Encoding> EncodingFromWire(int encoding);

}  // namespace actserve
