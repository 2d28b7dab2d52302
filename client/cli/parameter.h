// The values of --param.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/item.h"
#include "client/npy/npy.h"

namespace actserve::client {

// A parameter for every function of the command, or for one.
struct GivenParameter {
  std::string function;  // empty: every one
  Parameter parameter;
};

// Reads "[FUNCTION.]NAME=VALUE": a number; several, separated by commas, for a tensor of one dimension; or @FILE.npy.
// INVALID_ARGUMENT for anything else; ReadNpy's errors for a file.
absl::StatusOr<GivenParameter> ParseParameter(std::string_view text, Uint16 uint16);

// Those that a function gets.
std::vector<Parameter> ParametersOf(const std::vector<GivenParameter>& given, std::string_view function);

}  // namespace actserve::client
