// Softmax over the k largest of a row, of equal ones the first.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/oracle/reference.h"

namespace actserve::oracle::topk_softmax {
namespace {

// The indices of the k largest that are not -inf, largest first.
std::vector<size_t> Largest(std::span<const double> x, const Setting& p) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return x[i] > x[j]; });
  order.resize(static_cast<size_t>(p[0][0]));
  std::erase_if(order, [&](size_t i) { return std::isinf(x[i]); });
  return order;
}

std::vector<Real> Value(std::span<const double> x, const Setting& p) {
  const std::vector<size_t> largest = Largest(x, p);
  std::vector<Real> y(x.size());
  Real sum = 0;
  for (const size_t i : largest) sum += y[i] = Exp((Real(x[i]) - x[largest[0]]) / p[1][0]);
  for (const size_t i : largest) y[i] = y[i] / sum;
  return y;
}

// Softmax's of those, 0 elsewhere.
template <class Join>
std::vector<Real> Sum(std::span<const double> x, std::span<const double> g, const Setting& p, Join join) {
  std::vector<Real> y = Value(x, p);
  Real dot = 0;
  for (size_t i = 0; i < x.size(); ++i) dot += y[i] * join(g[i]);
  for (size_t j = 0; j < x.size(); ++j) y[j] = y[j] / p[1][0] * (join(g[j]) + join(-1) * dot);
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
  // The first two are for rows of one, too.
  return {{.name = "topk_softmax",
           .params = {"k", "temperature"},
           .settings = {{{1}, {1}}, {{1}, {2}}, {{2}, {1}}, {{3}, {0.5}}, {{8}, {1}}, {{40}, {3}}, {{200}, {1}}},
           .rowwise = Rowwise{.value = Value, .product = Product, .product_terms = ProductTerms},
           .value = {2, 2, 0.501},
           .gradient = {4, 4, 0.501}}};
}

}  // namespace actserve::oracle::topk_softmax
