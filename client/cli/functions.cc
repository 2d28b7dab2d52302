#include "client/cli/functions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/cli/numbers.h"
#include "client/cpp/wire.h"
#include "google/protobuf/util/json_util.h"

namespace actserve::client {
namespace {

template <class Strings>
std::string Joined(const Strings& strings) {
  std::string text;
  for (const auto& each : strings) text += (text.empty() ? "" : ", ") + std::string(each);
  return text;
}

std::string KindOf(const v1::Function& function) {
  switch (function.kind()) {
    case v1::FUNCTION_KIND_ELEMENTWISE: return "element-wise";
    case v1::FUNCTION_KIND_PER_CHANNEL: return "per-channel";
    case v1::FUNCTION_KIND_ROWWISE: return "row-wise";
    default: return "?";
  }
}

std::string ShapeOf(const v1::ParameterInfo& parameter) {
  switch (parameter.shape()) {
    case v1::PARAMETER_SHAPE_SCALAR: return "a number";
    case v1::PARAMETER_SHAPE_CHANNELS: return "a number, or [channels]";
    case v1::PARAMETER_SHAPE_SEGMENTS_CHANNELS: return "[segments], or [segments, channels]";
    default: return "?";
  }
}

std::string RangeOf(const v1::ParameterInfo& parameter) {
  if (parameter.is_count()) return "a whole number, at most a row's elements";
  return absl::StrFormat("from %s to %s", FormatNumber(parameter.min()), FormatNumber(parameter.max()));
}

std::string Signature(const v1::ParameterInfo& parameter) {
  return parameter.name() + (parameter.required() ? "" : "=" + FormatNumber(parameter.default_value()));
}

// "beta = 1, from 0 to 100; a number; learnable".
std::string ParameterLine(const v1::ParameterInfo& parameter) {
  std::string text = parameter.name();
  text += parameter.required() ? ", required" : " = " + FormatNumber(parameter.default_value());
  text += absl::StrFormat(", %s; %s", RangeOf(parameter), ShapeOf(parameter));
  return text + (parameter.learnable() ? "; learnable" : "");
}

void AddField(std::string& text, std::string_view label, std::string_view value) {
  if (!value.empty()) absl::StrAppendFormat(&text, "%-12s %s\n", label, value);
}

}  // namespace

std::string FunctionTable(std::span<const v1::Function> functions) {
  constexpr size_t kColumns = 5;
  std::vector<std::array<std::string, kColumns>> rows = {{"NAME", "ALIASES", "KIND", "PARAMETERS", "FORMULA"}};
  for (const v1::Function& function : functions) {
    std::vector<std::string> parameters;
    for (const v1::ParameterInfo& parameter : function.parameters()) parameters.push_back(Signature(parameter));
    rows.push_back(
        {function.name(), Joined(function.aliases()), KindOf(function), Joined(parameters), function.formula()});
  }
  std::array<size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < kColumns; ++i)
      absl::StrAppendFormat(&text, "%-*s  ", static_cast<int>(widths[i]), row[i]);
    text += row.back() + "\n";
  }
  return text;
}

std::string Description(const v1::Function& function) {
  std::string text;
  AddField(text, "name", function.name());
  AddField(text, "aliases", Joined(function.aliases()));
  AddField(text, "summary", function.summary());
  AddField(text, "formula", function.formula());
  AddField(text, "derivative", function.derivative());
  AddField(text, "kind", KindOf(function));
  for (int i = 0; i < function.parameters_size(); ++i) {
    AddField(text, i == 0 ? "parameters" : "", ParameterLine(function.parameters(i)));
    if (!function.parameters(i).summary().empty()) AddField(text, "", "  " + function.parameters(i).summary());
  }
  if (function.has_limits()) {
    const v1::Limits& limits = function.limits();
    AddField(text, "limits",
             absl::StrFormat("f(-inf) = %s, f(inf) = %s", FormatNumber(limits.value_at_minus_infinity()),
                             FormatNumber(limits.value_at_plus_infinity())));
    AddField(
        text, "",
        absl::StrFormat("f'(-inf) = %s, f'(0) = %s, f'(inf) = %s", FormatNumber(limits.derivative_at_minus_infinity()),
                        FormatNumber(limits.derivative_at_zero()), FormatNumber(limits.derivative_at_plus_infinity())));
  }
  std::vector<std::string> types;
  for (const int wire : function.data_types()) {
    const absl::StatusOr<DataType> type = FromWire(static_cast<v1::DataType>(wire));
    types.push_back(type.ok() ? std::string(Name(*type)) : std::to_string(wire));
  }
  AddField(text, "types", Joined(types));
  AddField(text, "used in", function.usage());
  AddField(text, "reference", function.reference());
  return text;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for messages with an Any of unknown type; ours have none.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

}  // namespace actserve::client
