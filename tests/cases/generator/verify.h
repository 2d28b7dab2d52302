// Whether answers are what the oracle says they ought to be.
#pragma once

#include <string>

#include "tests/kernels/tensor.h"

namespace actserve::cases {

// Empty if every element is within the bounds of the function's reference (tests/oracle/reference.h); else which are
// not.
std::string Verify(const testing::Problem& problem, const testing::Answer& answer);

}  // namespace actserve::cases
