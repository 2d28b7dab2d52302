// An interpolant's polynomial in hardware numbers: fast enough for every input there is.
#pragma once

#include <array>
#include <cmath>

#include "tests/accuracy/interpolant.h"

namespace actserve::accuracy {

// In doubles, for results of f32 and narrower types.
//
// Rounding the coefficients costs 2^-53 of each, Horner's rule with n steps (2n + 1) 2^-53 of their magnitudes' sum M
// (Higham 2002, section 5.1), and the sums p ± bound of scan.h another 2^-53: for n = 12 less than 2^-48 M in all.
// Twice that is taken, and 2^-1040 for what underflows.
struct DoublePolynomial {
  explicit DoublePolynomial(const Interpolant& interpolant);

  double At(double u) const {
    double sum = c[kDegree];
    for (int k = kDegree; k-- > 0;) sum = sum * u + c[k];
    return sum;
  }

  double c[kDegree + 1];
  double bound;  // of |At(u) - curve|
};

// As a sum of two doubles, for f64. Values are those of the curve times 2^scale, which makes the largest about 1 so
// that nothing underflows.
//
// Compensated Horner (Graillat, Langlois and Louvet 2009): each step's two rounding errors, which are numbers, go with
// the coefficients' lower parts into a second polynomial. That one is below 2^-48 M, and is evaluated with less than
// 2^-47 of it in error: 2^-95 M. 2^-93 M is taken.
struct PairPolynomial {
  explicit PairPolynomial(const Interpolant& interpolant);

  struct Pair {
    double high, low;  // |low| is at most half a unit of the last place of high
  };
  Pair At(double u) const {
    double sum = high[kDegree];
    double rest = low[kDegree];
    for (int k = kDegree; k-- > 0;) {
      const double product = sum * u;
      const double product_rest = std::fma(sum, u, -product);
      sum = product + high[k];
      const double added = sum - product;
      const double sum_rest = (product - (sum - added)) + (high[k] - added);
      rest = rest * u + (product_rest + sum_rest + low[k]);
    }
    const double total = sum + rest;
    return {total, rest - (total - sum)};
  }

  double high[kDegree + 1];
  double low[kDegree + 1];
  double bound;
  int scale;
};

}  // namespace actserve::accuracy
