// Maxout, of two pieces; of more, tests/kernels/gated_test.cc.
#include "tests/oracle/reference.h"

namespace actserve::oracle::maxout {
namespace {

Real Maxout(const Real& u, const Real& g, const Setting&) { return Max(u, g); }
Real ByLinear(const Real& u, const Real& g, const Setting&) { return u < g ? 0 : 1; }
Real ByGate(const Real& u, const Real& g, const Setting&) { return u < g ? 1 : 0; }

}  // namespace

std::vector<Reference> References() {
  return {{.name = "maxout",
           .params = {"pieces"},
           .settings = {{{2.0}}},
           .gated = Gated{.value = Maxout, .by_linear = ByLinear, .by_gate = ByGate, .is_linear = false},
           .value = {0, 0, 0},
           .gradient = {0, 0, 0}}};
}

}  // namespace actserve::oracle::maxout
