// acon_c.
#include "tests/oracle/reference.h"

namespace actserve::oracle::acon {
namespace {

enum { kP1, kP2, kBeta };

Real Sigmoid(const Real& x) { return 1 / (1 + Exp(-x)); }
// The derivative of x sigmoid(x).
Real GatedSlope(const Real& x) { return Sigmoid(x) * (1 + x * Sigmoid(-x)); }

Real Difference(const Setting& p) { return Real(p[kP1][0]) - p[kP2][0]; }
Real Argument(const Real& x, const Setting& p) { return p[kBeta][0] * Difference(p) * x; }

Real AconC(const Real& x, const Setting& p) {
  const Real z = Argument(x, p);
  return x * (p[kP1][0] * Sigmoid(z) + p[kP2][0] * Sigmoid(-z));
}
Real AconCDerivative(const Real& x, const Setting& p) {
  const Real z = Argument(x, p);
  return p[kP1][0] * GatedSlope(z) + p[kP2][0] * GatedSlope(-z);
}
Real AconCByParam(const Real& x, const Setting& p, size_t which, size_t) {
  const Real z = Argument(x, p);
  if (which == kBeta) return Square(Difference(p) * x) * Sigmoid(z) * Sigmoid(-z);
  return x * GatedSlope(which == kP1 ? z : -z);
}
// Two lines that cancel where their slopes have different signs; one alone does not.
Real AconCTerms(const Real& x, const Setting& p) {
  const Real z = Argument(x, p);
  return Abs(x) * (Abs(p[kP1][0] * Sigmoid(z)) + Abs(p[kP2][0] * Sigmoid(-z)));
}
Real AconCDerivativeTerms(const Real& x, const Setting& p) {
  const Real z = Argument(x, p);
  return Abs(p[kP1][0] * GatedSlope(z)) + Abs(p[kP2][0] * GatedSlope(-z));
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "acon_c",
       .params = {"p1", "p2", "beta"},
       .settings = {{{1}, {0}, {1}},
                    {{0}, {1}, {1}},
                    {{1.2}, {-0.8}, {1}},
                    {{0.25}, {0.25}, {1}},
                    {{1.3}, {0.3}, {-2.5}},
                    {{0.7}, {-0.7}, {0}},
                    {{-3}, {0}, {1e-6}},
                    {{1e6}, {1}, {1e6}}},
       .pointwise = Pointwise{.value = AconC,
                              .derivative = AconCDerivative,
                              .param_derivative = AconCByParam,
                              .value_terms = AconCTerms,
                              .derivative_terms = AconCDerivativeTerms},
       // Far out, the result is near p1 x or p2 x, which may be the middle between two narrow numbers.
       .value = {1, 1, 0.501},
       .gradient = {1, 1, 0.501},
       .points = {-1.278464543, 1.278464543, -0.2027, -16.6, -17.3, -37.4, -87.3, -88.7, -103.3, -103.9, -708.4, -745.1,
                  -752.1, -755}},
  };
}

}  // namespace actserve::oracle::acon
