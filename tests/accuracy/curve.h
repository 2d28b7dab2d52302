// What is measured, and the exact results that it is measured against.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "kernels/api/call.h"
#include "tests/accuracy/section.h"
#include "tests/oracle/reference.h"

namespace actserve::accuracy {

using oracle::Real;

// A function of one number and the type that it is computed in. Exact for a finite x.
struct Curve {
  DataType type = DataType::kF32;
  std::function<Real(const Real& x)> exact;
  // Where the exact result is a sum that cancels, the sum of its terms' magnitudes, or 0; null: nowhere. Errors are
  // then in units of the last place of this, if it is larger. See oracle::Pointwise.
  std::function<Real(const Real& x)> terms = nullptr;
  std::string beside = {};  // what else there is to an input, for people
};

// Computes results for numbers of a type; sizes are equal. From one thread at a time.
using Compute = std::function<void(std::span<const std::byte> x, std::span<std::byte> y)>;

// A function in one direction with one setting of its parameters.
struct Subject {
  const Function* function = nullptr;
  Direction direction = Direction::kEvaluate;
  DataType type = DataType::kF32;
  size_t setting = 0;    // of the reference; 0: the defaults
  Section section = {};  // of a gated function

  const oracle::Reference& reference() const;
};

std::string_view Name(Direction direction);  // "value" or "derivative"

// The oracle's answer. The subject's function is not a row-wise one.
Curve CurveOf(const Subject& subject);

// The kernels' answer. The derivative is the gradient for an upstream of ones.
Compute KernelsOf(const Subject& subject);

// The error in ULP that the kernels promise to keep: data of tests/oracle.
double GoalOf(const Subject& subject);

}  // namespace actserve::accuracy
