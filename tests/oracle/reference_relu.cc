// relu, leaky_relu, prelu. The derivative at 0 is the one from the left.
#include "tests/oracle/reference.h"

namespace actserve::oracle::relu {
namespace {

Real Alpha(const Setting& p) { return p[0][0]; }

Real Relu(const Real& x, const Setting&) { return x > 0 ? x : Real(0); }
Real ReluDerivative(const Real& x, const Setting&) { return x > 0 ? 1 : 0; }

Real Leaky(const Real& x, const Setting& p) { return x > 0 ? x : Alpha(p) * x; }
Real LeakyDerivative(const Real& x, const Setting& p) { return x > 0 ? Real(1) : Alpha(p); }
Real LeakyByAlpha(const Real& x, const Setting&, size_t, size_t) { return x > 0 ? Real(0) : x; }

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "relu",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Relu, .derivative = ReluDerivative}},
      {.name = "leaky_relu",
       .params = {"alpha"},
       .settings = {{{0.01}}, {{0.0}}, {{0.2}}, {{-0.5}}, {{1.75}}},
       .pointwise = Pointwise{.value = Leaky, .derivative = LeakyDerivative, .param_derivative = LeakyByAlpha}},
      {.name = "prelu",
       .params = {"alpha"},
       .settings = {{{0.25}}, {{0.0}}, {{-1.5}}, {{1e-3}}},
       .pointwise = Pointwise{.value = Leaky, .derivative = LeakyDerivative, .param_derivative = LeakyByAlpha},
       .value = {1, 1, 0.501}},
  };
}

}  // namespace actserve::oracle::relu
