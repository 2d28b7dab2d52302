// elu, selu, celu. The derivative at 0 is the one from the left.
#include "tests/oracle/reference.h"

namespace actserve::oracle::elu {
namespace {

Real Elu(const Real& x, const Setting& p) { return x > 0 ? x : p[0][0] * Expm1(x); }
Real EluDerivative(const Real& x, const Setting& p) { return x > 0 ? Real(1) : p[0][0] * Exp(x); }
Real EluByAlpha(const Real& x, const Setting&, size_t, size_t) { return x > 0 ? Real(0) : Expm1(x); }

// The authors' digits.
Real Scale() { return Real::Decimal("1.0507009873554804934193349852946"); }
Real Depth() { return Scale() * Real::Decimal("1.6732632423543772848170429916717"); }
Real Selu(const Real& x, const Setting&) { return x > 0 ? Scale() * x : Depth() * Expm1(x); }
Real SeluDerivative(const Real& x, const Setting&) { return x > 0 ? Scale() : Depth() * Exp(x); }

Real Celu(const Real& x, const Setting& p) { return x > 0 ? x : p[0][0] * Expm1(x / p[0][0]); }
Real CeluDerivative(const Real& x, const Setting& p) { return x > 0 ? Real(1) : Exp(x / p[0][0]); }

// Where exp(x) leaves the normal range and where it is 0, and where 1 - exp(x) is 1.
std::vector<double> Tails() {
  return {-16.6, -17.33, -36.7, -37.43, -87.3365, -103.2789, -103.9721, -708.3964, -745.1332};
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "elu",
       .params = {"alpha"},
       .settings = {{{1}}, {{0}}, {{0.3}}, {{2.5}}},
       .pointwise = Pointwise{.value = Elu, .derivative = EluDerivative, .param_derivative = EluByAlpha},
       // Near 0, alpha x may lie in the middle between two bf16 numbers, and the result a little to one side of it.
       .value = {1, 1, 0.501},
       .points = Tails()},
      {.name = "selu",
       .params = {},
       .settings = {{}},
       .pointwise = Pointwise{.value = Selu, .derivative = SeluDerivative},
       .points = Tails()},
      {.name = "celu",
       .params = {"alpha"},
       .settings = {{{1}}, {{0.3}}, {{2.5}}, {{1e-6}}, {{1e6}}},
       .pointwise = Pointwise{.value = Celu, .derivative = CeluDerivative},
       .points = Tails()},
  };
}

}  // namespace actserve::oracle::elu
