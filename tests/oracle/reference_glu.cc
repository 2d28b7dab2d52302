// Gated linear units.
#include "tests/oracle/reference.h"

namespace actserve::oracle::glu {
namespace {

Real Sigmoid(const Real& x) { return 1 / (1 + Exp(-x)); }
Real SigmoidSlope(const Real& x) { return Square(Sech(x / 2)) / 4; }

Real Relu(const Real& x) { return Max(x, 0); }
Real Step(const Real& x) { return x > 0 ? 1 : 0; }

Real Cdf(const Real& x) { return Erfc(-x / Sqrt(2)) / 2; }
Real Gelu(const Real& x) { return x * Cdf(x); }
Real GeluSlope(const Real& x) { return Cdf(x) + x * Exp(-Square(x) / 2) / Sqrt(2 * Real::Pi()); }

// (1 + tanh(t)) / 2 = sigmoid(2t)
Real Argument(const Real& x) { return 2 * Sqrt(2 / Real::Pi()) * (x + Real::Decimal("0.044715") * x * Square(x)); }
Real ArgumentSlope(const Real& x) { return 2 * Sqrt(2 / Real::Pi()) * (1 + 3 * Real::Decimal("0.044715") * Square(x)); }
Real GeluTanh(const Real& x) { return x * Sigmoid(Argument(x)); }
Real GeluTanhSlope(const Real& x) { return Sigmoid(Argument(x)) + x * SigmoidSlope(Argument(x)) * ArgumentSlope(x); }

Real Swish(const Real& x, const Real& beta) { return x * Sigmoid(beta * x); }
Real SwishSlope(const Real& x, const Real& beta) {
  const Real z = beta * x;
  return Sigmoid(z) + z * SigmoidSlope(z);
}
Real SwishTerms(const Real& x, const Real& beta) {
  const Real z = beta * x;
  return Sigmoid(z) + Abs(z * SigmoidSlope(z));
}

// u times a function of g.
template <Real (*kActivation)(const Real&)>
Real Value(const Real& u, const Real& g, const Setting&) {
  return u * kActivation(g);
}
template <Real (*kActivation)(const Real&)>
Real ByLinear(const Real&, const Real& g, const Setting&) {
  return kActivation(g);
}
template <Real (*kActivation)(const Real&), Real (*kSlope)(const Real&)>
Gated UnitOf(int f64_exponents = Gated().f64_exponents) {
  return {.value = Value<kActivation>,
          .by_linear = ByLinear<kActivation>,
          .by_gate = Value<kSlope>,
          .f64_exponents = f64_exponents};
}

Real Swiglu(const Real& u, const Real& g, const Setting& p) { return u * Swish(g, p[0][0]); }
Real SwigluByLinear(const Real&, const Real& g, const Setting& p) { return Swish(g, p[0][0]); }
Real SwigluByGate(const Real& u, const Real& g, const Setting& p) { return u * SwishSlope(g, p[0][0]); }
Real SwigluByBeta(const Real& u, const Real& g, const Setting& p, size_t) {
  return u * Square(g) * SigmoidSlope(p[0][0] * g);
}
// See silu: the root is exact only for a beta of 1.
Real SwigluByGateTerms(const Real& u, const Real& g, const Setting& p) {
  return p[0][0] == 1 ? Real(0) : Abs(u) * SwishTerms(g, p[0][0]);
}

enum { kAlpha, kLimit };
Real Least(const Real& a, const Real& b) { return -Max(-a, -b); }
Real Clamped(const Real& u, const Setting& p) { return Least(Max(u, -p[kLimit][0]), p[kLimit][0]) + 1; }
Real ClampedSwiglu(const Real& u, const Real& g, const Setting& p) {
  return Swish(Least(g, p[kLimit][0]), p[kAlpha][0]) * Clamped(u, p);
}
Real ClampedByLinear(const Real& u, const Real& g, const Setting& p) {
  return p[kLimit][0] < Abs(u) ? Real(0) : Swish(Least(g, p[kLimit][0]), p[kAlpha][0]);
}
Real ClampedByGate(const Real& u, const Real& g, const Setting& p) {
  return p[kLimit][0] < g ? Real(0) : SwishSlope(g, p[kAlpha][0]) * Clamped(u, p);
}
Real ClampedByParam(const Real& u, const Real& g, const Setting& p, size_t) {
  const Real gate = Least(g, p[kLimit][0]);
  return Square(gate) * SigmoidSlope(p[kAlpha][0] * gate) * Clamped(u, p);
}
Real ClampedByGateTerms(const Real& u, const Real& g, const Setting& p) {
  return p[kLimit][0] < g ? Real(0) : SwishTerms(g, p[kAlpha][0]) * Abs(Clamped(u, p));
}

Real Drelu(const Real& u, const Real& g, const Setting&) { return Relu(u) * Relu(g); }
Real DreluByLinear(const Real& u, const Real& g, const Setting&) { return Step(u) * Relu(g); }
Real DreluByGate(const Real& u, const Real& g, const Setting&) { return Relu(u) * Step(g); }

// The product of an operand with what is good to far less than an ULP, rounded once. A narrow one may be next to the
// middle between two numbers.
constexpr Bound kProduct = {1, 1, 0.501};
// f32's gate next to the slope's root, where the slope is rounded in the table.
constexpr Bound kNextToRoot = {2, 1, 0.501};
// Where one of the factors is rounded first, which may count twice.
constexpr Bound kOfRounded = {2, 2, 0.501};

const std::vector<double> kSigmoidTails = {16.6, 36.7, -36.7, -87.3, -88.7, -103.3, -708.4, -745.1, -752.1};

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "glu",
       .settings = {{}},
       .gated = UnitOf<Sigmoid, SigmoidSlope>(),
       .value = kProduct,
       .gradient = kProduct,
       .points = kSigmoidTails},
      {.name = "reglu", .settings = {{}}, .gated = UnitOf<Relu, Step>()},
      {.name = "geglu",
       .settings = {{}},
       .gated = UnitOf<Gelu, GeluSlope>(50),
       .value = kProduct,
       .gradient = kNextToRoot,
       .points = {-0.7517915246935645, 1.4142135623730951, -5.54, 8.3, -13.0, -14.4, -37.6, -38.6}},
      {.name = "geglu_tanh",
       .settings = {{}},
       .gated = UnitOf<GeluTanh, GeluTanhSlope>(),
       .value = kProduct,
       .gradient = kNextToRoot,
       .points = {-0.7524614331, 1.4, -5.0, 8.3, -9.9, -10.7, -20.9, -21.5}},
      {.name = "swiglu",
       .params = {"beta"},
       .settings = {{{1.0}}, {{0.0}}, {{0.5}}, {{1.702}}, {{100.0}}},
       .gated = Gated{.value = Swiglu,
                      .by_linear = SwigluByLinear,
                      .by_gate = SwigluByGate,
                      .param_derivative = SwigluByBeta,
                      .by_gate_terms = SwigluByGateTerms},
       .value = kProduct,
       .gradient = kProduct,
       .points = kSigmoidTails},
      {.name = "clamped_swiglu",
       .params = {"alpha", "limit"},
       .settings = {{{1.702}, {7.0}}, {{1.0}, {1e-6}}, {{0.5}, {2.5}}, {{1.702}, {1e6}}},
       .gated = Gated{.value = ClampedSwiglu,
                      .by_linear = ClampedByLinear,
                      .by_gate = ClampedByGate,
                      .param_derivative = ClampedByParam,
                      .by_gate_terms = ClampedByGateTerms,
                      .is_linear = false},
       .value = kOfRounded,
       .gradient = kOfRounded,
       .points = {-1.2784645427610738 / 1.702, 7.0, -54.0, -63.7, -420.5, -441.5}},
      {.name = "drelu",
       .settings = {{}},
       .gated = Gated{.value = Drelu, .by_linear = DreluByLinear, .by_gate = DreluByGate, .is_linear = false}},
  };
}

}  // namespace actserve::oracle::glu
