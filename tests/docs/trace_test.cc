#include "tests/docs/trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace actserve::docs {
namespace {

std::vector<Stroke> TraceOf(double (*function)(double), double low, double high) {
  return Trace(
      [&](std::span<const double> x) {
        std::vector<double> y(x.size());
        std::transform(x.begin(), x.end(), y.begin(), function);
        return y;
      },
      low, high);
}

TEST(Trace, FollowsWhatHasNoJumps) {
  for (const auto function : {+[](double x) { return std::sin(x); }, +[](double x) { return std::fabs(x); },
                              +[](double x) { return std::clamp(40 * x, -1.0, 1.0); }, +[](double) { return 2.0; }}) {
    const std::vector<Stroke> strokes = TraceOf(function, -3, 3);
    ASSERT_EQ(strokes.size(), 1u);
    EXPECT_EQ(strokes[0].front().x, -3);
    EXPECT_EQ(strokes[0].back().x, 3);
    for (const Point& point : strokes[0]) EXPECT_EQ(point.y, function(point.x));
  }
}

TEST(Trace, LiftsThePenAtAJumpAndFindsIt) {
  const std::vector<Stroke> strokes = TraceOf([](double x) { return x > 0.3 ? 5 + x : x; }, -1, 1);
  ASSERT_EQ(strokes.size(), 2u);
  EXPECT_NEAR(strokes[0].back().x, 0.3, 2e-6);
  EXPECT_NEAR(strokes[0].back().y, 0.3, 2e-6);
  EXPECT_NEAR(strokes[1].front().x, 0.3, 2e-6);
  EXPECT_NEAR(strokes[1].front().y, 5.3, 2e-6);
  EXPECT_LE(strokes[0].back().x, strokes[1].front().x);
}

TEST(Trace, LiftsThePenWhereThereIsNoValue) {
  const std::vector<Stroke> strokes = TraceOf([](double x) { return std::sqrt(x * x - 0.25); }, -1, 1);
  ASSERT_EQ(strokes.size(), 2u);
  EXPECT_NEAR(strokes[0].back().x, -0.5, 0.01);
  EXPECT_NEAR(strokes[1].front().x, 0.5, 0.01);
}

TEST(Simplified, KeepsCornersAndTheTolerance) {
  const auto corner = TraceOf([](double x) { return std::fabs(x); }, -3, 3);
  const Stroke kept = Simplified(corner[0], 1e-9);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[1].x, 0);

  constexpr double kTolerance = 0.01;
  const auto wave = TraceOf([](double x) { return std::sin(x); }, -3, 3);
  const Stroke few = Simplified(wave[0], kTolerance);
  EXPECT_LT(few.size(), 40u);
  size_t next = 1;
  for (const Point& point : wave[0]) {
    while (few[next].x < point.x) ++next;
    const Point &from = few[next - 1], &to = few[next];
    EXPECT_NEAR(point.y, from.y + (to.y - from.y) * (point.x - from.x) / (to.x - from.x), kTolerance);
  }
  EXPECT_EQ(Simplified({{0, 1}, {1, 2}}, 10).size(), 2u);
}

}  // namespace
}  // namespace actserve::docs
