// sparsemax: the point of the probability simplex nearest to x, max(0, x - tau) with the tau that makes the sum 1
// (Martins and Astudillo 2016, by sorting).
#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/oracle/reference.h"

namespace actserve::oracle::sparsemax {
namespace {

// The support is the longest prefix z(1) >= ... >= z(k) of the sorted row with 1 + k z(k) > z(1) + ... + z(k). The row
// is shifted by its maximum, which changes neither the result nor, at 300 bits, any digit of it.
Real Threshold(std::span<const double> x) {
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  Real sum = 0;
  Real tau = 0;
  for (size_t k = 1; k <= sorted.size() && !std::isinf(sorted[k - 1]); ++k) {
    const Real z = Real(sorted[k - 1]) - sorted[0];
    sum += z;
    if (!(sum < 1 + static_cast<double>(k) * z)) break;
    tau = (sum - 1) / static_cast<double>(k);
  }
  return tau;
}

std::vector<Real> Sparsemax(std::span<const double> x, const Setting&) {
  const Real tau = Threshold(x);
  const double top = *std::max_element(x.begin(), x.end());
  std::vector<Real> y;
  for (const double value : x) y.push_back(Max(0, Real(value) - top - tau));
  return y;
}

// dy[i]/dx[j] = (i == j) - 1/k within the support of size k, else 0.
template <class Join>
std::vector<Real> Sum(std::span<const double> x, std::span<const double> g, const Setting& p, Join join) {
  std::vector<Real> y = Sparsemax(x, p);
  Real sum = 0;
  double support = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (y[i].IsZero()) continue;
    sum += join(g[i]);
    ++support;
  }
  for (size_t j = 0; j < x.size(); ++j) {
    if (!y[j].IsZero()) y[j] = join(g[j]) + join(-1) * sum / support;
  }
  return y;
}

std::vector<Real> Product(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return Sum(x, g, p, [](double value) { return Real(value); });
}
std::vector<Real> ProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return Sum(x, g, p, [](double value) { return Real(std::fabs(value)); });
}

}  // namespace

std::vector<Reference> References() {
  return {{.name = "sparsemax",
           .params = {},
           .settings = {{}},
           .rowwise = Rowwise{.value = Sparsemax, .product = Product, .product_terms = ProductTerms},
           .value = {1, 1, 0.501},
           .gradient = {1, 1, 0.501}}};
}

}  // namespace actserve::oracle::sparsemax
