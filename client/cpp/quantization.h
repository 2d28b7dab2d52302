// What the integers of i8 and u8 tensors stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/api/quantization.h"

namespace actserve::client {

// number = scale * (integer - zero_point); see the server's definition in activation.proto.
struct Quantization {
  std::vector<float> scales = {};         // one, or one for each index along `axis`
  std::vector<int32_t> zero_points = {};  // as many, or none: all 0
  std::optional<int> axis = {};           // negative counts from the end

  bool given() const { return !scales.empty() || !zero_points.empty() || axis.has_value(); }
  actserve::Quantization view() const { return {scales, zero_points, axis}; }
  friend bool operator==(const Quantization&, const Quantization&) = default;
};

}  // namespace actserve::client
