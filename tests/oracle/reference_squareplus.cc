// squareplus. With b = 0 it is relu, and so is its derivative at 0.
#include "tests/oracle/reference.h"

namespace actserve::oracle::squareplus {
namespace {

Real Root(const Real& x, const Setting& p) { return Sqrt(Square(x) + p[0][0]); }

// From the definition where it does not cancel, and elsewhere from (r + x) (r - x) = b.
Real Squareplus(const Real& x, const Setting& p) {
  return x > 0 || p[0][0] == 0 ? (x + Root(x, p)) / 2 : p[0][0] / (2 * (Root(x, p) - x));
}
Real SquareplusDerivative(const Real& x, const Setting& p) {
  if (p[0][0] == 0) return x > 0 ? 1 : 0;
  return Squareplus(x, p) / Root(x, p);
}
Real SquareplusByB(const Real& x, const Setting& p, size_t, size_t) { return 1 / (4 * Root(x, p)); }

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "squareplus",
       .params = {"b"},
       .settings = {{{4}}, {{0.3}}, {{0}}, {{1e6}}, {{1e-30}}},
       .pointwise =
           Pointwise{.value = Squareplus, .derivative = SquareplusDerivative, .param_derivative = SquareplusByB},
       // Where squares leave the range, and where b is nothing to them.
       .points = {-2, 1e-15, 1e-19, 1e-23, 1e19, 1e20, 1e77, 1e-77, 1e154, 1e155, 1e-154, 1e-162, 4e7}},
  };
}

}  // namespace actserve::oracle::squareplus
