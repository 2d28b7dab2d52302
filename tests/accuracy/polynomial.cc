#include "tests/accuracy/polynomial.h"

namespace actserve::accuracy {
namespace {

double RoundedUp(const Real& value) { return value.ToDouble() * (1 + 0x1p-50); }

// The exponent of the last bit that is set; x is not 0.
long LastBit(const Real& x) { return x.Exponent() - static_cast<long>(mpfr_min_prec(x.get())) + 1; }

// Whether doubles hold a straight line at every input of its block, and what Horner's rule makes on the way: all are
// multiples of the last bit of the difference of neighbours, and fit into 53 bits. Only so are cases known that lie
// halfway between two results, like a quarter of a subnormal number.
bool HoldsLine(const Interpolant& f) {
  const Real& middle = f.coefficients[0];
  const Real& slope = f.coefficients[1];
  if (!f.straight) return false;
  if (slope.IsZero()) return middle == middle.ToDouble();
  const long grid = LastBit(slope.TimesPowerOfTwo(1 - f.block.log2_count));
  return grid > -1070 && (middle.IsZero() || LastBit(middle) >= grid) && f.magnitude.Exponent() - grid < 53;
}

}  // namespace

DoublePolynomial::DoublePolynomial(const Interpolant& interpolant) {
  for (size_t k = 0; k <= kDegree; ++k) c[k] = interpolant.coefficients[k].ToDouble();
  const Real error = interpolant.bound + interpolant.magnitude.TimesPowerOfTwo(-47) + Real::PowerOfTwo(-1040);
  bound = HoldsLine(interpolant) ? 0 : RoundedUp(error);
}

PairPolynomial::PairPolynomial(const Interpolant& interpolant)
    : scale(interpolant.magnitude.IsZero() ? 0 : static_cast<int>(-interpolant.magnitude.Exponent())) {
  for (size_t k = 0; k <= kDegree; ++k) {
    const Real c = interpolant.coefficients[k].TimesPowerOfTwo(scale);
    high[k] = c.ToDouble();
    low[k] = (c - high[k]).ToDouble();
  }
  const bool constant = interpolant.straight && interpolant.coefficients[1].IsZero();
  const bool exact = constant && (interpolant.coefficients[0].TimesPowerOfTwo(scale) - high[0] - low[0]).IsZero();
  const Real error = (interpolant.bound + interpolant.magnitude.TimesPowerOfTwo(-93)).TimesPowerOfTwo(scale);
  bound = exact ? 0 : RoundedUp(error + Real::PowerOfTwo(-1000));
}

}  // namespace actserve::accuracy
