// softsign.
#include "tests/oracle/reference.h"

namespace actserve::oracle::softsign {
namespace {

Real Value(const Real& x, const Setting&) { return x / (1 + Abs(x)); }
Real Derivative(const Real& x, const Setting&) { return 1 / Square(1 + Abs(x)); }

}  // namespace

std::vector<Reference> References() {
  return {{.name = "softsign",
           .params = {},
           .settings = {{}},
           .pointwise = Pointwise{.value = Value, .derivative = Derivative},
           // Where the derivative leaves the normal range, and where it is 0.
           .points = {9.2e18, -9.2e18, 2.67e22, -3.8e22, 6.7e153, -4.5e161}}};
}

}  // namespace actserve::oracle::softsign
