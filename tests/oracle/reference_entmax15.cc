// 1.5-entmax: max(0, x / 2 - tau)^2 with the tau that makes the sum 1 (Peters, Niculae and Martins 2019, by sorting).
#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/oracle/reference.h"

namespace actserve::oracle::entmax15 {
namespace {

// z = x / 2, shifted by the maximum, which does not change the result. An element is in the support where tau is below
// it: where the sum, with it in tau's place, is not yet 1. Of the support, tau is the lesser root of a quadratic.
Real Threshold(std::span<const double> x) {
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  Real sum = 0, squares = 0, count = 0;
  for (size_t k = 0; k < sorted.size() && !std::isinf(sorted[k]); ++k) {
    const Real z = (Real(sorted[k]) - sorted[0]) / 2;
    if (!(squares - 2 * z * sum + count * Square(z) < 1)) break;
    sum += z;
    squares += Square(z);
    count += 1;
  }
  const Real mean = sum / count;
  return mean - Sqrt((1 - (squares - mean * sum)) / count);
}

// x / 2 - tau where that is positive, else 0.
std::vector<Real> Roots(std::span<const double> x) {
  const Real tau = Threshold(x);
  const double top = *std::max_element(x.begin(), x.end());
  std::vector<Real> roots;
  for (const double value : x) roots.push_back(Max(0, (Real(value) - top) / 2 - tau));
  return roots;
}

std::vector<Real> Entmax15(std::span<const double> x, const Setting&) {
  std::vector<Real> y = Roots(x);
  for (Real& value : y) value = Square(value);
  return y;
}

// Shares so small that their digits are lost in those of tau are good to an ULP of this.
std::vector<Real> Terms(std::span<const double> x, const Setting&) {
  return std::vector<Real>(x.size(), Real::PowerOfTwo(-54));
}

// dy[i]/dx[j] = s[i] ((i == j) - s[j] / sum of s), s = sqrt(y).
template <class Join>
std::vector<Real> Sum(std::span<const double> x, std::span<const double> g, Join join) {
  std::vector<Real> s = Roots(x);
  Real sum = 0, dot = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum += s[i];
    dot += s[i] * join(g[i]);
  }
  for (size_t j = 0; j < x.size(); ++j) s[j] = s[j] * (join(g[j]) + join(-1) * dot / sum);
  return s;
}

std::vector<Real> Product(std::span<const double> x, std::span<const double> g, const Setting&) {
  return Sum(x, g, [](double value) { return Real(value); });
}
std::vector<Real> ProductTerms(std::span<const double> x, std::span<const double> g, const Setting&) {
  return Sum(x, g, [](double value) { return Real(std::fabs(value)); });
}

}  // namespace

std::vector<Reference> References() {
  return {
      {.name = "entmax15",
       .params = {},
       .settings = {{}},
       .rowwise = Rowwise{.value = Entmax15, .product = Product, .product_terms = ProductTerms, .value_terms = Terms},
       .value = {2, 2, 0.501},
       .gradient = {2, 2, 0.501}}};
}

}  // namespace actserve::oracle::entmax15
