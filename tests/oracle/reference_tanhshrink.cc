// tanhshrink, stan.
#include "tests/oracle/reference.h"

namespace actserve::oracle::tanhshrink {
namespace {

// Where bits are lost to cancellation, or a type's range is left, 300 of them are still enough: x of less than 2^-100
// has the series' first term.
Real Tanhshrink(const Real& x, const Setting&) {
  return Abs(x) < Real::PowerOfTwo(-100) ? x * Square(x) / 3 : x - Tanh(x);
}
Real TanhshrinkDerivative(const Real& x, const Setting&) { return Square(Tanh(x)); }

Real Stan(const Real& x, const Setting& p) { return Tanh(x) * (1 + p[0][0] * x); }
Real StanDerivative(const Real& x, const Setting& p) { return Square(Sech(x)) * (1 + p[0][0] * x) + p[0][0] * Tanh(x); }
Real StanByBeta(const Real& x, const Setting&, size_t, size_t) { return x * Tanh(x); }
// Two terms of different signs where 1 + beta x and x are; without beta, there is but one.
Real StanDerivativeTerms(const Real& x, const Setting& p) {
  return Square(Sech(x)) * Abs(1 + p[0][0] * x) + Abs(p[0][0] * Tanh(x));
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "tanhshrink",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Tanhshrink, .derivative = TanhshrinkDerivative},
       .points = {1, 0.34, 0.17, 9.01, 19.06, 1e-13, 1e-15, 1e-22, 1e-103, 1e-108}},
      {.name = "stan",
       .params = {"beta"},
       .settings = {{{1}}, {{0}}, {{0.3}}, {{-2.5}}, {{1e-6}}, {{1e6}}},
       .pointwise = Pointwise{.value = Stan,
                              .derivative = StanDerivative,
                              .param_derivative = StanByBeta,
                              .derivative_terms = StanDerivativeTerms},
       // 1 + beta x may lie in the middle between two f16 numbers, and tanh(x) be 1 but for less than f64 can tell.
       .value = {1, 1, 0.501},
       .gradient = {1, 1, 0.501},
       .points = {-1, 0.4, -3.3333333, -0.45, 9.01, 19.06, 44.36, 51.98, 64, 354.9, 372.2}},
  };
}

}  // namespace actserve::oracle::tanhshrink
