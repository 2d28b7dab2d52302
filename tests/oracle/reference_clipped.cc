// relu6, hardtanh, hardsigmoid, hardswish. Derivatives at the limits are PyTorch's.
#include "tests/oracle/reference.h"

namespace actserve::oracle::clipped {
namespace {

Real Clip(const Real& x, const Real& least, const Real& most) {
  const Real raised = x > least ? x : least;
  return raised < most ? raised : most;
}
bool IsBetween(const Real& x, const Real& least, const Real& most) { return x > least && x < most; }

Real Relu6(const Real& x, const Setting&) { return Clip(x, 0, 6); }
Real Relu6Derivative(const Real& x, const Setting&) { return IsBetween(x, 0, 6) ? 1 : 0; }

Real Hardtanh(const Real& x, const Setting& p) { return Clip(x, p[0][0], p[1][0]); }
Real HardtanhDerivative(const Real& x, const Setting& p) { return IsBetween(x, p[0][0], p[1][0]) ? 1 : 0; }
Real HardtanhByLimit(const Real& x, const Setting& p, size_t which, size_t) {
  const bool is_max = !(x < p[1][0]) || !(p[0][0] < p[1][0]);
  const bool is_min = !is_max && !(x > p[0][0]);
  return (which == 0 ? is_min : is_max) ? 1 : 0;
}

Real Line(const Real& x, const Setting& p) { return p[0][0] * x + p[1][0]; }
Real Hardsigmoid(const Real& x, const Setting& p) { return Clip(Line(x, p), 0, 1); }
Real HardsigmoidDerivative(const Real& x, const Setting& p) { return IsBetween(Line(x, p), 0, 1) ? Real(p[0][0]) : 0; }
Real HardsigmoidByParam(const Real& x, const Setting& p, size_t which, size_t) {
  if (!IsBetween(Line(x, p), 0, 1)) return 0;
  return which == 0 ? x : Real(1);
}

Real Hardswish(const Real& x, const Setting&) { return x * Clip(x + 3, 0, 6) / 6; }
Real HardswishDerivative(const Real& x, const Setting&) {
  if (x < -3) return 0;
  return x <= 3 ? (2 * x + 3) / 6 : Real(1);
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "relu6",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Relu6, .derivative = Relu6Derivative},
       .points = {6}},
      {.name = "hardtanh",
       .params = {"min_val", "max_val"},
       .settings = {{{-1}, {1}}, {{0}, {0.1}}, {{-0.3}, {2.25}}, {{1}, {-1}}},
       .pointwise = Pointwise{.value = Hardtanh, .derivative = HardtanhDerivative, .param_derivative = HardtanhByLimit},
       .points = {-1, 1, 0.1, -0.3, 2.25}},
      {.name = "hardsigmoid",
       .params = {"alpha", "beta"},
       .settings = {{{1.0 / 6}, {0.5}}, {{0.2}, {0.5}}, {{1}, {0}}, {{0}, {0.25}}, {{3.7}, {-0.1}}},
       .pointwise =
           Pointwise{.value = Hardsigmoid, .derivative = HardsigmoidDerivative, .param_derivative = HardsigmoidByParam},
       .points = {-3, 3, -2.5, 2.5, 1, 0.1 / 3.7, 1.1 / 3.7}},
      {.name = "hardswish",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Hardswish, .derivative = HardswishDerivative},
       .points = {-3, 3, -1.5}},
  };
}

}  // namespace actserve::oracle::clipped
