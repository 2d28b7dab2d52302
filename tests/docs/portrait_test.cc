#include "tests/docs/portrait.h"

#include <gtest/gtest.h>

#include <cmath>

namespace actserve::docs {
namespace {

Portrait Of(const char* name) { return PortraitOf(*FindFunction(name)); }

// The value of strokes at an x of one of their points.
double At(const std::vector<Stroke>& strokes, double x) {
  for (const Stroke& stroke : strokes) {
    for (const Point& point : stroke) {
      if (point.x == x) return point.y;
    }
  }
  return std::nan("");
}

TEST(Portrait, HasTheFunctionsValueAndDerivative) {
  const Portrait gelu = Of("gelu");
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2)); };
  for (const double x : {-2.0, -0.5, 0.0, 1.0, 3.0}) {
    EXPECT_NEAR(At(gelu.value, x), x * cdf(x), 1e-15) << x;
    EXPECT_NEAR(At(gelu.derivative, x), cdf(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI), 1e-15) << x;
  }
  EXPECT_EQ(gelu.value_name, "gelu(x)");
  EXPECT_EQ(gelu.setting, "");
}

TEST(Portrait, ShowsOneElementOfARow) {
  const Portrait softmax = Of("softmax");
  for (const double x : {-3.0, 0.0, 1.5}) {
    double sum = std::exp(x);
    for (const double other : kOthers) sum += std::exp(other);
    const double y = std::exp(x) / sum;
    EXPECT_NEAR(At(softmax.value, x), y, 1e-14) << x;
    EXPECT_NEAR(At(softmax.derivative, x), y * (1 - y), 1e-14) << x;
  }
}

TEST(Portrait, SaysWhatParametersWithoutDefaultsAre) {
  const Portrait prelu = Of("prelu");
  EXPECT_EQ(prelu.setting, "alpha = 0.25");
  EXPECT_EQ(At(prelu.value, -3), -0.75);
  EXPECT_EQ(Of("aplu").setting.substr(0, 5), "a = [");
}

TEST(Portrait, IsAsWideAsTheFunctionChanges) {
  EXPECT_EQ(Of("relu").high, 3);
  EXPECT_EQ(Of("relu6").high, 8);  // 6 is to be seen
  EXPECT_EQ(Of("sigmoid").low, -4);
  EXPECT_EQ(Of("relu_squared").high, 3);  // its derivative has no limit
  EXPECT_EQ(Of("relu").derivative.size(), 2u);
}

}  // namespace
}  // namespace actserve::docs
