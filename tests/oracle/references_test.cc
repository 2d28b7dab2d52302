// What must hold for every reference, a new one's included: it is complete, and its derivatives are those of its value.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "tests/oracle/reference.h"

namespace actserve::oracle {
namespace {

// Away from the kinks of any function here, at both signs, in the middle and in the tails.
constexpr double kInputs[] = {-30.1, -9.0625, -2.71828, -1.25, -0.57721, 0.30103, 1.61803, 2.40625, 7.38906, 25.7};

// Equal but for the error of a central difference with this step, where derivatives are of moderate size.
testing::AssertionResult Agrees(const Real& derivative, const Real& quotient, const Real& step) {
  const Real allowed = 1000000 * Square(step) * Max(1, Abs(derivative));
  if (Abs(derivative - quotient) <= allowed) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "derivative is " << derivative.ToString() << ", difference quotient "
                                     << quotient.ToString();
}

TEST(References, AreComplete) {
  std::set<std::string_view> names;
  for (const Reference& reference : References()) {
    SCOPED_TRACE(std::string(reference.name));
    EXPECT_TRUE(names.insert(reference.name).second) << "listed twice";
    EXPECT_NE(reference.pointwise.has_value(), reference.rowwise.has_value());
    EXPECT_FALSE(reference.settings.empty());
    for (const Setting& setting : reference.settings) EXPECT_EQ(setting.size(), reference.params.size());
    EXPECT_EQ(FindReference(reference.name), &reference);
  }
  EXPECT_EQ(FindReference("no such function"), nullptr);
}

TEST(References, DerivativesAreThoseOfTheValue) {
  const Real step = Real::PowerOfTwo(-60);
  for (const Reference& reference : References()) {
    if (!reference.pointwise) continue;
    const Pointwise& f = *reference.pointwise;
    for (const Setting& setting : reference.settings) {
      for (const double x : kInputs) {
        SCOPED_TRACE(testing::Message() << reference.name << " at " << x);
        const Real quotient = (f.value(x + step, setting) - f.value(x - step, setting)) / (2 * step);
        EXPECT_TRUE(Agrees(f.derivative(x, setting), quotient, step));
      }
    }
  }
}

TEST(References, ParamDerivativesAreThoseOfTheValue) {
  const double step = 0x1p-24;  // settings are of doubles
  for (const Reference& reference : References()) {
    if (!reference.pointwise || reference.pointwise->param_derivative == nullptr) continue;
    const Pointwise& f = *reference.pointwise;
    for (const Setting& setting : reference.settings) {
      for (size_t which = 0; which < setting.size(); ++which) {
        for (size_t segment = 0; segment < setting[which].size(); ++segment) {
          Setting above = setting;
          Setting below = setting;
          above[which][segment] += step;
          below[which][segment] -= step;
          const Real distance = Real(above[which][segment]) - below[which][segment];
          for (const double x : kInputs) {
            SCOPED_TRACE(testing::Message()
                         << reference.name << " at " << x << ", parameter " << reference.params[which]);
            const Real quotient = (f.value(x, above) - f.value(x, below)) / distance;
            EXPECT_TRUE(Agrees(f.param_derivative(x, setting, which, segment), quotient, step));
          }
        }
      }
    }
  }
}

// The values of a row's inputs are doubles: steps are large, and only smooth functions are tested so. Sparsemax is
// piecewise linear, for which a difference quotient is exact.
TEST(References, ProductsAreThoseOfTheValue) {
  const std::vector<double> x = {0.25, -1.5, 0.75, 0.625, -40};
  const std::vector<double> upstream = {1, -0.5, 2, 0.25, 3};
  const double step = 0x1p-24;
  for (const Reference& reference : References()) {
    if (!reference.rowwise) continue;
    const Rowwise& f = *reference.rowwise;
    for (const Setting& setting : reference.settings) {
      if (reference.name == "topk_softmax" && setting[0][0] > static_cast<double>(x.size())) continue;
      const std::vector<Real> product = f.product(x, upstream, setting);
      for (size_t j = 0; j < x.size(); ++j) {
        std::vector<double> above = x;
        std::vector<double> below = x;
        above[j] += step;
        below[j] -= step;
        const std::vector<Real> y_above = f.value(above, setting);
        const std::vector<Real> y_below = f.value(below, setting);
        Real quotient = 0;
        for (size_t i = 0; i < x.size(); ++i) quotient += upstream[i] * (y_above[i] - y_below[i]) / (2 * step);
        SCOPED_TRACE(testing::Message() << reference.name << ", element " << j);
        EXPECT_TRUE(Agrees(product[j], quotient, step));
      }
    }
  }
}

TEST(References, ParamProductsAreThoseOfTheValue) {
  const std::vector<double> x = {0.25, -1.5, 0.75, 0.625, -40};
  const std::vector<double> upstream = {1, -0.5, 2, 0.25, 3};
  const double step = 0x1p-24;
  for (const Reference& reference : References()) {
    if (!reference.rowwise || reference.rowwise->param_product == nullptr) continue;
    const Rowwise& f = *reference.rowwise;
    for (const Setting& setting : reference.settings) {
      for (size_t which = 0; which < setting.size(); ++which) {
        Setting above = setting, below = setting;
        above[which][0] += step;
        below[which][0] -= step;
        const std::vector<Real> y_above = f.value(x, above), y_below = f.value(x, below);
        Real quotient = 0;
        for (size_t i = 0; i < x.size(); ++i) quotient += upstream[i] * (y_above[i] - y_below[i]) / (2 * step);
        SCOPED_TRACE(testing::Message() << reference.name << ", parameter " << reference.params[which]);
        EXPECT_TRUE(Agrees(f.param_product(x, upstream, setting, which), quotient, step));
      }
    }
  }
}

TEST(References, SharesOfARowSumToOne) {
  const std::vector<double> x = {0.25, -1.5, 0.75, 0.625, 0.5, 0.25, -40, 0.75};
  for (const Reference& reference : References()) {
    if (!reference.rowwise || reference.name == "log_softmax") continue;
    for (const Setting& setting : reference.settings) {
      if (reference.name == "topk_softmax" && setting[0][0] > 8) continue;
      Real sum = 0;
      for (const Real& share : reference.rowwise->value(x, setting)) sum += share;
      EXPECT_TRUE(Abs(sum - 1) < Real::PowerOfTwo(-240)) << reference.name << ": " << sum.ToString();
    }
  }
}

TEST(Real, ErfcIsMpfrs) {
  for (double x = 4.75; x < 60; x *= 1.13) {
    Real expected;
    mpfr_erfc(expected.get(), Real(x).get(), MPFR_RNDN);
    EXPECT_TRUE(Abs(Erfc(x) / expected - 1) < Real::PowerOfTwo(-280)) << x;
  }
  EXPECT_TRUE(Erfc(Real::PowerOfTwo(10000)).IsZero());
}

}  // namespace
}  // namespace actserve::oracle
