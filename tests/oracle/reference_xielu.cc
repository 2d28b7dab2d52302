// xielu. Parameters are those before the softplus.
#include "tests/oracle/reference.h"

namespace actserve::oracle::xielu {
namespace {

enum { kAlphaP, kAlphaN, kBeta };

Real Softplus(double z) { return Max(z, 0) + Log1p(Exp(-Abs(z))); }
Real Sigmoid(double z) { return 1 / (1 + Exp(-Real(z))); }
// exp(x) - 1 - x; of small x, its first terms.
Real Rest(const Real& x) { return Abs(x) < Real::PowerOfTwo(-100) ? Square(x) * (Real(0.5) + x / 6) : Expm1(x) - x; }

Real Xielu(const Real& x, const Setting& p) {
  if (x > 0) return Softplus(p[kAlphaP][0]) * Square(x) + p[kBeta][0] * x;
  return (p[kBeta][0] + Softplus(p[kAlphaN][0])) * Rest(x) + p[kBeta][0] * x;
}
Real XieluDerivative(const Real& x, const Setting& p) {
  if (x > 0) return 2 * Softplus(p[kAlphaP][0]) * x + p[kBeta][0];
  return (p[kBeta][0] + Softplus(p[kAlphaN][0])) * Expm1(x) + p[kBeta][0];
}
Real XieluByAlpha(const Real& x, const Setting& p, size_t which, size_t) {
  if (which == kBeta) return x > 0 ? x : Expm1(x);
  if (which == kAlphaP) return x > 0 ? Sigmoid(p[kAlphaP][0]) * Square(x) : Real(0);
  return x > 0 ? Real(0) : Sigmoid(p[kAlphaN][0]) * Rest(x);
}
// The curved part and the straight one have different signs below 0.
Real XieluTerms(const Real& x, const Setting& p) {
  const Real beta = Abs(p[kBeta][0]);
  if (x > 0) return Softplus(p[kAlphaP][0]) * Square(x) + beta * x;
  return Softplus(p[kAlphaN][0]) * Rest(x) - beta * Expm1(x);
}
Real XieluDerivativeTerms(const Real& x, const Setting& p) {
  const Real beta = Abs(p[kBeta][0]);
  if (x > 0) return 2 * Softplus(p[kAlphaP][0]) * x + beta;
  return beta * Exp(x) - Softplus(p[kAlphaN][0]) * Expm1(x);
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "xielu",
       .params = {"alpha_p", "alpha_n", "beta"},
       .settings = {{{0.20338232815265656}, {-1.0502254962921143}, {0.5}},
                    {{3.5}, {-3.5}, {0}},
                    {{-30}, {40.5}, {0.3}},
                    {{1000}, {-20}, {-1}}},
       .pointwise = Pointwise{.value = Xielu,
                              .derivative = XieluDerivative,
                              .param_derivative = XieluByAlpha,
                              .value_terms = XieluTerms,
                              .derivative_terms = XieluDerivativeTerms},
       // The result may lie in the middle between two bf16 numbers, but for less than f64 can tell.
       .value = {1, 1, 0.501},
       .gradient = {1, 1, 0.501},
       .points = {-0.34, -0.98, -2.4, -17.3, -37.4, -64, -87.3, -103.3, -745.1, 1.8e19, 1e154, 1e-16}},
  };
}

}  // namespace actserve::oracle::xielu
