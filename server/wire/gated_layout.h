// The wire's layouts of gated operands as ours.
#pragma once

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/function_info.h"

namespace actserve {

v1::GatedLayout ToWire(GatedLayout layout);

// INVALID_ARGUMENT for UNSPECIFIED and for numbers that the enumeration does not have.
absl::StatusOr<GatedLayout> LayoutFromWire(int layout);

}  // namespace actserve
