#include "tests/accuracy/polynomial.h"

namespace actserve::accuracy {
namespace {

double RoundedUp(const Real& value) { return value.ToDouble() * (1 + 0x1p-50); }

}  // namespace

DoublePolynomial::DoublePolynomial(const Interpolant& interpolant) {
  for (size_t k = 0; k <= kDegree; ++k) c[k] = interpolant.coefficients[k].ToDouble();
  const bool exact = interpolant.bound.IsZero() && interpolant.coefficients[0] == c[0];  // a constant
  bound =
      exact ? 0 : RoundedUp(interpolant.bound + interpolant.magnitude.TimesPowerOfTwo(-47) + Real::PowerOfTwo(-1040));
}

PairPolynomial::PairPolynomial(const Interpolant& interpolant)
    : scale(interpolant.magnitude.IsZero() ? 0 : static_cast<int>(-interpolant.magnitude.Exponent())) {
  for (size_t k = 0; k <= kDegree; ++k) {
    const Real c = interpolant.coefficients[k].TimesPowerOfTwo(scale);
    high[k] = c.ToDouble();
    low[k] = (c - high[k]).ToDouble();
  }
  const bool exact = interpolant.bound.IsZero() &&
                     (interpolant.coefficients[0].TimesPowerOfTwo(scale) - high[0] - low[0]).IsZero();  // a constant
  const Real error = (interpolant.bound + interpolant.magnitude.TimesPowerOfTwo(-93)).TimesPowerOfTwo(scale);
  bound = exact ? 0 : RoundedUp(error + Real::PowerOfTwo(-1000));
}

}  // namespace actserve::accuracy
