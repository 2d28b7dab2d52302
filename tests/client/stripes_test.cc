// Several connections: how calls are spread over them, and how one batch goes over all.
#include <map>
#include <set>
#include <vector>

#include "client/cpp/channel_pool.h"
#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"

namespace actserve::client {
namespace {

Tensor Ramp(const std::vector<int64_t>& dims) {
  std::vector<double> values(static_cast<size_t>(Shape::Make(dims)->elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) - 100;
  return *Tensor::Make(values, dims);
}

class StripesTest : public ::testing::Test {
 protected:
  // Calls that a request made.
  template <class Call>
  int CallsOf(Call call) {
    server_.service().unary_calls = 0;
    server_.service().largest_message = 0;
    call();
    return server_.service().unary_calls;
  }

  testing::FakeServer server_;
  Client one_ = *Client::Connect(server_.address());
  Client four_ = *Client::Connect(server_.address(), {.connections = 4, .stripe_bytes = 1000});
};

TEST_F(StripesTest, ComputeTheSame) {
  const Tensor x = Ramp({20, 50});  // 8,000 bytes
  const std::vector<EvaluateItem> items[] = {
      {{"double", x}},
      {{"rowsum", x}},
      {{"perchannel", x, {{"a", Ramp({50})}}}},
      {{"double", x, {{"scale", 3.0}}, {}, DataType::kBF16}, {"cap", x}},
  };
  for (const std::vector<EvaluateItem>& batch : items) {
    const auto expected = one_.Evaluate(batch);
    absl::StatusOr<Results<EvaluateResult>> results;
    EXPECT_EQ(CallsOf([&] { results = four_.Evaluate(batch); }), 4);
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_LT(server_.service().largest_message, batch.size() * x.size() / 3);
    ASSERT_EQ(results->size(), batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ((*results)[i]->output, (*expected)[i]->output) << batch[i].function;
      EXPECT_EQ((*results)[i]->compute_time, absl::Microseconds(4));  // the sum
    }
  }
  const GradientItem gradient{"double", x, Ramp({20, 50}), {{"scale", 3.0}}, {}, {}, true};
  EXPECT_EQ(
      CallsOf([&] { EXPECT_EQ(four_.Gradient(gradient)->input_gradient, one_.Gradient(gradient)->input_gradient); }),
      4 + 1);
}

TEST_F(StripesTest, AreAsManyAsTheBytesAreWorth) {
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate(EvaluateItem{"double", Ramp({249})}).ok()); }), 1);
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate(EvaluateItem{"double", Ramp({250})}).ok()); }), 2);
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate(EvaluateItem{"double", Ramp({10'000})}).ok()); }), 4);
}

TEST_F(StripesTest, AreNotMadeOfWhatMustStayWhole) {
  const Tensor x = Ramp({20, 50});
  // A parameter's gradient is a sum over the whole tensor.
  EXPECT_EQ(CallsOf([&] {
              const auto result = four_.Gradient(GradientItem{"double", x, x, {{"scale", 3.0}}});
              ASSERT_TRUE(result.ok()) << result.status();
              EXPECT_EQ(result->parameter_gradients.size(), 1u);
            }),
            1);
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate(EvaluateItem{"rowsum", x, {}, 0}).ok()); }), 1);
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate(EvaluateItem{"rowsum", Ramp({3, 500})}).ok()); }), 1);
  EXPECT_EQ(CallsOf([&] { EXPECT_TRUE(four_.Evaluate({{"double", x}, {"double", Ramp({})}}).ok()); }), 1);
}

TEST_F(StripesTest, SayWhatFailed) {
  const Tensor x = Ramp({20, 50});
  const auto results = four_.Evaluate({{"double", x}, {"double", x, {{"scale", 0.1}}}});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ((*results)[0]->output, one_.Evaluate(EvaluateItem{"double", x})->output);
  EXPECT_EQ((*results)[1].status().message(), "items[1]: parameter scale is too small");
  EXPECT_EQ(four_.Evaluate(EvaluateItem{"nothing", x}).status().code(), absl::StatusCode::kNotFound);
  server_.service().full = true;
  server_.service().retry_ms = 1;
  EXPECT_EQ(four_.Evaluate(EvaluateItem{"double", x}).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(StripesTest, GoOverConnectionsOfTheirOwn) {
  ASSERT_TRUE(four_.Evaluate(EvaluateItem{"double", Ramp({20, 50})}).ok());
  EXPECT_EQ(server_.service().peers().size(), 4u);
}

TEST(ChannelPool, GivesTheChannelWithTheFewestCalls) {
  ChannelPool pool("localhost:1", {.connections = 3});
  std::map<const grpc::Channel*, int> calls;
  std::vector<ChannelPool::Lease> leases;
  for (int i = 0; i < 9; ++i) ++calls[leases.emplace_back(pool.Take()).channel().get()];
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& [channel, count] : calls) EXPECT_EQ(count, 3);
  // Two calls of one channel end: it gets the next two.
  const grpc::Channel* const freed = leases[4].channel().get();
  std::vector<ChannelPool::Lease> rest;
  int dropped = 0;
  for (ChannelPool::Lease& lease : leases) {
    if (lease.channel().get() == freed && dropped < 2) {
      ++dropped;
    } else {
      rest.push_back(std::move(lease));
    }
  }
  leases.clear();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rest.emplace_back(pool.Take()).channel().get(), freed);
}

TEST(ChannelPool, TakesTurnsAmongEquals) {
  ChannelPool pool("localhost:1", {.connections = 3});
  std::set<const grpc::Channel*> seen;
  for (int i = 0; i < 3; ++i) seen.insert(pool.Take().channel().get());
  EXPECT_EQ(seen.size(), 3u);
}

}  // namespace
}  // namespace actserve::client
