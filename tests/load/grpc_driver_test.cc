// Real calls, to a service in this process. Counts are looked at, not times.
#include "client/load/calls/grpc_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/load/engine/step.h"
#include "tests/load/echo_service.h"

namespace actserve::load {
namespace {

using testing::HasSubstr;

class GrpcDriverTest : public testing::Test {
 protected:
  // relu of zeros, which an echo computes as well as anybody.
  std::unique_ptr<GrpcDriver> Connect(bool stream = false, int threads = 1, double check = 1) {
    scenario::CallKind& call = *settings_.scenario.add_call();
    call.set_function("relu");
    call.add_shape(16);
    call.set_items(2);
    call.set_deviation(0);
    call.set_stream(stream);
    workload_ = *MakeWorkload(settings_);
    CallSettings calls{.options = {.deadline = deadline_}, .check = check};
    calls.options.retry.attempts = 1;
    auto driver = GrpcDriver::Connect(server_.address(), calls, 2, threads, workload_, 1, interrupted_);
    EXPECT_TRUE(driver.ok()) << driver.status();
    return *std::move(driver);
  }

  StepResult Measure(Driver& driver, const Offer& offer) {
    Observer nobody;
    const Pace pace{
        .warm_up = 20 * kMillisecond, .window = 100 * kMillisecond, .duration = 400 * kMillisecond, .stable_within = 0};
    return MeasureStep(driver, offer, pace, nobody);
  }

  EchoServer server_;
  absl::Duration deadline_ = absl::Seconds(60);
  Settings settings_;
  Workload workload_;
  std::atomic<bool> interrupted_ = false;
};

TEST_F(GrpcDriverTest, EveryCallIsAnsweredAndCompared) {
  for (const bool stream : {false, true}) {
    settings_ = {};
    for (const int threads : {1, 2}) {
      settings_ = {};
      const auto driver = Connect(stream, threads);
      EXPECT_TRUE(driver->TryAll().ok());
      for (const Offer& offer : {Offer{.rate = 300}, Offer{.concurrency = 5}}) {
        const StepResult result = Measure(*driver, offer);
        EXPECT_TRUE(result.status.ok()) << result.status;
        EXPECT_GT(result.total.calls.answered(), 0);
        EXPECT_EQ(result.total.calls.failed(), 0) << result.total.messages[kWrong] << result.total.messages[2];
        EXPECT_EQ(result.total.checked, result.total.calls.answered());
        EXPECT_GE(result.total.service.mean(), 0);
      }
    }
  }
}

TEST_F(GrpcDriverTest, AShareOfTheAnswersIsCompared) {
  const auto driver = Connect(false, 1, /*check=*/0);
  const StepResult result = Measure(*driver, {.concurrency = 4});
  EXPECT_GT(result.total.calls.answered(), 0);
  EXPECT_EQ(result.total.checked, 0);
}

TEST_F(GrpcDriverTest, WrongAnswersAreFound) {
  const auto driver = Connect();
  server_.service().right = 20;
  const StepResult result = Measure(*driver, {.concurrency = 2});
  EXPECT_GT(result.total.calls.ends[kWrong], 0);
  EXPECT_LE(result.total.calls.answered(), 20);
  EXPECT_THAT(result.total.messages[kWrong], HasSubstr("relu f32[16] x2: item 0: element 0 is "));
  EXPECT_EQ(driver->TryAll().code(), absl::StatusCode::kDataLoss);
}

TEST_F(GrpcDriverTest, RefusalsAreCountedByTheirCode) {
  for (const bool stream : {false, true}) {
    settings_ = {};
    server_.service().refuses = false;
    const auto driver = Connect(stream);
    server_.service().refuses = true;
    const StepResult result = Measure(*driver, {.rate = 100});
    EXPECT_EQ(result.total.calls.answered(), 0);
    EXPECT_GT(result.total.calls.ends[grpc::StatusCode::RESOURCE_EXHAUSTED], 0);
    EXPECT_EQ(result.total.calls.failed(), result.total.calls.ends[grpc::StatusCode::RESOURCE_EXHAUSTED]);
    EXPECT_EQ(result.total.messages[grpc::StatusCode::RESOURCE_EXHAUSTED], "full");
  }
}

TEST_F(GrpcDriverTest, WhatTakesTooLongIsGivenUp) {
  deadline_ = absl::Milliseconds(100);
  for (const bool stream : {false, true}) {
    settings_ = {};
    server_.service().delay_ms = 0;
    const auto driver = Connect(stream);
    server_.service().delay_ms = 60'000;
    const StepResult result = Measure(*driver, {.concurrency = 2});
    EXPECT_EQ(result.total.calls.answered(), 0);
    EXPECT_GT(result.total.calls.ends[grpc::StatusCode::DEADLINE_EXCEEDED], 0) << "stream: " << stream;
  }
}

TEST_F(GrpcDriverTest, AServerThatStops) {
  const auto driver = Connect();
  server_.Stop();
  const StepResult result = Measure(*driver, {.concurrency = 2});
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable) << result.status;
}

TEST_F(GrpcDriverTest, AnInterruption) {
  const auto driver = Connect();
  interrupted_ = true;
  EXPECT_EQ(Measure(*driver, {.concurrency = 2}).status.code(), absl::StatusCode::kCancelled);
}

TEST_F(GrpcDriverTest, NobodyThere) {
  settings_ = {};
  const Workload workload = *MakeWorkload(settings_);
  server_.Stop();
  const auto driver = GrpcDriver::Connect(server_.address(), {.options = {.deadline = absl::Seconds(1)}}, 1, 1,
                                          workload, 1, interrupted_);
  EXPECT_EQ(driver.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace actserve::load
