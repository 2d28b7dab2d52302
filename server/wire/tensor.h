// Tensors as they arrive, before anything in them is believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

struct WireTensor {
  int data_type = 0;  // any number
  std::span<const int64_t> shape;
  std::span<const std::byte> data;
};

// The same as a view that kernels take. INVALID_ARGUMENT (field "data_type", "shape" or "data") for a type that is not
// supported, a shape that is no shape, or data of another length than theirs.
absl::StatusOr<TensorView> ToView(const WireTensor& tensor);

}  // namespace actserve
