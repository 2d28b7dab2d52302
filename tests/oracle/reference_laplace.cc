// laplace.
#include "tests/oracle/reference.h"

namespace actserve::oracle::laplace {
namespace {

enum { kMu, kSigma };

Real Standardised(const Real& x, const Setting& p) { return (x - p[kMu][0]) / p[kSigma][0]; }

Real Laplace(const Real& x, const Setting& p) { return Erfc(-Standardised(x, p) / Sqrt(2)) / 2; }
Real LaplaceDerivative(const Real& x, const Setting& p) {
  return Exp(-Square(Standardised(x, p)) / 2) / (p[kSigma][0] * Sqrt(2 * Real::Pi()));
}
Real LaplaceByParam(const Real& x, const Setting& p, size_t which, size_t) {
  return -LaplaceDerivative(x, p) * (which == kMu ? Real(1) : Standardised(x, p));
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "laplace",
       .params = {"mu", "sigma"},
       .settings =
           {{{0.7071067811865476}, {0.28209479177387814}}, {{0}, {1}}, {{-0.3}, {2.5}}, {{1e6}, {1e-6}}, {{0}, {1e6}}},
       .pointwise = Pointwise{.value = Laplace, .derivative = LaplaceDerivative, .param_derivative = LaplaceByParam},
       // mu, half a sigma from it, where the value is 1 to all digits, and where the tails leave the range.
       .points = {0.70710678, 0.84815417, 0.56605938, 2.4, 3.06, -2.95, -3.29, -2.0, -9.87, -10.14, -14.17, -37.5,
                  -38.47}},
  };
}

}  // namespace actserve::oracle::laplace
