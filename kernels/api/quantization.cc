#include "kernels/api/quantization.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

constexpr float kLeastScale = std::numeric_limits<float>::min(), kGreatestScale = std::numeric_limits<float>::max();

absl::Status CheckScales(std::span<const float> scales) {
  for (size_t i = 0; i < scales.size(); ++i) {
    if (scales[i] >= kLeastScale && scales[i] <= kGreatestScale) continue;  // NaN is not
    return InvalidField("scale", absl::StrFormat("value %d is %g; expected a positive, finite and normal f32, %g to %g",
                                                 i, scales[i], kLeastScale, kGreatestScale));
  }
  return absl::OkStatus();
}

absl::Status CheckZeroPoints(DataType type, const Quantization& quantization) {
  const auto [scales, zero_points, axis] = quantization;
  if (!zero_points.empty() && zero_points.size() != scales.size()) {
    return InvalidField("zero_point", absl::StrFormat("has %d values, but scale has %d; expected as many, or none",
                                                      zero_points.size(), scales.size()));
  }
  for (size_t i = 0; i < zero_points.size(); ++i) {
    if (zero_points[i] >= LeastCode(type) && zero_points[i] <= GreatestCode(type)) continue;
    return InvalidField("zero_point", absl::StrFormat("value %d is %d; expected an integer of %s, %d to %d", i,
                                                      zero_points[i], Name(type), LeastCode(type), GreatestCode(type)));
  }
  return absl::OkStatus();
}

absl::Status CheckAxis(const Shape& shape, Quantization& quantization) {
  const auto scales = static_cast<int64_t>(quantization.scales.size());
  if (!quantization.axis.has_value()) {
    if (scales == 1) return absl::OkStatus();
    return InvalidField("scale",
                        absl::StrFormat("has %d values, but there is no axis; expected one value, or an axis", scales));
  }
  const int rank = shape.rank(), given = *quantization.axis;
  if (given < -rank || given >= rank) {
    const std::string expected = rank == 0 ? "none" : absl::StrFormat("a value in [%d, %d]", -rank, rank - 1);
    return InvalidField("axis", absl::StrFormat("is %d, which is out of range for a tensor of shape %s; expected %s",
                                                given, shape.ToString(), expected));
  }
  const int axis = given < 0 ? given + rank : given;
  quantization.axis = axis;
  if (scales == shape.dim(axis)) return absl::OkStatus();
  return InvalidField("scale", absl::StrFormat("has %d values; expected %d, since axis %d of shape %s has so many",
                                               scales, shape.dim(axis), given, shape.ToString()));
}

absl::Status Check(DataType type, const Shape& shape, Quantization& quantization) {
  if (quantization.scales.empty()) return InvalidField("scale", "is missing; expected at least one value");
  if (absl::Status status = CheckAxis(shape, quantization); !status.ok()) return status;
  if (absl::Status status = CheckScales(quantization.scales); !status.ok()) return status;
  return CheckZeroPoints(type, quantization);
}

}  // namespace

absl::StatusOr<Quantization> CheckQuantization(std::string_view field, DataType type, const Shape& shape,
                                               const Quantization& quantization) {
  if (!IsQuantized(type)) {
    if (!quantization.given()) return Quantization{};
    return InvalidField(
        field, absl::StrFormat("is given, but the data type is %s; expected none, or i8 or u8 elements", Name(type)));
  }
  if (!quantization.given()) {
    return InvalidField(field, absl::StrFormat("is missing; expected a scale, since the data type is %s", Name(type)));
  }
  Quantization checked = quantization;
  if (absl::Status status = Check(type, shape, checked); !status.ok()) return UnderField(field, std::move(status));
  return checked;
}

}  // namespace actserve
