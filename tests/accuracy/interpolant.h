// A polynomial that stands in for the oracle within a block of inputs, and how far it may be from it.
//
// The oracle takes microseconds for an input, and a type like f32 has 2^32 of them. Within a block the polynomial
// through the oracle's values at kDegree + 1 Chebyshev nodes is as good as exact, if the curve is smooth there. Whether
// it is, is measured for every block and never assumed:
//  - The oracle is asked again at points that the polynomial has not seen, most of them where the error of an
//    interpolation at Chebyshev nodes is largest, and some that differ from block to block. The bound is kSafety times
//    the largest difference.
//  - A kink, a jump or a pole shows there, and in the leading coefficients, which then do not decay: the bound is never
//    taken smaller than those.
//  - Both are taken in 300 bits, so that no rounding hides a difference. What rounding adds where the polynomial is
//    evaluated in fewer bits, is bounded by the usual theorem (see evaluate.h).
// Where all values seen lie on a straight line, to 300 bits, the curve is taken to be that line, without any error.
// A bump between two nodes that misses every point is not seen; but the kernel, an independent computation, would have
// to miss the same bump for that to hide an error, since every input's result is compared with the polynomial, and what
// differs is computed again by the oracle itself.
#pragma once

#include <array>

#include "tests/accuracy/block.h"
#include "tests/accuracy/curve.h"

namespace actserve::accuracy {

inline constexpr int kDegree = 12;
inline constexpr int kSafety = 8;

struct Interpolant {
  Interpolant(const Curve& curve, const Block& which);

  // The polynomial at u, rounded to 300 bits at each step.
  Real At(double u) const;
  // Whether rounding decisions by the polynomial rarely are too close to call: the bound is under 2^-bits units of the
  // last place of the smallest value seen.
  bool Suits(int bits) const;

  Block block;
  std::array<Real, kDegree + 1> coefficients;  // of the powers of u
  Real bound;                                  // of |polynomial - curve|
  Real magnitude;                              // the sum of the coefficients' magnitudes
  int unit_exponent = 0;   // 2^this is a lower bound of the unit of the last place at every value seen
  int terms_exponent;      // and at every sum of terms seen; below any other where one is 0
  bool straight = false;   // the bound is 0
  bool has_terms = false;  // a sum of terms seen is not 0
  int sign = 0;            // of every value seen; 0: they differ, or one is zero
};

}  // namespace actserve::accuracy
