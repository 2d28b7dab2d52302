// mish: x * tanh(softplus(x)).
#include "tests/oracle/reference.h"

namespace actserve::oracle::mish {
namespace {

Real Softplus(const Real& x) { return Log1p(Exp(x)); }
Real Sigmoid(const Real& x) { return 1 / (1 + Exp(-x)); }

Real Mish(const Real& x, const Setting&) { return x * Tanh(Softplus(x)); }
// By the product and chain rules; softplus' = sigmoid.
Real MishDerivative(const Real& x, const Setting&) {
  const Real u = Softplus(x);
  return Tanh(u) + x * Square(Sech(u)) * Sigmoid(x);
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "mish",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Mish, .derivative = MishDerivative},
       .gradient = {6, 5},
       // The minimum, the derivative's extrema, saturation, then the tails.
       .points = {-1.1924312145154213,
                  1.4903,
                  -2.2564,
                  8.66,
                  10.0,
                  18.7,
                  20.0,
                  22.0,
                  -10.0,
                  -86.0,
                  -87.3365,
                  -88.7228,
                  -91.9,
                  -95.0,
                  -103.9721,
                  -104.0,
                  -108.7,
                  44.36,
                  88.7228,
                  354.9,
                  709.7827,
                  -708.3964,
                  -709.7827,
                  -715.0,
                  -745.1332,
                  -751.8}},
  };
}

}  // namespace actserve::oracle::mish
