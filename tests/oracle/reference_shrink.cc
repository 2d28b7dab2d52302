// shrink, hardshrink, softshrink. At a threshold x does not exceed it.
#include "tests/oracle/reference.h"

namespace actserve::oracle::shrink {
namespace {

int Side(const Real& x, const Setting& p) { return x > p[0][0] ? 1 : x < -p[0][0] ? -1 : 0; }
Real ShrinkBy(const Real& x, const Setting& p, double bias) {
  const int side = Side(x, p);
  return side == 0 ? Real(0) : x - side * Real(bias);
}
Real Shrink(const Real& x, const Setting& p) { return ShrinkBy(x, p, p[1][0]); }
Real Hardshrink(const Real& x, const Setting& p) { return ShrinkBy(x, p, 0); }
Real Softshrink(const Real& x, const Setting& p) { return ShrinkBy(x, p, p[0][0]); }
Real ShrinkDerivative(const Real& x, const Setting& p) { return Side(x, p) == 0 ? 0 : 1; }
Real ShrinkByParam(const Real& x, const Setting& p, size_t which, size_t) { return which == 0 ? 0 : -Side(x, p); }
Real SoftshrinkByLambd(const Real& x, const Setting& p, size_t, size_t) { return -Side(x, p); }

}  // namespace

std::vector<Reference> References() {
  const std::vector<Setting> lambdas = {{{0.5}}, {{0}}, {{0.1}}, {{3}}};
  return {
      {.name = "shrink",
       .params = {"lambd", "bias"},
       .settings = {{{0.5}, {0}}, {{1.5}, {1.5}}, {{0.1}, {-0.3}}},
       .pointwise = Pointwise{.value = Shrink, .derivative = ShrinkDerivative, .param_derivative = ShrinkByParam},
       .points = {0.5, -0.5, 1.5, -1.5}},
      {.name = "hardshrink",
       .params = {"lambd"},
       .settings = lambdas,
       .pointwise = Pointwise{.value = Hardshrink, .derivative = ShrinkDerivative},
       .points = {0.5, -0.5, 0.1, -0.1}},
      {.name = "softshrink",
       .params = {"lambd"},
       .settings = lambdas,
       .pointwise =
           Pointwise{.value = Softshrink, .derivative = ShrinkDerivative, .param_derivative = SoftshrinkByLambd},
       .points = {0.5, -0.5, 0.1, -0.1}},
  };
}

}  // namespace actserve::oracle::shrink
