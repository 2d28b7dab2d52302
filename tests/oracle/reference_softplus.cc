// softplus, logsigmoid.
#include "tests/oracle/reference.h"

namespace actserve::oracle::softplus {
namespace {

Real Sigmoid(const Real& x) { return 1 / (1 + Exp(-x)); }
// log(1 + exp(x)), without the digits that exp(x) would take where it is large.
Real LogOnePlusExp(const Real& x) { return Max(x, 0) + Log1p(Exp(-Abs(x))); }

Real Softplus(const Real& x, const Setting& p) { return LogOnePlusExp(p[0][0] * x) / p[0][0]; }
Real SoftplusDerivative(const Real& x, const Setting& p) { return Sigmoid(p[0][0] * x); }

Real Logsigmoid(const Real& x, const Setting&) { return -LogOnePlusExp(-x); }
Real LogsigmoidDerivative(const Real& x, const Setting&) { return Sigmoid(-x); }

// Where PyTorch goes over to x, where the result leaves the normal range, and where it is 0 or x.
std::vector<double> Points() {
  return {20,       16.6,     17.33,     36.7,      37.43,     40,        -20,
          -87.3365, -88.7228, -103.2789, -103.9721, -708.3964, -744.4401, -745.1332};
}
std::vector<double> Negated(std::vector<double> points) {
  for (double& x : points) x = -x;
  return points;
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "softplus",
       .params = {"beta"},
       .settings = {{{1}}, {{0.5}}, {{2.7}}, {{1e-3}}, {{1e3}}},
       .pointwise = Pointwise{.value = Softplus, .derivative = SoftplusDerivative},
       .points = Points()},
      {.name = "logsigmoid",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Logsigmoid, .derivative = LogsigmoidDerivative},
       .points = Negated(Points())},
  };
}

}  // namespace actserve::oracle::softplus
