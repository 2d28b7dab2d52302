// relu, leaky_relu, prelu, rrelu, identity. The derivative at 0 is the one from the left.
#include "tests/oracle/reference.h"

namespace actserve::oracle::relu {
namespace {

Real Alpha(const Setting& p) { return p[0][0]; }

Real Relu(const Real& x, const Setting&) { return x > 0 ? x : Real(0); }
Real ReluDerivative(const Real& x, const Setting&) { return x > 0 ? 1 : 0; }

Real Leaky(const Real& x, const Setting& p) { return x > 0 ? x : Alpha(p) * x; }
Real LeakyDerivative(const Real& x, const Setting& p) { return x > 0 ? Real(1) : Alpha(p); }
Real LeakyByAlpha(const Real& x, const Setting&, size_t, size_t) { return x > 0 ? Real(0) : x; }

Real MeanSlope(const Setting& p) { return (Real(p[0][0]) + p[1][0]) / 2; }
Real RRelu(const Real& x, const Setting& p) { return x > 0 ? x : MeanSlope(p) * x; }
Real RReluDerivative(const Real& x, const Setting& p) { return x > 0 ? Real(1) : MeanSlope(p); }

Real Identity(const Real& x, const Setting&) { return x; }
Real IdentityDerivative(const Real&, const Setting&) { return 1; }

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
      {.name = "rrelu",
       .params = {"lower", "upper"},
       .settings = {{{1.0 / 8}, {1.0 / 3}}, {{0}, {0}}, {{0.3}, {0.1}}, {{-2.5}, {1e6}}, {{-0.1}, {0.1}}},
       .pointwise = Pointwise{.value = RRelu, .derivative = RReluDerivative},
       .value = {1, 1, 0.501}},
      {.name = "identity",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Identity, .derivative = IdentityDerivative}},
  };
}

}  // namespace actserve::oracle::relu
