#include "tests/golden/cases.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace actserve::golden {
namespace {

constexpr DataType kMixedTypes[][2] = {{DataType::kF16, DataType::kF32},       {DataType::kF32, DataType::kBF16},
                                       {DataType::kF64, DataType::kF16},       {DataType::kBF16, DataType::kF64},
                                       {DataType::kI8, DataType::kU8},         {DataType::kU8, DataType::kF32},
                                       {DataType::kF8E4M3, DataType::kF8E5M2}, {DataType::kF8E5M2, DataType::kI8},
                                       {DataType::kF32, DataType::kF8E4M3},    {DataType::kBF16, DataType::kI8}};
constexpr double kFarthest = 1e6;  // in place of a limit that is infinite

std::string_view Name(What what) {
  switch (what) {
    case What::kEvaluate: return "evaluate";
    case What::kGradient: return "gradient";
    case What::kParameters: return "parameters";
  }
  return "";
}

bool IsLearnable(const FunctionInfo& info) {
  return std::any_of(info.params.begin(), info.params.end(), [](const ParamInfo& param) { return param.learnable; });
}

// The k-th value to try of a parameter.
constexpr int kValues = 5;
double ValueOf(const ParamInfo& param, int k) {
  const double low = std::max(param.min, -kFarthest), high = std::min(param.max, kFarthest);
  if (param.is_count) return 1 << k % kValues;
  const double values[kValues] = {0.3, 1.75, -2.5, low, high};
  return std::clamp(values[k % kValues], low, high);
}

bool HasShape(const FunctionInfo& info, ParamShape shape) {
  return std::any_of(info.params.begin(), info.params.end(), [=](const ParamInfo& p) { return p.shape == shape; });
}

std::vector<double> ValuesOf(const FunctionInfo& info, int k) {
  std::vector<double> values;
  for (const ParamInfo& param : info.params) values.push_back(ValueOf(param, k++));
  return values;
}

// Numbers for all parameters: several values of each, not in every combination.
void AddNumbers(const FunctionInfo& info, std::vector<Setting>& settings) {
  for (int k = 0; k < kValues; ++k) {
    Setting setting{"", ValuesOf(info, k)};
    for (size_t i = 0; i < info.params.size(); ++i) {
      absl::StrAppendFormat(&setting.name, "%s%s=%g", i == 0 ? "" : ",", info.params[i].name, setting.numbers[i]);
    }
    const bool is_new = std::none_of(settings.begin(), settings.end(),
                                     [&](const Setting& other) { return other.name == setting.name; });
    if (is_new) settings.push_back(setting);
  }
}

std::vector<Setting> SettingsOf(const FunctionInfo& info) {
  std::vector<Setting> settings;
  if (std::none_of(info.params.begin(), info.params.end(), [](const ParamInfo& p) { return p.required; })) {
    settings.push_back({"default", {}});
  }
  if (HasShape(info, ParamShape::kSegmentsChannels)) {
    for (const int segments : {1, 2, 7}) {
      settings.push_back({absl::StrFormat("shared,segments=%d", segments), ValuesOf(info, 0), false, segments});
      settings.push_back({absl::StrFormat("channels,segments=%d", segments), ValuesOf(info, 0), true, segments});
    }
  } else if (info.params.size() > 0) {
    AddNumbers(info, settings);
    if (HasShape(info, ParamShape::kChannels)) settings.push_back({"channels", ValuesOf(info, 0), true});
  }
  return settings;
}

}  // namespace

std::string Case::name() const {
  std::string type(actserve::Name(input_type));
  if (output_type != input_type) absl::StrAppendFormat(&type, "_to_%s", actserve::Name(output_type));
  return absl::StrFormat("%s %s %s %s", function->info.name, Name(what), type, setting.name);
}

std::vector<Case> CasesOf(const Function& function) {
  std::vector<Case> cases;
  const std::vector<Setting> settings = SettingsOf(function.info);
  for (const What what : {What::kEvaluate, What::kGradient, What::kParameters}) {
    if (what == What::kParameters && !IsLearnable(function.info)) continue;
    for (const Setting& setting : settings) {
      // Only parameters that are given have a gradient.
      if (what == What::kParameters && setting.numbers.empty()) continue;
      for (const DataType type : kWideTypes) cases.push_back({&function, what, type, type, setting});
    }
    for (const auto& [input, output] : kMixedTypes) {
      if (what != What::kParameters) cases.push_back({&function, what, input, output, settings.front()});
    }
  }
  return cases;
}

std::vector<Case> CasesOf(std::span<const Function> functions) {
  std::vector<Case> all;
  for (const Function& function : functions) {
    for (Case& c : CasesOf(function)) all.push_back(std::move(c));
  }
  return all;
}

}  // namespace actserve::golden
