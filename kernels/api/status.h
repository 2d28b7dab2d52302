// Errors that name the field at fault, so that a server can point at it and a person can find it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace actserve {

// INVALID_ARGUMENT whose FieldOf is `field`; the message should say the value and what was expected.
absl::Status InvalidField(std::string_view field, std::string message);

// The same status with `prefix` put before its field ("shape" under "input" gives "input.shape").
absl::Status UnderField(std::string_view prefix, absl::Status status);

// The field of a parameter: "parameters.<name>".
std::string ParameterField(std::string_view name);

// The field at fault, or empty.
std::string FieldOf(const absl::Status& status);

}  // namespace actserve
