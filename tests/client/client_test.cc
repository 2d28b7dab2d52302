#include "client/cpp/client.h"

#include <utility>
#include <vector>

#include "client/cpp/errors.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"

namespace actserve::client {
namespace {

Tensor Numbers(const std::vector<double>& values) { return Tensor::Vector(values); }

class ClientTest : public ::testing::Test {
 protected:
  testing::FakeServer server_;
  Client client_ = *Client::Connect(server_.address());
};

TEST_F(ClientTest, EvaluatesABatch) {
  std::vector<EvaluateItem> items = {
      {"double", Numbers({1, -2})},
      {"twice", *Tensor::Make(std::vector<float>{1, 2, 3}, {3, 1}), {{"scale", 3.0}}, {}, DataType::kBF16},
      {"perchannel", Numbers({1, 1}), {{"a", Numbers({5, 6})}}, 0, {}},
  };
  const auto results = client_.Evaluate(std::move(items));
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->size(), 3u);
  EXPECT_EQ((*results)[0]->output, Numbers({2, -4}));
  EXPECT_EQ((*results)[0]->backend, Backend::kCpu);
  EXPECT_EQ((*results)[0]->compute_time, absl::Microseconds(1));
  EXPECT_EQ((*results)[1]->output, Tensor::Make(std::vector<float>{3, 6, 9}, {3, 1})->Cast(DataType::kBF16));
  EXPECT_EQ((*results)[2]->output, Numbers({5, 6}));
}

TEST_F(ClientTest, GivesGradientsOfParameters) {
  const auto results = client_.Gradient({
      {"double", Numbers({1, 2, 3}), Numbers({1, 0, 1}), {{"scale", 3.0}}},
      {"perchannel", Numbers({1, 1}), {}, {{"a", Numbers({5, 6})}}},
      {"double", Numbers({1}), {}, {{"scale", 3.0}}, {}, {}, true},
  });
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ((*results)[0]->input_gradient, Numbers({3, 0, 3}));
  ASSERT_EQ((*results)[0]->parameter_gradients.size(), 1u);
  EXPECT_EQ((*results)[0]->parameter_gradients[0].name, "scale");
  EXPECT_EQ(std::get<double>((*results)[0]->parameter_gradients[0].value), 4);
  EXPECT_EQ(std::get<Tensor>((*results)[1]->parameter_gradients[0].value), Numbers({5, 6}));
  EXPECT_TRUE((*results)[2]->parameter_gradients.empty());
}

TEST_F(ClientTest, OneItemFailsAlone) {
  const auto results = client_.Evaluate({{"double", Numbers({1})}, {"nothing", Numbers({1})}});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_TRUE((*results)[0].ok());
  const absl::Status status = (*results)[1].status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "items[1]: there is no function 'nothing'");
  EXPECT_EQ(FieldOf(status), "items[1].function");
  EXPECT_EQ(client_.Evaluate(EvaluateItem{"nothing", Numbers({1})}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ClientTest, ReadsTheDetailsOfAFailedCall) {
  const absl::Status empty = client_.Evaluate(std::vector<EvaluateItem>()).status();
  EXPECT_EQ(empty.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(empty), "items");
  EXPECT_FALSE(RetryDelay(empty).has_value());

  server_.service().full = true;
  const Client client = *Client::Connect(server_.address(), {.retry = {.attempts = 1}});
  const absl::Status full = client.Gradient(GradientItem{"double", Numbers({1})}).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(full.message(), "the queue is full");
  EXPECT_EQ(RetryDelay(full), absl::Milliseconds(250));
}

TEST_F(ClientTest, KeepsItsDeadline) {
  server_.service().delay_ms = 2000;
  const Client client = *Client::Connect(server_.address(), {.deadline = absl::Milliseconds(50)});
  const EvaluateItem item{"double", Numbers({1})};
  EXPECT_EQ(client.Evaluate(item).status().code(), absl::StatusCode::kDeadlineExceeded);
  const CallOptions longer{.deadline = absl::InfiniteDuration()};
  EXPECT_TRUE(client.Evaluate(item, longer).ok());
  const CallOptions shorter{.deadline = absl::Milliseconds(50)};
  EXPECT_EQ(client_.Evaluate(item, shorter).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(client_.OpenEvaluateStream(shorter)->Read().status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ClientTest, KeepsItsMessageLimit) {
  const Client client = *Client::Connect(server_.address(), {.max_message_bytes = 1000});
  const EvaluateItem large{"double", Numbers(std::vector<double>(200))};
  EXPECT_EQ(client.Evaluate(large).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(client_.Evaluate(large).ok());
}

TEST_F(ClientTest, ListsFunctions) {
  const auto functions = client_.ListFunctions();
  ASSERT_TRUE(functions.ok()) << functions.status();
  EXPECT_EQ(functions->size(), 4u);
  EXPECT_EQ(client_.GetFunction("twice")->name(), "double");
  EXPECT_EQ(client_.GetFunction("nothing").status().code(), absl::StatusCode::kNotFound);
}

TEST(Client, SaysWhyNoServerAnswers) {
  const Client client = *Client::Connect("unix:/no/such/socket");
  const absl::Status status = client.ListFunctions().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("No such file or directory"), std::string::npos) << status;
}

TEST(Client, RefusesWhatIsNoAddress) {
  for (const char* bad : {"", "localhost", "localhost:", ":50051", "localhost:http", "localhost:0", "localhost:65536",
                          "[::1]", "1.2.3.4:1,", "1.2.3.4:1,5.6.7.8", "a:1,b:1", "1.2.3.4:1,localhost:1"}) {
    EXPECT_EQ(Client::Connect(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  for (const char* good : {"localhost:1", "[::1]:50051", "unix:/tmp/x", "unix:x", "dns:///a:1", "ipv4:127.0.0.1:80",
                           "ipv4:127.0.0.1:80,127.0.0.1:81", "127.0.0.1:80,[::1]:81"}) {
    EXPECT_TRUE(Client::Connect(good).ok()) << good;
  }
}

TEST(Client, RefusesOptionsOutOfRange) {
  const std::pair<ClientOptions, const char*> bad[] = {
      {{.connections = 0}, "connections is 0; expected 1 to 64"},
      {{.connections = 65}, "connections is 65; expected 1 to 64"},
      {{.stripe_bytes = 0}, "stripe_bytes is 0; expected 1 or more"},
      {{.retry = {.attempts = 0}}, "retry.attempts is 0; expected 1 to 5"},
      {{.retry = {.attempts = 6}}, "retry.attempts is 6; expected 1 to 5"},
      {{.retry = {.first_wait = absl::ZeroDuration()}},
       "retry waits 0, and at most 1s; expected 1 ms or more, and at most that long to an hour"},
      {{.retry = {.first_wait = absl::Seconds(2)}},
       "retry waits 2s, and at most 1s; expected 1 ms or more, and at most that long to an hour"},
  };
  for (const auto& [options, message] : bad) {
    const absl::Status status = Client::Connect("localhost:1", options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), message);
  }
}

}  // namespace
}  // namespace actserve::client
