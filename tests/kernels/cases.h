// The cases that suites run over: functions, and where it matters directions and types.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "kernels/api/call.h"
#include "kernels/api/registry.h"

namespace actserve::testing {

struct Case {
  std::string name;  // "gelu_Gradient_f32"
  const Function* function = nullptr;
  Direction direction = Direction::kEvaluate;
  DataType type = DataType::kF32;
  DataType output_type = DataType::kF32;
};
inline void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
inline std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

// Which functions a suite is about.
using Wanted = bool (*)(const FunctionInfo& info);
bool HasOneOperand(const FunctionInfo& info);  // all but gated ones
bool IsGated(const FunctionInfo& info);
bool IsPointwise(const FunctionInfo& info);  // element-wise and per-channel
bool IsPerChannel(const FunctionInfo& info);
bool IsRowwise(const FunctionInfo& info);
bool HasLimits(const FunctionInfo& info);    // pointwise, and every parameter has a default
bool IsLearnable(const FunctionInfo& info);  // pointwise, and has a parameter with a gradient

std::vector<Case> CasesByDirection(Wanted wanted);
std::vector<Case> CasesByType(Wanted wanted);  // the output has the input's type
std::vector<Case> CasesByDirectionAndType(Wanted wanted);
// CasesByDirectionAndType, and some whose output has another type.
std::vector<Case> CasesByDirectionAndTypes(Wanted wanted);

std::string_view Name(Direction direction);

}  // namespace actserve::testing
