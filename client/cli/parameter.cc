#include "client/cli/parameter.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/numbers.h"

namespace actserve::client {
namespace {

absl::StatusOr<std::variant<double, Tensor>> ParseValue(std::string_view text, Uint16 uint16) {
  if (text.starts_with('@')) {
    const std::string path(text.substr(1));
    absl::StatusOr<NpyArray> array = ReadNpy(path);
    if (!array.ok()) return array.status();
    absl::StatusOr<Tensor> tensor = ToTensor(*std::move(array), uint16);
    if (!tensor.ok()) return absl::Status(tensor.status().code(), path + " " + std::string(tensor.status().message()));
    return *std::move(tensor);
  }
  if (text.find(',') == std::string_view::npos) return ParseNumber(text);
  const absl::StatusOr<std::vector<double>> values = ParseNumbers(text);
  if (!values.ok()) return values.status();
  return Tensor::Vector(*values);
}

}  // namespace

absl::StatusOr<GivenParameter> ParseParameter(std::string_view text, Uint16 uint16) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrFormat("--param '%s': expected NAME=VALUE or NAME=@FILE.npy", text));
  }
  absl::StatusOr<std::variant<double, Tensor>> value = ParseValue(text.substr(equals + 1), uint16);
  if (!value.ok()) {
    return absl::Status(value.status().code(),
                        absl::StrFormat("--param '%s': %s", text, std::string(value.status().message())));
  }
  const std::string_view name = text.substr(0, equals);
  const size_t dot = name.find('.');
  GivenParameter given;
  if (dot != std::string_view::npos) given.function = name.substr(0, dot);
  given.parameter.name = dot == std::string_view::npos ? name : name.substr(dot + 1);
  given.parameter.value = *std::move(value);
  return given;
}

std::vector<Parameter> ParametersOf(const std::vector<GivenParameter>& given, std::string_view function) {
  std::vector<Parameter> parameters;
  for (const GivenParameter& each : given) {
    if (each.function.empty() || each.function == function) parameters.push_back(each.parameter);
  }
  return parameters;
}

}  // namespace actserve::client
