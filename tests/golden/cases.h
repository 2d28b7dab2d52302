// What is computed for the golden file: cases, each a line of it, derived from the functions' metadata alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "kernels/api/registry.h"
#include "tests/golden/tensor.h"

namespace actserve::golden {

enum class What {
  kEvaluate,
  kGradient,    // by the input
  kParameters,  // the gradient by the learnable parameters
};

// Values for a function's parameters.
struct Setting {
  std::string name;             // "default", "beta=1.75", "channels,segments=7"
  std::vector<double> numbers;  // by parameter; empty for the defaults
  bool by_channel = false;      // parameters that may have a value for each channel do
  int segments = 1;
};

struct Case {
  const Function* function = nullptr;
  What what = What::kEvaluate;
  DataType input_type = DataType::kF32;
  DataType output_type = DataType::kF32;
  Setting setting;

  std::string name() const;  // "silu gradient f32 beta=1.75", "relu evaluate f16_to_f32 default"
};

// One call of a case. The results of a case are those of its problems, one after another.
struct Problem {
  Tensor input;
  std::optional<Tensor> upstream;
  std::optional<int> axis;
  std::vector<std::variant<double, Tensor>> arguments;  // by parameter; empty for the defaults
  std::optional<Tensor> gate;                           // of a gated function whose input is not packed
  std::optional<GatedLayout> layout;
};

std::vector<Case> CasesOf(const Function& function);
std::vector<Case> CasesOf(std::span<const Function> functions);
std::vector<Problem> ProblemsOf(const Case& c);

}  // namespace actserve::golden
