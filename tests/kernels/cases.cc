#include "tests/kernels/cases.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace actserve::testing {
namespace {

constexpr Direction kDirections[] = {Direction::kEvaluate, Direction::kGradient};

template <class Add>
std::vector<Case> Collect(Wanted wanted, Add add) {
  std::vector<Case> cases;
  for (const Function& function : Functions()) {
    if (wanted(function.info)) add(cases, function);
  }
  return cases;
}

}  // namespace

bool All(const FunctionInfo&) { return true; }
bool IsPointwise(const FunctionInfo& info) { return info.kind != FunctionKind::kRowwise; }
bool IsPerChannel(const FunctionInfo& info) { return info.kind == FunctionKind::kPerChannel; }
bool IsRowwise(const FunctionInfo& info) { return info.kind == FunctionKind::kRowwise; }
bool HasLimits(const FunctionInfo& info) {
  const bool required =
      std::any_of(info.params.begin(), info.params.end(), [](const ParamInfo& p) { return p.required; });
  return IsPointwise(info) && !required;
}
bool IsLearnable(const FunctionInfo& info) {
  return std::any_of(info.params.begin(), info.params.end(), [](const ParamInfo& param) { return param.learnable; });
}

std::string_view Name(Direction direction) { return direction == Direction::kEvaluate ? "Evaluate" : "Gradient"; }

std::vector<Case> CasesByDirection(Wanted wanted) {
  return Collect(wanted, [](std::vector<Case>& cases, const Function& function) {
    for (const Direction direction : kDirections) {
      cases.push_back({absl::StrFormat("%s_%s", function.info.name, Name(direction)), &function, direction});
    }
  });
}

std::vector<Case> CasesByType(Wanted wanted) {
  return Collect(wanted, [](std::vector<Case>& cases, const Function& function) {
    for (const DataType type : kWideTypes) {
      const std::string name = absl::StrFormat("%s_%s", function.info.name, actserve::Name(type));
      cases.push_back({name, &function, Direction::kEvaluate, type, type});
    }
  });
}

std::vector<Case> CasesByDirectionAndType(Wanted wanted) {
  std::vector<Case> cases;
  for (const Case& by_direction : CasesByDirection(wanted)) {
    for (const DataType type : kWideTypes) {
      Case& added = cases.emplace_back(by_direction);
      added.name += absl::StrFormat("_%s", actserve::Name(type));
      added.type = added.output_type = type;
    }
  }
  return cases;
}

std::vector<Case> CasesByDirectionAndTypes(Wanted wanted) {
  constexpr DataType kMixed[][2] = {{DataType::kF16, DataType::kF32},
                                    {DataType::kF32, DataType::kBF16},
                                    {DataType::kF64, DataType::kF16},
                                    {DataType::kBF16, DataType::kF64}};
  std::vector<Case> cases = CasesByDirectionAndType(wanted);
  for (const Case& by_direction : CasesByDirection(wanted)) {
    for (const auto& [input, output] : kMixed) {
      Case& added = cases.emplace_back(by_direction);
      added.name += absl::StrFormat("_%s_to_%s", actserve::Name(input), actserve::Name(output));
      added.type = input;
      added.output_type = output;
    }
  }
  return cases;
}

}  // namespace actserve::testing
