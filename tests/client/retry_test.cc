// What a client does when a server refuses, goes away or comes back, and when there are several.
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "client/cpp/channel.h"
#include "client/cpp/client.h"
#include "client/cpp/errors.h"
#include "grpcpp/support/validate_service_config.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"

namespace actserve::client {
namespace {

using testing::FakeServer;

EvaluateItem One() { return {"double", Tensor::Vector(std::vector<double>{1})}; }

// Waits of which none can pass by chance.
const RetryOptions kNever = {.attempts = 5, .first_wait = absl::Minutes(30), .longest_wait = absl::Minutes(30)};

TEST(Retry, TriesAgainAsOftenAsAllowed) {
  FakeServer server;
  server.service().retry_ms = 1;
  const Client client = *Client::Connect(server.address(), {.retry = {.attempts = 3}});
  server.service().refusals = 2;
  EXPECT_TRUE(client.Evaluate(One()).ok());
  EXPECT_EQ(server.service().unary_calls, 3);
  server.service().refusals = 3;
  const absl::Status status = client.Evaluate(One()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(1));
  EXPECT_EQ(server.service().unary_calls, 6);
}

TEST(Retry, CanBeLeft) {
  FakeServer server;
  const Client client = *Client::Connect(server.address(), {.retry = {.attempts = 1}});
  server.service().refusals = 1;
  EXPECT_EQ(client.Evaluate(One()).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(server.service().unary_calls, 1);
  EXPECT_TRUE(client.Evaluate(One()).ok());
}

TEST(Retry, LeavesOtherFailuresAlone) {
  FakeServer server;
  const Client client = *Client::Connect(server.address());
  EXPECT_EQ(client.Evaluate(std::vector<EvaluateItem>()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(server.service().unary_calls, 1);
}

TEST(Retry, WaitsAsLongAsTheServerSays) {
  FakeServer server;
  server.service().retry_ms = 100;
  server.service().refusals = 2;
  const Client client = *Client::Connect(server.address(), {.deadline = absl::Minutes(1), .retry = kNever});
  const absl::Time start = absl::Now();
  EXPECT_TRUE(client.Evaluate(One()).ok());  // the client's own waits would have been beyond the deadline
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(190));
}

TEST(Retry, EndsAtTheDeadline) {
  FakeServer server;
  server.service().full = true;
  server.service().retry_ms = 3'600'000;
  const Client client = *Client::Connect(server.address(), {.deadline = absl::Milliseconds(200)});
  EXPECT_EQ(client.Evaluate(One()).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Retry, SendsLargeTensorsAgain) {
  FakeServer server;
  server.service().retry_ms = 1;
  server.service().refusals = 2;
  const Client client = *Client::Connect(server.address(), {.retry = kNever});
  const std::vector<float> values(900'000, 1.5f);  // 3.4 MiB, where gRPC alone would keep 256 KiB
  const auto result = client.Evaluate(EvaluateItem{"double", Tensor::Vector(values)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, Tensor::Vector(std::vector<float>(900'000, 3)));
  EXPECT_EQ(server.service().unary_calls, 3);
}

TEST(Retry, DoesNotOpenStreamsAgain) {
  FakeServer server;
  server.service().refusals = 1;
  const Client client = *Client::Connect(server.address());
  absl::Status answered;
  const auto pipeline = client.OpenEvaluatePipeline([&](int64_t, auto answer) { answered = answer.status(); });
  ASSERT_TRUE(pipeline->Submit({One()}).ok());
  const absl::Status status = pipeline->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(250));
  EXPECT_EQ(answered, status);
  EXPECT_EQ(server.service().streamed_messages, 1);
}

TEST(Retry, SurvivesARestart) {
  auto server = std::make_unique<FakeServer>();
  const std::string address = server->address();
  const Client client = *Client::Connect(
      address, {.retry = {.attempts = 5, .first_wait = absl::Seconds(1), .longest_wait = absl::Seconds(30)}});
  const Client impatient = *Client::Connect(address, {.retry = {.attempts = 1}});
  ASSERT_TRUE(client.Evaluate(One()).ok());
  server.reset();
  EXPECT_EQ(impatient.Evaluate(One()).status().code(), absl::StatusCode::kUnavailable);
  auto call = std::async(std::launch::async, [&] { return client.Evaluate(One()); });
  EXPECT_EQ(impatient.Evaluate(One()).status().code(), absl::StatusCode::kUnavailable);
  server = std::make_unique<FakeServer>(address);
  EXPECT_TRUE(call.get().ok());
}

TEST(RoundRobin, GoesToAllServersAndLeavesOutTheDead) {
  FakeServer first;
  auto second = std::make_unique<FakeServer>();
  for (const std::string& target :
       {first.address() + "," + second->address(), "ipv4:" + first.address() + "," + second->address()}) {
    const Client client = *Client::Connect(target);
    first.service().unary_calls = second->service().unary_calls = 0;
    // The second may be connected to a little later than the first.
    for (int i = 0; i < 100'000 && (first.service().unary_calls == 0 || second->service().unary_calls == 0); ++i) {
      ASSERT_TRUE(client.Evaluate(One()).ok());
    }
    EXPECT_GT(first.service().unary_calls, 0);
    EXPECT_GT(second->service().unary_calls, 0);
  }
  const Client client = *Client::Connect(first.address() + "," + second->address());
  ASSERT_TRUE(client.Evaluate(One()).ok());
  second.reset();
  for (int i = 0; i < 20; ++i) {
    const auto result = client.Evaluate(One());
    EXPECT_TRUE(result.ok()) << result.status();
  }
}

TEST(RoundRobin, TakesBothKindsOfAddress) {
  FakeServer server;
  // Nobody listens at the first; the second is reached by its IPv6 form.
  const Client client = *Client::Connect("[::1]:1," + server.address());
  const auto result = client.Evaluate(One());
  EXPECT_TRUE(result.ok()) << result.status();
}

TEST(ServiceConfig, IsOneThatGrpcAccepts) {
  for (const int attempts : {1, 2, 5}) {
    const std::string config = ServiceConfig({.attempts = attempts});
    EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(config), "") << config;
    EXPECT_EQ(config.find("retryPolicy") != std::string::npos, attempts > 1);
  }
}

}  // namespace
}  // namespace actserve::client
