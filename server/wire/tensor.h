// Tensors as they arrive, before anything in them is believed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "kernels/api/input_view.h"

namespace actserve {

struct WireQuantization {
  absl::InlinedVector<float, 1> scales;
  absl::InlinedVector<int32_t, 1> zero_points;
  std::optional<int> axis;
};

// A view of it.
inline Quantization ToView(const WireQuantization& wire) {
  return {{wire.scales.data(), wire.scales.size()}, {wire.zero_points.data(), wire.zero_points.size()}, wire.axis};
}

struct WireTensor {
  int data_type = 0;  // any number
  absl::InlinedVector<int64_t, kMaxRank> shape;
  // `data`: bytes [begin, begin + bytes) of what the chunks hold.
  std::span<const Chunk> chunks;
  int64_t begin = 0, bytes = 0;
  std::optional<WireQuantization> quantization = {};
};

// The same as a view that kernels take. INVALID_ARGUMENT (field "data_type", "shape" or "data") for a type that is not
// supported, a shape that is no shape, or data of another length than theirs. Whether a quantization fits is for
// CheckCall to say.
absl::StatusOr<InputView> ToView(const WireTensor& tensor);

}  // namespace actserve
