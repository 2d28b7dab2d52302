// srelu. A bend belongs to the outer line; where the bends are the wrong way round, what is above t_right is on the
// right.
#include "tests/oracle/reference.h"

namespace actserve::oracle::srelu {
namespace {

enum { kTLeft, kALeft, kTRight, kARight };

bool IsRight(const Real& x, const Setting& p) { return p[kTRight][0] <= x; }
bool IsLeft(const Real& x, const Setting& p) { return !IsRight(x, p) && x <= p[kTLeft][0]; }

Real Srelu(const Real& x, const Setting& p) {
  if (IsRight(x, p)) return p[kTRight][0] + p[kARight][0] * (x - p[kTRight][0]);
  return IsLeft(x, p) ? p[kTLeft][0] + p[kALeft][0] * (x - p[kTLeft][0]) : x;
}
Real SreluDerivative(const Real& x, const Setting& p) {
  if (IsRight(x, p)) return p[kARight][0];
  return IsLeft(x, p) ? p[kALeft][0] : 1;
}
Real SreluByParam(const Real& x, const Setting& p, size_t which, size_t) {
  if (which == kTRight || which == kARight) {
    if (!IsRight(x, p)) return 0;
    return which == kTRight ? 1 - Real(p[kARight][0]) : x - p[kTRight][0];
  }
  if (!IsLeft(x, p)) return 0;
  return which == kTLeft ? 1 - Real(p[kALeft][0]) : x - p[kTLeft][0];
}
// An outer line is a sum, which cancels around its root.
Real SreluTerms(const Real& x, const Setting& p) {
  if (IsRight(x, p)) return Abs(p[kTRight][0]) + Abs(p[kARight][0] * (x - p[kTRight][0]));
  return IsLeft(x, p) ? Abs(p[kTLeft][0]) + Abs(p[kALeft][0] * (x - p[kTLeft][0])) : Real(0);
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "srelu",
       .params = {"t_left", "a_left", "t_right", "a_right"},
       .settings = {{{0}, {0.2}, {1}, {1}},
                    {{-1.5}, {0}, {2.25}, {0}},
                    {{-0.3}, {-0.1}, {0.1}, {3.7}},
                    {{1}, {1e6}, {-1}, {-1e6}},
                    {{-1e6}, {0.3}, {1e6}, {0.7}}},
       .pointwise = Pointwise{.value = Srelu,
                              .derivative = SreluDerivative,
                              .param_derivative = SreluByParam,
                              .value_terms = SreluTerms},
       // A line may pass the middle between two narrow numbers nearer than f64 can tell.
       .value = {1, 1, 0.501},
       .points = {1, -1.5, 2.25, -0.3, 0.1, -1, -3.3, 1e6, -1e6}},
  };
}

}  // namespace actserve::oracle::srelu
