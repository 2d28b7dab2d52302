// What the integers of i8 and u8 tensors stand for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "kernels/api/data_type.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// The least and the greatest integer of i8 or u8.
constexpr int LeastCode(DataType type) { return type == DataType::kI8 ? -128 : 0; }
constexpr int GreatestCode(DataType type) { return type == DataType::kI8 ? 127 : 255; }

// number = scale * (code - zero_point), exact in f64; and back: code = number / scale, divided in f64, rounded to
// nearest even, + zero_point, saturated. NaN becomes the zero point, which is the number 0. Owns nothing.
struct Quantization {
  std::span<const float> scales;         // one, or one for each index along `axis`; none: there is no quantization
  std::span<const int32_t> zero_points;  // as many, or none: all 0
  std::optional<int> axis;               // negative counts from the end

  bool given() const { return !scales.empty() || !zero_points.empty() || axis.has_value(); }

  // The rest of a quantization that was checked.
  bool by_channel() const { return scales.size() > 1; }
  int64_t channels() const { return static_cast<int64_t>(scales.size()); }
  int32_t zero_point(int64_t channel) const { return zero_points.empty() ? 0 : zero_points[channel]; }
  int64_t inner(const Shape& shape) const { return by_channel() ? shape.inner(*axis) : 1; }

  // Calls body(channel, done, n) for the runs of [first, first + count) in the flattened tensor that have one scale; so
  // many elements came before it.
  template <class Body>
  void ForEachRun(const Shape& shape, int64_t first, int64_t count, Body body) const {
    if (!by_channel()) return body(int64_t{0}, int64_t{0}, count);
    const int64_t inner = shape.inner(*axis);
    for (int64_t done = 0, n; done < count; done += n) {
      const int64_t at = first + done;
      n = std::min(count - done, inner - at % inner);
      body(at / inner % channels(), done, n);
    }
  }
};

// A quantization that fits a tensor of this type and shape: its axis is 0 or more, and there if there are several
// scales. None for a type that is not i8 or u8. INVALID_ARGUMENT otherwise: `field` itself if it is missing or has no
// business there, or below it "scale" (too few or many, or not positive, normal and finite), "zero_point" (too few or
// many, or no integer of the type) or "axis".
absl::StatusOr<Quantization> CheckQuantization(std::string_view field, DataType type, const Shape& shape,
                                               const Quantization& quantization);

}  // namespace actserve
