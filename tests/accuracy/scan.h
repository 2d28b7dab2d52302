// Compares many results with a polynomial, fast.
#pragma once

#include <span>

#include "tests/accuracy/polynomial.h"
#include "tests/accuracy/verdict.h"

namespace actserve::accuracy {

// Results of f32 for inputs that follow one another in a block. The sums of verdicts; those of doubtful inputs are
// among them.
struct NarrowScan {
  explicit NarrowScan(const Interpolant& interpolant);

  Verdict Sum(int64_t first, std::span<const float> results, double worst) const;
  // One of them, `code` being the result's; for the 16-bit types too.
  Verdict One(int64_t at, uint64_t code, double worst) const;

  DataType type;
  DoublePolynomial polynomial;
  Units units;
  double half;
  uint64_t wrong_zero;  // the zero that has the wrong sign; a code that no result has, if neither is wrong
};

// Results of f64 for any inputs of a block, given by u.
struct PairScan {
  explicit PairScan(const Interpolant& interpolant);

  Verdict Sum(std::span<const double> u, std::span<const double> results, double worst) const;
  Verdict One(double u, double result, double worst) const;

  PairPolynomial polynomial;
  Units units;
  double up, down;  // whose product is 2^scale
};

}  // namespace actserve::accuracy
