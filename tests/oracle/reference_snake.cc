// snake. MPFR reduces any argument, and 300 bits hold a x whole.
#include "tests/oracle/reference.h"

namespace actserve::oracle::snake {
namespace {

// Beyond every type the slope, which has no limit, is taken for its mean.
bool IsInfinite(const Real& x) { return Real::PowerOfTwo(2000) < Abs(x); }

Real Snake(const Real& x, const Setting& p) {
  const double a = p[0][0];
  return a == 0 || IsInfinite(x) ? x : x + Square(Sin(a * x)) / a;
}
Real SnakeDerivative(const Real& x, const Setting& p) { return IsInfinite(x) ? 1 : 1 + Sin(2 * p[0][0] * x); }
Real SnakeByA(const Real& x, const Setting& p, size_t, size_t) {
  const double a = p[0][0];
  return a == 0 ? Square(x) : (x * Sin(2 * a * x) - Square(Sin(a * x)) / a) / a;
}
// Down to its roots the derivative is good for as many bits as the argument's reduction leaves, which is most, and all
// that f32 needs.
Real SnakeDerivativeTerms(const Real& x, const Setting& p) {
  const Real slope = SnakeDerivative(x, p);
  return slope < Real::PowerOfTwo(-60) ? Real::PowerOfTwo(-60) : Real(0);
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "snake",
       .params = {"a"},
       .settings = {{{1}}, {{0}}, {{0.3}}, {{-2.5}}, {{50}}, {{1000}}, {{1e-6}}},
       .pointwise = Pointwise{.value = Snake,
                              .derivative = SnakeDerivative,
                              .param_derivative = SnakeByA,
                              .derivative_terms = SnakeDerivativeTerms},
       // Roots of the derivative, where reduction begins and where its steps are, and pi's nearest double and float.
       .points = {-0.785398163397448, 2.35619449019234, 0.5, 0.8, 1.5707963267948966, 3.141592653589793, 3.1415927,
                  -1.1655, 8589934592, 1.4e20, 5.3e21, 1e300, 6381956970095103.0 * 0x1p797}},
  };
}

}  // namespace actserve::oracle::snake
