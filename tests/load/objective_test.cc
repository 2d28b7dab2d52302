#include "client/load/engine/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "client/load/engine/sweep.h"

namespace actserve::load {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Objective, IsReadAndWritten) {
  const auto objective = ParseObjective("p99.9=250us");
  ASSERT_TRUE(objective.ok());
  EXPECT_DOUBLE_EQ(objective->quantile, 0.999);
  EXPECT_EQ(objective->limit, 250 * kMicrosecond);
  EXPECT_EQ(objective->ToString(), "p99.9=250us");
  EXPECT_EQ(ParseObjective("p50=1s")->ToString(), "p50=1s");
}

TEST(Objective, WhatIsNone) {
  for (const char* text : {"", "p99", "p=5ms", "99=5ms", "p0=5ms", "p100=5ms", "p99=", "p99=5", "p99=-5ms", "p99=0ms",
                           "pnan=5ms", "p99=2h"}) {
    const auto objective = ParseObjective(text);
    ASSERT_FALSE(objective.ok()) << text;
    EXPECT_THAT(std::string(objective.status().message()), HasSubstr("such as p99=5ms"));
  }
}

StepResult Answered(int count, Nanos latency) {
  StepResult result;
  for (int i = 0; i < count; ++i) result.total.calls.latency.Add(latency);
  result.total.calls.ends[kOk] = count;
  return result;
}

TEST(Objective, IsKeptByCallersQuantile) {
  const Objective objective{.quantile = 0.99, .limit = 5 * kMillisecond};
  EXPECT_TRUE(Keeps(Answered(100, kMillisecond), objective));
  EXPECT_FALSE(Keeps(Answered(100, 6 * kMillisecond), objective));
  EXPECT_FALSE(Keeps(StepResult{}, objective)) << "nothing was answered";
  StepResult failing = Answered(100, kMillisecond);
  failing.total.calls.ends[8] = 2;
  EXPECT_FALSE(Keeps(failing, objective)) << "quick failures are no answers";
  StepResult unsent = Answered(100, kMillisecond);
  unsent.unsent = 2;
  EXPECT_FALSE(Keeps(unsent, objective));
  StepResult dead = Answered(100, kMillisecond);
  dead.status = absl::UnavailableError("");
  EXPECT_FALSE(Keeps(dead, objective));
}

// The rates that a search tries where all up to `threshold` keep the objective.
std::vector<double> Tried(RateSearch& search, double threshold) {
  std::vector<double> rates;
  while (const auto rate = search.Next()) {
    rates.push_back(*rate);
    if (rates.size() > 100) break;
    search.Tried(*rate, *rate <= threshold);
  }
  return rates;
}

TEST(RateSearch, DoublesThenBisects) {
  RateSearch search(100, 10'000, 0.1);
  EXPECT_THAT(Tried(search, 1000), ElementsAre(100, 200, 400, 800, 1600, 1200, 1000, 1100));
  EXPECT_EQ(search.kept(), 1000);
  EXPECT_EQ(search.missed(), 1100);
}

TEST(RateSearch, AnyThresholdIsFoundAsCloselyAsAsked) {
  for (int i = 0; i < 22; ++i) {
    const double threshold = 100 * std::pow(1.37, i);
    RateSearch search(100, 1e6, 0.01);
    EXPECT_LT(Tried(search, threshold).size(), 25);
    EXPECT_LE(*search.kept(), threshold);
    EXPECT_GT(*search.missed(), threshold);
    EXPECT_LE(*search.missed(), *search.kept() * 1.01);
  }
}

TEST(RateSearch, EndsAtItsBounds) {
  RateSearch none(100, 1000, 0.1);
  EXPECT_THAT(Tried(none, 50), ElementsAre(100));
  EXPECT_FALSE(none.kept());
  RateSearch all(100, 500, 0.1);
  EXPECT_THAT(Tried(all, 1e9), ElementsAre(100, 200, 400, 500));
  EXPECT_EQ(all.kept(), 500);
  EXPECT_FALSE(all.missed());
}

TEST(Sweep, ListsAndRanges) {
  EXPECT_THAT(*ParseSweep("1000"), ElementsAre(1000));
  EXPECT_THAT(*ParseSweep("1k,0.5,2M"), ElementsAre(1000, 0.5, 2e6));
  EXPECT_THAT(*ParseSweep("1..16*4"), ElementsAre(1, 4, 16));
  EXPECT_THAT(*ParseSweep("1k..3k+1k,10"), ElementsAre(1000, 2000, 3000, 10));
  EXPECT_THAT(*ParseSweep("1..7*2"), ElementsAre(1, 2, 4)) << "not beyond the end";
  EXPECT_EQ(ParseSweep("0.1..0.3+0.1")->size(), 3) << "in spite of rounding";
}

TEST(Sweep, WhatIsNone) {
  for (const char* text :
       {"", "x", "0", "-5", "1,,2", "1..5", "1..5*1", "5..1*2", "1..5+0", "1..5+-1", "1e400", "nan", "1..*2", "inf"}) {
    const auto sweep = ParseSweep(text);
    ASSERT_FALSE(sweep.ok()) << text;
    EXPECT_THAT(std::string(sweep.status().message()), HasSubstr("expected a number above 0"));
  }
  EXPECT_THAT(std::string(ParseSweep("1..1e9+1").status().message()), HasSubstr("more steps than 1000"));
}

TEST(Sweep, Bounds) {
  EXPECT_EQ(ParseBounds("100..50k", 1e7)->high, 50'000);
  EXPECT_EQ(ParseBounds("100", 1e7)->high, 1e7);
  for (const char* text : {"", "5..1", "1..2*2", "a..b"}) EXPECT_FALSE(ParseBounds(text, 1e7).ok()) << text;
}

}  // namespace
}  // namespace actserve::load
