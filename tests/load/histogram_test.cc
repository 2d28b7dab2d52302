#include "client/measure/histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace actserve::measure {
namespace {

TEST(Histogram, OfNothing) {
  EXPECT_EQ(Histogram().count(), 0);
  EXPECT_EQ(Histogram().Quantile(0.5), 0);
  EXPECT_EQ(Histogram().mean(), 0);
  EXPECT_EQ(Histogram().max(), 0);
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.Add(value);
  EXPECT_EQ(histogram.count(), 100);
  EXPECT_EQ(histogram.Quantile(0), 1);
  EXPECT_EQ(histogram.Quantile(0.5), 50);
  EXPECT_EQ(histogram.Quantile(0.99), 99);
  EXPECT_EQ(histogram.Quantile(0.999), 100);
  EXPECT_EQ(histogram.Quantile(1), 100);
}

TEST(Histogram, AnyValueIsKeptToAFifthOfAPercent) {
  for (int64_t value = 1; value < int64_t{1} << 41; value += 1 + value / 3) {
    Histogram histogram;
    histogram.Add(value);
    EXPECT_NEAR(histogram.Quantile(0.5), static_cast<double>(value), 0.002 * static_cast<double>(value)) << value;
  }
}

TEST(Histogram, OrderIsKeptWhereBucketsGetWider) {
  double before = -1;
  for (int64_t value = 500; value < 5000; ++value) {
    Histogram histogram;
    histogram.Add(value);
    EXPECT_GE(histogram.Quantile(1), before) << value;
    before = histogram.Quantile(1);
  }
}

TEST(Histogram, ExtremesDoNotLeaveIt) {
  Histogram histogram;
  histogram.Add(-5);
  histogram.Add(INT64_MAX);
  EXPECT_EQ(histogram.count(), 2);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  EXPECT_GT(histogram.Quantile(1), 1e12);
}

TEST(Histogram, Sum) {
  Histogram one, other;
  one.Add(10);
  other.Add(20);
  other.Add(30);
  one.Add(other);
  EXPECT_EQ(one.count(), 3);
  EXPECT_EQ(one.Quantile(0.5), 20);
  EXPECT_EQ(one.max(), 30);
  EXPECT_DOUBLE_EQ(one.mean(), 20);
}

}  // namespace
}  // namespace actserve::measure
