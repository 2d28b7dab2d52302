// sigmoid, tanh, silu, quick_gelu.
#include "tests/oracle/reference.h"

namespace actserve::oracle::sigmoid {
namespace {

Real Sigmoid(const Real& x) { return 1 / (1 + Exp(-x)); }
// e^-x / (1 + e^-x)^2, which is even.
Real SigmoidSlope(const Real& x) { return Square(Sech(x / 2)) / 4; }

Real SigmoidValue(const Real& x, const Setting&) { return Sigmoid(x); }
Real SigmoidDerivative(const Real& x, const Setting&) { return SigmoidSlope(x); }

Real TanhValue(const Real& x, const Setting&) { return Tanh(x); }
Real TanhDerivative(const Real& x, const Setting&) { return Square(Sech(x)); }

Real Beta(const Setting& p) { return p[0][0]; }
Real Silu(const Real& x, const Setting& p) { return x * Sigmoid(Beta(p) * x); }
Real SiluDerivative(const Real& x, const Setting& p) {
  const Real u = Beta(p) * x;
  return Sigmoid(u) + u * SigmoidSlope(u);
}
Real SiluByBeta(const Real& x, const Setting& p, size_t, size_t) { return Square(x) * SigmoidSlope(Beta(p) * x); }

// The factor that holds the root is exact only for beta = 1: elsewhere beta * x is rounded before the root is
// subtracted, and the error is relative to the terms.
Real SiluDerivativeTerms(const Real& x, const Setting& p) {
  if (p[0][0] == 1) return 0;
  const Real u = Beta(p) * x;
  return Sigmoid(u) + Abs(u * SigmoidSlope(u));
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "sigmoid",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = SigmoidValue, .derivative = SigmoidDerivative},
       // Where 1 - y falls below a half ULP (f32, f64), where y leaves the normal range, and where it is 0.
       .points = {16.6, 17.33, 36.7, 37.43, -87.3365, -88.7228, -103.2789, -103.9721, -708.3964, -709.7827, -744.4401,
                  -745.1332}},
      {.name = "tanh",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = TanhValue, .derivative = TanhDerivative},
       .points = {0.5493, 0.6585, 9.01, 19.06, 44.36, 52.0, 354.9, 372.9}},
      {.name = "silu",
       .params = {"beta"},
       .settings = {{{1.0}}, {{0.0}}, {{0.5}}, {{1.702}}, {{1e-3}}, {{100.0}}},
       .pointwise = Pointwise{.value = Silu,
                              .derivative = SiluDerivative,
                              .param_derivative = SiluByBeta,
                              .derivative_terms = SiluDerivativeTerms},
       // The minimum (root of the derivative), the derivative's extrema, then tails as for sigmoid.
       .points = {-1.2784645427610738,
                  2.3993572805154,
                  -2.3993572805154,
                  16.6,
                  20.0,
                  36.7,
                  42.0,
                  -86.0,
                  -87.3365,
                  -88.7228,
                  -91.9,
                  -95.0,
                  -103.9721,
                  -104.0,
                  -108.7,
                  -708.3964,
                  -709.7827,
                  -715.0,
                  -745.1332,
                  -751.8}},
      {.name = "quick_gelu",
       .params = {"beta"},
       .settings = {{{1.702}}, {{1.0}}, {{0.3}}},
       .pointwise = Pointwise{.value = Silu,
                              .derivative = SiluDerivative,
                              .param_derivative = SiluByBeta,
                              .derivative_terms = SiluDerivativeTerms},
       // The minimum, where the result leaves the normal range, and where it is 0.
       .points = {-1.2784645427610738 / 1.702, -54.0, -63.7, -420.5, -441.5}},
  };
}

}  // namespace actserve::oracle::sigmoid
