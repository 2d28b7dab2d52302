#include "client/load/engine/generator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace actserve::load {
namespace {

Generator Of(const Offer& offer, const Mix& mix = {}) {
  Generator generator(offer, {}, mix, 0);
  generator.MeasureFrom(0);
  return generator;
}

TEST(Arrivals, ConstantOnesDoNotDrift) {
  Arrivals arrivals(ArrivalProcess::kConstant, 3000, 50, {}, 1);
  for (int i = 0; i < 3'000'000; ++i) arrivals.Advance();
  EXPECT_EQ(arrivals.next(), 50 + 1000 * kSecond);
}

TEST(Arrivals, SharesOfConstantOnesTakeTurns) {
  Arrivals first(ArrivalProcess::kConstant, 1000, 0, {0, 2}, 1), second(ArrivalProcess::kConstant, 1000, 0, {1, 2}, 1);
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(first.next(), 2 * i * kMillisecond);
    EXPECT_EQ(second.next(), (2 * i + 1) * kMillisecond);
    first.Advance();
    second.Advance();
  }
}

TEST(Arrivals, PoissonsIntervalsAreExponential) {
  constexpr int kCount = 200'000;
  Arrivals arrivals(ArrivalProcess::kPoisson, 2000, 0, {}, 7);
  double sum = 0, squares = 0;
  int above_mean = 0;
  Nanos before = 0;
  for (int i = 0; i < kCount; ++i) {
    const auto interval = static_cast<double>(arrivals.next() - before);
    before = arrivals.next();
    sum += interval;
    squares += interval * interval;
    above_mean += interval > 500e3;
    arrivals.Advance();
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 500e3, 5e3);
  EXPECT_NEAR(std::sqrt(squares / kCount - mean * mean), mean, 0.02 * mean);
  EXPECT_NEAR(above_mean / static_cast<double>(kCount), std::exp(-1), 0.005);
}

TEST(Arrivals, OfTheSameSeedAreTheSame) {
  Arrivals one(ArrivalProcess::kPoisson, 10, 0, {0, 2}, 3), same(ArrivalProcess::kPoisson, 10, 0, {0, 2}, 3);
  EXPECT_EQ(one.next(), same.next());
  EXPECT_NE(one.next(), Arrivals(ArrivalProcess::kPoisson, 10, 0, {0, 2}, 4).next());
  EXPECT_NE(one.next(), Arrivals(ArrivalProcess::kPoisson, 10, 0, {1, 2}, 3).next()) << "shares are independent";
}

TEST(Generator, AnOpenLoopDoesNotWaitForAnswers) {
  Generator generator = Of({.rate = 1000, .arrivals = ArrivalProcess::kConstant});
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(generator.NextDue(), i * kMillisecond);
    EXPECT_FALSE(generator.Begin(i * kMillisecond - 1));
    const auto call = generator.Begin(i * kMillisecond + 10);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->intended, i * kMillisecond);
    EXPECT_EQ(call->begun, i * kMillisecond + 10);
  }
  EXPECT_EQ(generator.in_flight(), 5);
  EXPECT_EQ(generator.Take().delay.max(), 10);
}

TEST(Generator, LatencyCountsFromTheIntendedBeginning) {
  Generator generator = Of({.rate = 1000, .arrivals = ArrivalProcess::kConstant});
  const auto call = generator.Begin(400);
  generator.End(*call, 500, {});
  const Sample sample = generator.Take();
  EXPECT_EQ(sample.calls.latency.max(), 500);
  EXPECT_EQ(sample.service.max(), 100);
  EXPECT_EQ(sample.completed, 1);
}

