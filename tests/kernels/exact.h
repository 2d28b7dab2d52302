// What the answer to a problem ought to be, by the oracle.
#pragma once

#include <vector>

#include "tests/kernels/tensor.h"
#include "tests/oracle/reference.h"

namespace actserve::testing {

// The parameters that elements of a channel see, the defaults of those that are not given among them.
oracle::Setting SettingOf(const Problem& problem, int64_t channel);

// Of each element, in row-major order: the exact result (a NaN where the result is to be one), and as Judge::Check
// takes them the terms, in which it may cancel.
struct Exact {
  std::vector<oracle::Real> values;
  std::vector<oracle::Real> terms;
};

// y, or dL/dx. Inputs may be anything; at infinities it is the limit. An upstream must be finite.
Exact ExactOutput(const Problem& problem);

// dL/dp of every learnable parameter among the arguments, in the metadata's order, each of the parameter's shape. All
// inputs finite.
std::vector<Exact> ExactParamGradients(const Problem& problem);

}  // namespace actserve::testing
