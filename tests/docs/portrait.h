// A function as it is drawn: its value and derivative, which the kernels compute in f64.
#pragma once

#include <string>
#include <vector>

#include "kernels/api/registry.h"
#include "tests/docs/trace.h"

namespace actserve::docs {

struct Portrait {
  std::string value_name, derivative_name;  // "gelu(x)", "gelu'(x)"
  std::string setting;                      // of parameters that have no default: "alpha = 0.25"; else empty
  double low = 0, high = 0;                 // of x
  std::vector<Stroke> value, derivative;
};

// At the default parameters; those that have none are the first setting of the function's reference. Element-wise and
// per-channel functions are drawn over a range beyond which their derivative has all but reached its limits. Of a
// row-wise function it is the first element, against the first input, the others being those of kOthers; of a gated
// one, the value against its gate, at a linear operand of 1.
Portrait PortraitOf(const Function& function);

inline constexpr double kOthers[] = {1, 0, -1};

}  // namespace actserve::docs
