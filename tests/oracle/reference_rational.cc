// rational: P / Q with Q = 1 + |A|. At A = 0, |A| has the derivative 0.
#include "tests/oracle/reference.h"

namespace actserve::oracle::rational {
namespace {

constexpr size_t kNumerator = 6, kDenominator = 4;

// c[first] + c[first + 1] x + ..., for `count` of them; with each times its place, counted from `weight` on, or as it
// is.
Real Sum(const Real& x, const Setting& c, size_t first, size_t count, int weight = -1) {
  Real sum = 0;
  for (size_t k = count; k-- > 0;) {
    const Real term = weight < 0 ? Real(c[first + k][0]) : c[first + k][0] * Real(weight + static_cast<double>(k));
    sum = sum * x + term;
  }
  return sum;
}

struct Parts {
  Parts(const Real& x, const Setting& c)
      : p(Sum(x, c, 0, kNumerator)), a(x * Sum(x, c, kNumerator, kDenominator)), q(1 + Abs(a)) {}
  Real Signed(const Real& v) const { return a > 0 ? v : a < 0 ? -v : Real(0); }
  Real p, a, q;
};

Real Rational(const Real& x, const Setting& c) {
  const Parts f(x, c);
  return f.p / f.q;
}
// Of P: a1 + 2 a2 x + ...; of A: b1 + 2 b2 x + ...
Real SlopeOfP(const Real& x, const Setting& c) { return Sum(x, c, 1, kNumerator - 1, 1); }
Real SlopeOfA(const Real& x, const Setting& c) { return Sum(x, c, kNumerator, kDenominator, 1); }
Real RationalDerivative(const Real& x, const Setting& c) {
  const Parts f(x, c);
  return (SlopeOfP(x, c) - f.p / f.q * f.Signed(SlopeOfA(x, c))) / f.q;
}
Real RationalByParam(const Real& x, const Setting& c, size_t which, size_t) {
  const Parts f(x, c);
  Real power = 1;
  for (size_t k = which < kNumerator ? 0 : kNumerator - 1; k < which; ++k) power = power * x;
  return power / f.q * (which < kNumerator ? Real(1) : -f.Signed(f.p / f.q));
}

// Both polynomials are sums in which terms cancel.
Setting Sizes(const Setting& c) {
  Setting sizes = c;
  for (std::vector<double>& coefficient : sizes) coefficient[0] = std::fabs(coefficient[0]);
  return sizes;
}
Real RationalTerms(const Real& x, const Setting& c) { return Sum(Abs(x), Sizes(c), 0, kNumerator) / Parts(x, c).q; }
Real RationalDerivativeTerms(const Real& x, const Setting& c) {
  const Parts f(x, c);
  const Setting sizes = Sizes(c);
  return (SlopeOfP(Abs(x), sizes) + Abs(f.p / f.q) * SlopeOfA(Abs(x), sizes)) / f.q;
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "rational",
       .params = {"a0", "a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4"},
       .settings = {{{0.02996348},
                     {0.61690165},
                     {2.37539147},
                     {3.06608078},
                     {1.52474449},
                     {0.25281987},
                     {1.19160814},
                     {4.40811795},
                     {0.91111034},
                     {0.34885983}},
                    // leading coefficients that are not there: of equal degrees, a lower one, a higher one, a
                    // polynomial, and nothing
                    {{0.5}, {-1.5}, {0}, {0}, {2}, {0}, {0.25}, {0}, {-1}, {0.5}},
                    {{1}, {2}, {-0.75}, {0}, {0}, {0}, {-0.5}, {0.3}, {0.125}, {-3}},
                    {{-0.1}, {1}, {0.5}, {-0.25}, {0}, {1e-3}, {0}, {0}, {2}, {0}},
                    {{1}, {-1}, {0.5}, {0}, {0}, {0}, {0}, {0}, {0}, {0}},
                    {{0}, {0}, {0}, {0}, {0}, {0}, {1}, {1}, {1}, {1}},
                    {{1e6}, {-1e6}, {1e6}, {-1e6}, {1e6}, {-1e6}, {-1e6}, {1e6}, {-1e6}, {1e6}}},
       .pointwise = Pointwise{.value = Rational,
                              .derivative = RationalDerivative,
                              .param_derivative = RationalByParam,
                              .value_terms = RationalTerms,
                              .derivative_terms = RationalDerivativeTerms},
       .value = {1, 1, 0.501},
       .gradient = {1, 1, 0.501},
       .points = {-0.95, -0.05, 1, -1, 2, -2, 0.5, -0.5, 1e3, -1e3}},
  };
}

}  // namespace actserve::oracle::rational