TEST(Generator, CallsHeldByTheLimitAreNotActloadsDelay) {
  Generator generator = Of({.rate = 1000, .arrivals = ArrivalProcess::kConstant, .max_in_flight = 1});
  const auto first = generator.Begin(0);
  EXPECT_EQ(generator.NextDue(), kNever);
  EXPECT_FALSE(generator.Begin(5 * kMillisecond));
  generator.End(*first, 5 * kMillisecond, {});
  const auto second = generator.Begin(5 * kMillisecond + 7);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->intended, kMillisecond);
  const Sample sample = generator.Take();
  EXPECT_EQ(sample.held, 1);
  EXPECT_EQ(sample.delay.max(), 7);
}

TEST(Generator, WhatWasDueAndNeverBeganIsCounted) {
  Generator generator = Of({.rate = 1000, .arrivals = ArrivalProcess::kConstant});
  generator.Begin(0);
  EXPECT_EQ(generator.Stop(10 * kMillisecond), 9);
  EXPECT_EQ(generator.NextDue(), kNever);
  EXPECT_FALSE(generator.Begin(kSecond));
}

TEST(Generator, AClosedLoopKeepsSoManyInFlight) {
  Generator generator = Of({.concurrency = 2});
  const auto first = generator.Begin(100), second = generator.Begin(100);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(generator.Begin(200));
  generator.End(*first, 300, {});
  const auto third = generator.Begin(300);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->intended, 300);
  EXPECT_EQ(generator.Stop(400), 0);
}

TEST(Generator, AClosedLoopRestsWhenNobodyAnswers) {
  Generator generator = Of({.concurrency = 1});
  generator.End(*generator.Begin(0), 1000, {.end = kUnavailable, .message = "refused"});
  EXPECT_FALSE(generator.Begin(1001));
  EXPECT_GT(generator.NextDue(), kMillisecond);
  EXPECT_TRUE(generator.Begin(generator.NextDue()));
}

TEST(Generator, SharesOfAConcurrencyAddUp) {
  int all = 0;
  for (int i = 0; i < 3; ++i) {
    Generator generator({.concurrency = 10}, {i, 3}, {}, 0);
    while (generator.Begin(0)) ++all;
  }
  EXPECT_EQ(all, 10);
}

TEST(Generator, OnlyWhatBeginsAfterTheWarmUpIsMeasured) {
  Generator generator({.concurrency = 1}, {}, {}, 0);
  const auto warm = generator.Begin(0);
  generator.MeasureFrom(100);
  generator.End(*warm, 200, {});
  const auto measured = generator.Begin(200);
  generator.End(*measured, 250, {.end = 4, .message = "late"});
  const Sample sample = generator.Take();
  EXPECT_EQ(sample.completed, 1) << "an answer that came, whenever its call began";
  EXPECT_EQ(sample.calls.answered(), 0);
  EXPECT_EQ(sample.calls.ends[4], 1);
  EXPECT_EQ(sample.messages[4], "late");
  EXPECT_EQ(generator.Take().calls.failed(), 0) << "counted once";
}

TEST(Generator, KindsAreChosenByTheirWeights) {
  Generator generator = Of({.concurrency = 100'000}, {.weights = {1, 3}, .seed = 5});
  std::map<int, int> chosen;
  while (const auto call = generator.Begin(0)) ++chosen[call->kind];
  EXPECT_NEAR(chosen[1] / 100'000.0, 0.75, 0.01);
  EXPECT_EQ(chosen[0] + chosen[1], 100'000);
}

TEST(CallersQuantile, FailuresAreSlowerThanAnything) {
  Tally calls;
  for (int i = 1; i <= 98; ++i) calls.latency.Add(i);
  calls.ends[kOk] = 98;
  calls.ends[kUnavailable] = 1;
  EXPECT_EQ(CallersQuantile(calls, 0, 0.5), 50);
  EXPECT_EQ(CallersQuantile(calls, 0, 0.98), 98);
  EXPECT_EQ(CallersQuantile(calls, 0, 0.995), kNever);
  EXPECT_EQ(CallersQuantile(calls, 100, 0.5), kNever) << "and so are calls that never began";
  EXPECT_EQ(CallersQuantile({}, 0, 0.5), 0);
}

}  // namespace
}  // namespace actserve::load
