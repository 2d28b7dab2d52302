// softmax, log_softmax and softmin of x / temperature.
#include <algorithm>
#include <cmath>

#include "tests/oracle/reference.h"

namespace actserve::oracle::softmax {
namespace {

Real Temperature(const Setting& p) { return p[0][0]; }

// (x[i] - max) / temperature, and which i is the (first) maximum. Softmax does not change with a shift of its row; this
// one keeps exponents in range. An entry of -inf stays one.
struct Shifted {
  std::vector<Real> z;
  size_t top = 0;
};

Shifted Shift(std::span<const double> x, const Setting& p) {
  Shifted row;
  row.top = static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin());
  const Real temperature = Temperature(p);
  for (const double value : x) row.z.push_back((Real(value) - x[row.top]) / temperature);
  return row;
}

std::vector<Real> Softmax(std::span<const double> x, const Setting& p) {
  std::vector<Real> y = Shift(x, p).z;
  Real sum = 0;
  for (Real& value : y) sum += value = Exp(value);
  for (Real& value : y) value = value / sum;
  return y;
}

// z[i] - log(sum of exp(z)). The sum is 1 for the maximum, whose z is 0, plus what the others give, kept apart so that
// log1p sees all digits of it.
std::vector<Real> LogSoftmax(std::span<const double> x, const Setting& p) {
  Shifted row = Shift(x, p);
  Real others = 0;
  for (size_t i = 0; i < row.z.size(); ++i) {
    if (i != row.top) others += Exp(row.z[i]);
  }
  const Real log_sum = Log1p(others);
  for (Real& value : row.z) value = value - log_sum;
  return row.z;
}

// dy[i]/dx[j] = y[i] ((i == j) - y[j]) / T, so the product is y[j] (g[j] - sum of y g) / T.
template <class Join>
std::vector<Real> SoftmaxSum(std::span<const double> x, std::span<const double> g, const Setting& p, Join join) {
  std::vector<Real> y = Softmax(x, p);
  Real dot = 0;
  for (size_t i = 0; i < x.size(); ++i) dot += y[i] * join(g[i]);
  for (size_t j = 0; j < x.size(); ++j) y[j] = y[j] / Temperature(p) * (join(g[j]) + join(-1) * dot);
  return y;
}

// dy[i]/dx[j] = ((i == j) - softmax(x)[j]) / T.
template <class Join>
std::vector<Real> LogSoftmaxSum(std::span<const double> x, std::span<const double> g, const Setting& p, Join join) {
  std::vector<Real> y = Softmax(x, p);
  Real sum = 0;
  for (const double value : g) sum += join(value);
  for (size_t j = 0; j < x.size(); ++j) y[j] = (join(g[j]) + join(-1) * y[j] * sum) / Temperature(p);
  return y;
}

Real Signed(double value) { return value; }
Real Magnitude(double value) { return std::fabs(value); }

std::vector<Real> SoftmaxProduct(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return SoftmaxSum(x, g, p, Signed);
}
std::vector<Real> SoftmaxProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return SoftmaxSum(x, g, p, Magnitude);
}
std::vector<Real> LogSoftmaxProduct(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return LogSoftmaxSum(x, g, p, Signed);
}
std::vector<Real> LogSoftmaxProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return LogSoftmaxSum(x, g, p, Magnitude);
}

// softmin(x) = softmax(-x), so that dy/dx = -softmax'(-x).
std::vector<double> Negated(std::span<const double> x) {
  std::vector<double> negated;
  for (const double value : x) negated.push_back(-value);
  return negated;
}
std::vector<Real> Softmin(std::span<const double> x, const Setting& p) { return Softmax(Negated(x), p); }
std::vector<Real> SoftminProduct(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return SoftmaxProduct(Negated(x), Negated(g), p);
}
std::vector<Real> SoftminProductTerms(std::span<const double> x, std::span<const double> g, const Setting& p) {
  return SoftmaxProductTerms(Negated(x), g, p);
}

}  // namespace

std::vector<Reference> References() {
  const std::vector<Setting> temperatures = {{{1.0}}, {{0.1}}, {{0.5}}, {{2.0}}, {{3.0}}, {{50.0}}};
  return {
      {.name = "softmax",
       .params = {"temperature"},
       .settings = temperatures,
       .rowwise = Rowwise{.value = Softmax, .product = SoftmaxProduct, .product_terms = SoftmaxProductTerms},
       .value = {2, 2, 0.501},
       .gradient = {4, 4, 0.501}},
      {.name = "log_softmax",
       .params = {"temperature"},
       .settings = temperatures,
       .rowwise = Rowwise{.value = LogSoftmax, .product = LogSoftmaxProduct, .product_terms = LogSoftmaxProductTerms},
       .value = {2, 3, 0.501},
       .gradient = {2, 3, 0.501}},
      {.name = "softmin",
       .params = {"temperature"},
       .settings = temperatures,
       .rowwise =
           Rowwise{
               .value = Softmin, .product = SoftminProduct, .product_terms = SoftminProductTerms, .nothing = HUGE_VAL},
       .value = {2, 2, 0.501},
       .gradient = {4, 4, 0.501}},
  };
}

}  // namespace actserve::oracle::softmax
