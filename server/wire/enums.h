// The wire's enumerations as the kernels'; proto/enums.h has the other way.
#pragma once

#include "absl/status/statusor.h"
#include "kernels/api/data_type.h"
#include "kernels/api/function_info.h"
#include "kernels/api/sparse.h"

namespace actserve {

// INVALID_ARGUMENT for UNSPECIFIED and for numbers that the enumeration does not have.
absl::StatusOr<DataType> FromWire(int type);

// UNSPECIFIED is kDense. INVALID_ARGUMENT for numbers that the enumeration does not have.
absl::StatusOr<Encoding> EncodingFromWire(int encoding);

// INVALID_ARGUMENT for UNSPECIFIED and for numbers that the enumeration does not have.
absl::StatusOr<GatedLayout> LayoutFromWire(int layout);

}  // namespace actserve
