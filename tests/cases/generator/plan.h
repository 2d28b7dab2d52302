// Which cases there are of a function: they follow from its metadata and its reference in tests/oracle.
#pragma once

#include <string>
#include <vector>

#include "tests/kernels/tensor.h"

namespace actserve::cases {

struct Planned {
  std::string name;
  testing::Problem problem;
  std::string function = std::string(problem.function->info.name);  // or an alias
  bool input_gradient_only = false;
};

std::vector<Planned> PlanOf(const Function& function);

// What the kernels answer.
testing::Answer AnswerTo(const Planned& planned);

}  // namespace actserve::cases
