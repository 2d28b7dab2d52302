// Alpha-entmax: max(0, beta x - tau)^(1 / beta), beta = alpha - 1, with the tau that makes the sum 1 (Peters, Niculae
// and Martins 2019), by Newton's iteration. Derivatives by alpha are central differences.
#include <algorithm>
#include <cmath>
#include <map>

#include "tests/oracle/reference.h"

namespace actserve::oracle::entmax {
namespace {

Real Power(const Real& base, const Real& exponent) { return Exp(Log(base) * exponent); }

// Of beta (x - max), which differs from beta x by what tau takes up. The sum falls with tau and is convex, so that
// steps from the left never go too far.
Real Threshold(std::span<const double> x, double top, const Real& beta) {
  std::map<double, int> counts;  // equal ones once
  for (const double value : x) ++counts[value];
  Real tau = -1;
  for (int i = 0; i < 1000; ++i) {
    Real sum = 0, slope = 0;
    for (auto it = counts.rbegin(); it != counts.rend(); ++it) {
      const Real base = beta * (Real(it->first) - top) - tau;
      if (!(0 < base)) break;
      const Real share = it->second * Power(base, 1 / beta);
      sum += share;
      slope += share / base / beta;
    }
    const Real step = (sum - 1) / slope;
    tau += step;
    if (Abs(step) < Real::PowerOfTwo(-250)) break;
  }
  return tau;
}

// beta x - tau where that is positive, else 0: so near to 0, the element is at the threshold, and that is what the
// iteration has left.
std::vector<Real> Bases(std::span<const double> x, const Real& alpha) {
  const double top = *std::max_element(x.begin(), x.end());
  const Real beta = alpha - 1, tau = Threshold(x, top, beta);
  std::vector<Real> bases;
  for (const double value : x) {
    const Real base = beta * (Real(value) - top) - tau;
    bases.push_back(base < Real::PowerOfTwo(-200) ? 0 : base);
  }
  return bases;
}

std::vector<Real> Shares(const std::vector<Real>& bases, const Real& alpha) {
  std::vector<Real> y;
  for (const Real& base : bases) y.push_back(base.IsZero() ? base : Power(base, 1 / (alpha - 1)));
  return y;
}

std::vector<Real> Entmax(std::span<const double> x, const Setting& p) { return Shares(Bases(x, p[0][0]), p[0][0]); }

// Shares so small that their digits are lost in those of tau are good to an ULP of this.
std::vector<Real> Terms(std::span<const double> x, const Setting&) {
  return std::vector<Real>(x.size(), Real::PowerOfTwo(-48));
}

// dy[i]/dx[j] = s[i] ((i == j) - s[j] / sum of s), s = y^(2 - alpha).
template <class Join>
std::vector<Real> Sum(const std::vector<Real>& bases, std::span<const double> g, const Setting& p, Join join) {
  std::vector<Real> s = Shares(bases, p[0][0]);
  Real sum = 0, dot = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i].IsZero()) continue;
    sum += s[i] = s[i] / bases[i];
    dot += s[i] * join(g[i]);
  }
  for (size_t j = 0; j < s.size(); ++j) s[j] = s[j] * (join(g[j]) + join(-1) * dot / sum);
  return s;
}

std::vector<Real> Product(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return Sum(Bases(x, p[0][0]), g, p, [](double value) { return Real(value); });
}
// An element so near the threshold that its digits are lost in those of tau has an s that is as good as a tau to an ULP
// of 2^-51 makes it: s = base^e, e = 1 / (alpha - 1) - 1.
std::vector<Real> ProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p) {
  const std::vector<Real> bases = Bases(x, p[0][0]);
  std::vector<Real> terms = Sum(bases, g, p, [](double value) { return Real(std::fabs(value)); });
  const Real exponent = 1 / (Real(p[0][0]) - 1) - 1;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!bases[i].IsZero()) terms[i] += terms[i] * exponent * Real::PowerOfTwo(-51) / bases[i];
  }
  return terms;
}

Real AlphaProduct(std::span<const double> x, std::span<const double> g, const Setting& p, size_t) {
  const Real alpha = p[0][0], step = Real::PowerOfTwo(-80);
  const std::vector<Real> above = Shares(Bases(x, alpha + step), alpha + step);
  const std::vector<Real> below = Shares(Bases(x, alpha - step), alpha - step);
  Real product = 0;
  for (size_t i = 0; i < x.size(); ++i) product += g[i] * (above[i] - below[i]) / (2 * step);
  return product;
}
// What cancels in the derivative: y (d - mean of d) + (e l - l e), e = (y^(1 - alpha) - 1) / beta, l = log(y),
// d = (e + l) / beta.
Real AlphaProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p, size_t) {
  const Real beta = Real(p[0][0]) - 1;
  const std::vector<Real> bases = Bases(x, p[0][0]), y = Shares(bases, p[0][0]);
  Real mean_e = 0, mean_l = 0, mean_d = 0, sum = 0;
  std::vector<Real> e(x.size()), l(x.size()), d(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    if (y[i].IsZero()) continue;
    e[i] = (1 / bases[i] - 1) / beta;
    l[i] = Log(y[i]);
    d[i] = (e[i] + l[i]) / beta;
    mean_e += y[i] * e[i];
    mean_l += y[i] * l[i];
    mean_d += y[i] * d[i];
  }
  for (size_t i = 0; i < x.size(); ++i) {
    sum += std::fabs(g[i]) * y[i] * (mean_d + Abs(d[i]) + Abs(l[i]) * mean_e + Abs(mean_l) * e[i]);
  }
  return sum / (1 + beta * mean_e);
}

}  // namespace

std::vector<Reference> References() {
  return {{.name = "entmax",
           .params = {"alpha"},
           .settings = {{{1.5}}, {{1.25}}, {{1.75}}, {{2}}, {{1.0078125}}, {{1.984375}}},
           .rowwise = Rowwise{.value = Entmax,
                              .product = Product,
                              .product_terms = ProductTerms,
                              .value_terms = Terms,
                              .param_product = AlphaProduct,
                              .param_product_terms = AlphaProductTerms},
           .value = {1, 2, 0.501},
           .gradient = {2, 4, 0.501},
           .param_gradient = {1, 8}}};
}

}  // namespace actserve::oracle::entmax
