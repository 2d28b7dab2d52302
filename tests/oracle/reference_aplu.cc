// aplu: max(0, x) + sum over s of a_s * max(0, b_s - x). The derivative at a kink is the one without the segment that
// begins there.
#include "tests/oracle/reference.h"

namespace actserve::oracle::aplu {
namespace {

enum { kA, kB };

bool Active(const Real& x, const Setting& p, size_t s) { return x < p[kB][s]; }

// Sum over the active segments of term(s), or of its magnitude.
template <class Term>
Real Sum(const Real& x, const Setting& p, Term term) {
  Real sum = 0;
  for (size_t s = 0; s < p[kA].size(); ++s) {
    if (Active(x, p, s)) sum += term(s);
  }
  return sum;
}

Real Aplu(const Real& x, const Setting& p) {
  return Max(0, x) + Sum(x, p, [&](size_t s) { return p[kA][s] * (p[kB][s] - x); });
}
Real ApluDerivative(const Real& x, const Setting& p) {
  return (x > 0 ? 1 : 0) - Sum(x, p, [&](size_t s) { return Real(p[kA][s]); });
}
Real ApluByParameter(const Real& x, const Setting& p, size_t which, size_t s) {
  if (!Active(x, p, s)) return 0;
  return which == kA ? p[kB][s] - x : Real(p[kA][s]);
}

// The result is a sum, in which anything can cancel.
Real ApluTerms(const Real& x, const Setting& p) {
  return Max(0, x) + Sum(x, p, [&](size_t s) { return Abs(p[kA][s] * (p[kB][s] - x)); });
}
Real ApluDerivativeTerms(const Real& x, const Setting& p) {
  return (x > 0 ? 1 : 0) + Sum(x, p, [&](size_t s) { return Abs(p[kA][s]); });
}

// Segments of both signs whose hinges spread over [-4, 4].
Setting Spread(int segments) {
  Setting p(2);
  for (int s = 0; s < segments; ++s) {
    p[kA].push_back((s % 2 == 0 ? 0.3 : -0.2) / (1 + s % 7));
    p[kB].push_back(segments == 1 ? 0.5 : -4 + 8.0 * s / (segments - 1));
  }
  return p;
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "aplu",
       .params = {"a", "b"},
       .settings = {Spread(2), Spread(1), Spread(7), Spread(64), {{0.0}, {0.0}}, {{-1.0, 2.0, 2.0}, {1.0, 1.0, 1.0}}},
       .pointwise = Pointwise{.value = Aplu,
                              .derivative = ApluDerivative,
                              .param_derivative = ApluByParameter,
                              .value_terms = ApluTerms,
                              .derivative_terms = ApluDerivativeTerms},
       .value = {4, 4, 0.501},  // a sum of up to 65 terms in f32
       .gradient = {4, 4, 0.501},
       .points = {-4.0, 0.5, 1.0, 4.0}},
  };
}

}  // namespace actserve::oracle::aplu
