// gelu and its approximation by tanh.
#include "tests/oracle/reference.h"

namespace actserve::oracle::gelu {
namespace {

// The normal distribution: P(X <= x), and its density.
Real Cdf(const Real& x) { return Erfc(-x / Sqrt(2)) / 2; }
Real Density(const Real& x) { return Exp(-Square(x) / 2) / Sqrt(2 * Real::Pi()); }

Real Gelu(const Real& x, const Setting&) { return x * Cdf(x); }
Real GeluDerivative(const Real& x, const Setting&) { return Cdf(x) + x * Density(x); }

// 1 + tanh(u), without the cancellation.
Real OnePlusTanh(const Real& u) { return 2 / (1 + Exp(-2 * u)); }
Real Cubic() { return Real::Decimal("0.044715"); }
Real Scale() { return Sqrt(2 / Real::Pi()); }
Real Inner(const Real& x) { return Scale() * (x + Cubic() * x * Square(x)); }

Real GeluTanh(const Real& x, const Setting&) { return x * OnePlusTanh(Inner(x)) / 2; }
Real GeluTanhDerivative(const Real& x, const Setting&) {
  const Real u = Inner(x);
  const Real slope = Scale() * (1 + 3 * Cubic() * Square(x));
  return OnePlusTanh(u) / 2 + x * Square(Sech(u)) * slope / 2;
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "gelu",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Gelu, .derivative = GeluDerivative},
       .value = {5, 5},
       // The minimum; the derivative's extrema at sqrt(2); where naive forms lose all digits; where results leave the
       // normal range and where they are 0 (f32: -12.8 to -14.5; f64: -37.4 to -38.6).
       .points = {-0.7517915246935645,
                  1.4142135623730951,
                  -1.4142135623730951,
                  -5.0,
                  5.4,
                  -5.54,
                  5.54,
                  8.3,
                  -8.3,
                  -9.0,
                  -12.8,
                  -13.0,
                  -13.2,
                  -14.0,
                  -14.17,
                  -14.35,
                  -14.5,
                  -37.4,
                  -37.6,
                  -37.8,
                  -38.4,
                  -38.6,
                  38.6}},
      {.name = "gelu_tanh",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = GeluTanh, .derivative = GeluTanhDerivative},
       .gradient = {6, 5},
       .points = {-0.7524614220710161,
                  1.4,
                  -1.4,
                  -4.9,
                  4.9,
                  5.5,
                  -5.5,
                  7.2,
                  -7.2,
                  -9.0,
                  -9.9,
                  -10.0,
                  -10.1,
                  -10.2,
                  -10.5,
                  -10.7,
                  -10.9,
                  -21.0,
                  -21.3,
                  -21.5,
                  -21.7,
                  -21.9,
                  -22.1,
                  22.1}},
  };
}

}  // namespace actserve::oracle::gelu
