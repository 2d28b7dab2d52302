// threshold, fatrelu, shifted_relu, relu_squared. At a threshold x does not exceed it.
#include "tests/oracle/reference.h"

namespace actserve::oracle::threshold {
namespace {

Real Threshold(const Real& x, const Setting& p) { return x > p[0][0] ? x : Real(p[1][0]); }
Real Step(const Real& x, const Setting& p) { return x > p[0][0] ? 1 : 0; }
Real ThresholdByParam(const Real& x, const Setting& p, size_t which, size_t) {
  return which == 0 ? Real(0) : 1 - Step(x, p);
}

Real FatRelu(const Real& x, const Setting& p) { return x > p[0][0] ? x : Real(0); }

Real ShiftedRelu(const Real& x, const Setting& p) { return Max(x - p[0][0], 0); }
Real ShiftedReluByShift(const Real& x, const Setting& p, size_t, size_t) { return -Step(x, p); }

Real ReluSquared(const Real& x, const Setting&) { return Square(Max(x, 0)); }
Real ReluSquaredDerivative(const Real& x, const Setting&) { return 2 * Max(x, 0); }

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "threshold",
       .params = {"threshold", "value"},
       .settings = {{{0}, {0}}, {{0.5}, {-7}}, {{0.1}, {20}}, {{-3}, {0.3}}},
       .pointwise = Pointwise{.value = Threshold, .derivative = Step, .param_derivative = ThresholdByParam},
       .points = {0.5, 0.1, -3}},
      {.name = "fatrelu",
       .params = {"threshold"},
       .settings = {{{1}}, {{0}}, {{0.1}}, {{-2}}},
       .pointwise = Pointwise{.value = FatRelu, .derivative = Step},
       .points = {1, 0.1, -2}},
      {.name = "shifted_relu",
       .params = {"shift"},
       .settings = {{{1}}, {{0}}, {{0.1}}, {{-2.7}}},
       .pointwise = Pointwise{.value = ShiftedRelu, .derivative = Step, .param_derivative = ShiftedReluByShift},
       .points = {1, 0.1, -2.7}},
      {.name = "relu_squared",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = ReluSquared, .derivative = ReluSquaredDerivative},
       .points = {1e-19, 1e-22, 1.8e19, 256, 1e154, 1e-160}},
  };
}

}  // namespace actserve::oracle::threshold
