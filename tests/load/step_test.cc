// Whole steps against a server that is known exactly, in virtual time.
#include "client/load/engine/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "client/load/engine/objective.h"
#include "client/load/engine/saturation.h"
#include "tests/load/simulated_driver.h"

namespace actserve::load {
namespace {

constexpr Pace kTenSeconds = {.warm_up = kSecond, .window = kSecond, .duration = 10 * kSecond, .stable_within = 0};

Offer Constant(double rate) { return {.rate = rate, .arrivals = ArrivalProcess::kConstant}; }

StepResult Measure(Driver& driver, const Offer& offer, const Pace& pace = kTenSeconds) {
  Observer nobody;
  return MeasureStep(driver, offer, pace, nobody);
}

StepResult Measure(const SimulatedServer& server, const Offer& offer, const Pace& pace = kTenSeconds, int shares = 1) {
  SimulatedDriver driver(server, shares);
  return Measure(driver, offer, pace);
}

void ExpectQuantile(const StepResult& result, double q, double expected) {
  EXPECT_NEAR(result.total.calls.latency.Quantile(q), expected, 0.02 * expected) << "quantile " << q;
}

TEST(Step, QuantilesOfExponentialLatencies) {
  SimulatedServer server;
  server.latency = [](std::mt19937_64& random) {
    return std::llround(1e6 * std::exponential_distribution<double>()(random));
  };
  const StepResult result = Measure(server, {.rate = 100'000, .max_in_flight = 100'000});
  EXPECT_NEAR(result.rate, 100'000, 500);
  for (const double q : {0.5, 0.9, 0.99, 0.999}) ExpectQuantile(result, q, -1e6 * std::log(1 - q));
  EXPECT_NEAR(result.total.calls.latency.mean(), 1e6, 0.02e6);
}

TEST(Step, QuantilesOfTwoPopulations) {
  SimulatedServer server;
  server.latency = [](std::mt19937_64& random) {
    const bool slow = std::uniform_real_distribution<double>()(random) < 0.05;
    return slow ? 40 * kMillisecond : 200 * kMicrosecond;
  };
  for (const int shares : {1, 3}) {
    const StepResult result = Measure(server, {.rate = 20'000, .max_in_flight = 10'000}, kTenSeconds, shares);
    ExpectQuantile(result, 0.5, 200e3);
    ExpectQuantile(result, 0.94, 200e3);
    ExpectQuantile(result, 0.96, 40e6);
    ExpectQuantile(result, 0.999, 40e6);
  }
}

TEST(Step, AStallOfASecondShowsInTheP99OfAnOpenLoop) {
  SimulatedServer server;
  server.stalls = {{5 * kSecond, 6 * kSecond}};
  for (const int most : {10'000, 256, 16}) {  // calls beyond these begin late, and it shows all the same
    Offer offer = Constant(1000);
    offer.max_in_flight = most;
    const StepResult result = Measure(server, offer);
    EXPECT_EQ(result.total.calls.answered(), 10'000) << most;
    ExpectQuantile(result, 0.5, 1e6);
    // One call in ten falls into the stall, and waits for what is left of it.
    EXPECT_NEAR(result.total.calls.latency.Quantile(0.99), 901e6, 0.02 * 901e6) << most;
    EXPECT_NEAR(static_cast<double>(result.total.calls.latency.max()), 1001e6, 0.02 * 1001e6) << most;
    EXPECT_TRUE(LimitsOfActload(result, 1).empty()) << "it is the server that was slow";
  }
}

TEST(Step, AClosedLoopHidesTheStall) {
  SimulatedServer server;
  server.stalls = {{5 * kSecond, 6 * kSecond}};
  const StepResult result = Measure(server, {.concurrency = 1});
  ExpectQuantile(result, 0.999, 1e6);
  EXPECT_NEAR(static_cast<double>(result.total.calls.latency.max()), 1001e6, 1e6);
}

TEST(Step, RatesOfAClosedLoopAreThoseOfLittlesLaw) {
  for (const int concurrency : {1, 7, 64}) {
    const StepResult result = Measure(SimulatedServer{}, {.concurrency = concurrency}, kTenSeconds, 2);
    EXPECT_NEAR(result.rate, 1000.0 * concurrency, concurrency) << concurrency;
    EXPECT_DOUBLE_EQ(result.seconds, 10);
  }
}

TEST(Step, NoMoreAreInFlightThanMayBe) {
  SimulatedDriver driver({});
  Offer offer = Constant(100'000);
  offer.max_in_flight = 32;
  const StepResult result = Measure(driver, offer);
  EXPECT_EQ(driver.most_in_flight(), 32);
  EXPECT_NEAR(result.rate, 32'000, 64);
  EXPECT_NEAR(static_cast<double>(result.unsent), 1e6 - 32e3 * 11, 68e3 * 2) << "the backlog is not forgotten";
  EXPECT_GT(result.total.held, 0);
}

TEST(Step, CallsInFlightAtTheEndAreAwaited) {
  SimulatedServer server;
  server.latency = [](std::mt19937_64&) { return 3 * kSecond; };
  const StepResult result = Measure(server, Constant(10));
  EXPECT_EQ(result.total.calls.answered(), 100);
  EXPECT_NEAR(result.rate, 10 * 0.8, 1e-9)
      << "answers that came in the ten seconds: not those to the first two's calls";
}

TEST(Step, EndsWhenThreeWindowsAgree) {
  Pace pace = kTenSeconds;
  pace.stable_within = 0.05;
  const StepResult steady = Measure(SimulatedServer{}, Constant(1000), pace);
  EXPECT_TRUE(steady.stable);
  EXPECT_EQ(steady.windows.size(), 3);

  SimulatedServer worse;
  auto calls = std::make_shared<int64_t>(0);
  worse.latency = [calls](std::mt19937_64&) { return kMillisecond + kMicrosecond * ++*calls; };
  const StepResult drifting = Measure(worse, Constant(1000), pace);
  EXPECT_FALSE(drifting.stable);
  EXPECT_EQ(drifting.windows.size(), 10);
}

TEST(Step, StabilityIsOfRateAndMedian) {
  const auto window = [](int64_t completed, Nanos p50) {
    return Window{.begin = 0, .end = kSecond, .completed = completed, .p50 = p50};
  };
  using Windows = std::vector<Window>;
  EXPECT_TRUE(IsStable(Windows{window(1, 9), window(100, 50), window(104, 50), window(100, 52)}, 0.05));
  EXPECT_FALSE(IsStable(Windows{window(100, 50), window(106, 50), window(100, 50)}, 0.05));
  EXPECT_FALSE(IsStable(Windows{window(100, 50), window(100, 53), window(100, 50)}, 0.05));
  EXPECT_FALSE(IsStable(Windows{window(100, 50), window(100, 50)}, 0.05)) << "two are too few";
  EXPECT_FALSE(IsStable(Windows{window(0, 0), window(0, 0), window(0, 0)}, 0.05)) << "nothing is not stable";
  EXPECT_FALSE(IsStable(Windows{window(9, 9), window(9, 9), window(9, 9)}, 0));
}

TEST(Step, WindowsSayWhenItWasSlow) {
  SimulatedServer server;
  server.stalls = {{4 * kSecond, 4 * kSecond + kSecond / 2}};  // half a second, 3 s into the measuring
  const StepResult result = Measure(server, Constant(1000));
  ASSERT_EQ(result.windows.size(), 10);
  EXPECT_GT(result.windows[3].p99, 400 * kMillisecond);
  for (const size_t i : {0, 2, 4, 9}) EXPECT_LT(result.windows[i].p99, 2 * kMillisecond) << i;
  EXPECT_NEAR(result.windows[0].rate(), 1000, 1);
}

TEST(Step, AServerThatDiesEndsItWithWhatThereIs) {
  SimulatedServer server;
  server.dies = 4 * kSecond + kSecond / 2;
  for (const Offer& offer : {Constant(1000), Offer{.concurrency = 4}}) {
    const StepResult result = Measure(server, offer);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(result.status.message()), testing::HasSubstr("connection refused"));
    EXPECT_EQ(result.windows.size(), 5) << "the last one has no answer";
    EXPECT_GT(result.total.calls.answered(), 3000);
    EXPECT_GT(result.total.calls.ends[kUnavailable], 0);
  }
}

TEST(Step, AnInterruptionEndsItWithWhatThereIs) {
  SimulatedDriver driver({});
  driver.InterruptAt(3 * kSecond + kSecond / 4);
  const StepResult result = Measure(driver, Constant(1000));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kCancelled);
  EXPECT_DOUBLE_EQ(result.seconds, 2.25);
  EXPECT_EQ(result.total.calls.answered(), 2250);
}

TEST(Step, RefusalsAreCounted) {
  SimulatedServer server;
  server.failing = 0.1;
  const StepResult result = Measure(server, Constant(10'000));
  EXPECT_EQ(result.total.calls.answered() + result.total.calls.ends[8], 100'000);
  EXPECT_NEAR(static_cast<double>(result.total.calls.ends[8]), 10'000, 500);
  EXPECT_NEAR(result.rate, 9'000, 50) << "a refusal is no answer";
  EXPECT_TRUE(result.status.ok());
}

TEST(Saturation, LateCallsAreActloadsOwn) {
  SimulatedDriver driver({});
  EXPECT_TRUE(LimitsOfActload(Measure(driver, Constant(1000)), 1).empty());
  driver.set_lateness(5 * kMillisecond);
  const StepResult result = Measure(driver, Constant(1000));
  EXPECT_NEAR(result.total.calls.latency.Quantile(0.5), 6e6, 0.02 * 6e6) << "what is late counts";
  EXPECT_THAT(LimitsOfActload(result, 1), testing::ElementsAre(testing::HasSubstr("began 5.0 ms late")));
}

TEST(Saturation, BusyAndWaitingThreads) {
  SimulatedDriver driver({});
  driver.set_effort({.process = 9.5, .busiest_thread = 5});
  EXPECT_THAT(LimitsOfActload(Measure(driver, Constant(1000)), 1),
              testing::ElementsAre(testing::HasSubstr("0.95 of the 1 cores")));
  EXPECT_TRUE(LimitsOfActload(Measure(driver, Constant(1000)), 2).empty());
  driver.set_effort({.process = 9.5, .busiest_thread = 9.4});
  EXPECT_THAT(LimitsOfActload(Measure(driver, Constant(1000)), 4),
              testing::ElementsAre(testing::HasSubstr("busy for 94 %")));
  driver.set_effort({.waited = 2});
  EXPECT_THAT(LimitsOfActload(Measure(driver, Constant(1000)), 4),
              testing::ElementsAre(testing::HasSubstr("waited for a core for 20 %")));
}

TEST(Search, FindsTheCapacityOfAServer) {
  // Two workers of 200 us each: 10,000 a second, beyond which the queue grows.
  SimulatedServer server;
  server.workers = 2;
  server.latency = [](std::mt19937_64&) { return 200 * kMicrosecond; };
  const Objective objective = *ParseObjective("p99=1ms");
  RateSearch search(100, 1e6, 0.02);
  int steps = 0;
  while (const auto rate = search.Next()) {
    ASSERT_LT(++steps, 40);
    Offer offer = Constant(*rate);
    offer.max_in_flight = 100'000;
    search.Tried(*rate, Keeps(Measure(server, offer), objective));
  }
  ASSERT_TRUE(search.kept() && search.missed());
  EXPECT_LE(*search.kept(), 10'010);  // a little more, for ten seconds, delays nobody by a millisecond
  EXPECT_GE(*search.missed(), 10'000);
  EXPECT_LE(*search.missed(), 1.02 * *search.kept());
}

}  // namespace
}  // namespace actserve::load
