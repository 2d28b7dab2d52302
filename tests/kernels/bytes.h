// What 8-bit elements stand for, and what numbers become as such, by the oracle.
#pragma once

#include <cstdint>

#include "tests/kernels/tensor.h"
#include "tests/oracle/real.h"

namespace actserve::testing {

// The same problem for those who know f64 only: the input's numbers, the gate's and the upstream's, with an output of
// f64.
Problem Widened(const Problem& problem);

// The bits of element i of the problem's output, of a shape, if `value` is what it is to be rounded from. A NaN becomes
// the canonical one, or the number 0.
uint64_t Rounded(const oracle::Real& value, const Problem& problem, const Shape& shape, int64_t i);
inline uint64_t Rounded(const oracle::Real& value, const Problem& problem, int64_t i) {
  return Rounded(value, problem, problem.input.shape(), i);
}

}  // namespace actserve::testing
