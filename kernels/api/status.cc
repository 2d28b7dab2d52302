#include "kernels/api/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_format.h"

namespace actserve {
namespace {
constexpr char kFieldPayload[] = "type.actserve.dev/field";
}

absl::Status InvalidField(std::string_view field, std::string message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kFieldPayload, absl::Cord(std::string(field)));
  return status;
}

absl::Status UnderField(std::string_view prefix, absl::Status status) {
  if (status.ok()) return status;
  const std::string field = FieldOf(status);
  status.SetPayload(kFieldPayload,
                    absl::Cord(field.empty() ? std::string(prefix) : absl::StrFormat("%s.%s", prefix, field)));
  return status;
}

std::string ParameterField(std::string_view name) { return absl::StrFormat("parameters.%s", name); }

std::string FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> field = status.GetPayload(kFieldPayload);
  return field.has_value() ? std::string(*field) : std::string();
}

}  // namespace actserve
