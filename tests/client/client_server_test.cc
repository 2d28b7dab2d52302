// The client library against the real server.
#include <memory>
#include <string>
#include <vector>

#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"

namespace actserve::client {
namespace {

class ClientServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--listen", "127.0.0.1:0", "--metrics-listen", "none"});
    ASSERT_TRUE(server_->WaitFor("ready")) << server_->Output();
  }
  static void TearDownTestSuite() { server_.reset(); }

  static Client Connect(const ClientOptions& options = {}) {
    return *Client::Connect(server_->Addresses().at(0), options);
  }

  static inline std::unique_ptr<ServerProcess> server_;
};

Tensor Ramp(const std::vector<int64_t>& dims, DataType type) {
  std::vector<double> values(static_cast<size_t>(Shape::Make(dims)->elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 7919 % 2003) / 100 - 10;
  return Tensor::Make(values, dims)->Cast(type);
}

// What a function cannot be called without.
std::vector<Parameter> RequiredOf(const v1::Function& function, int64_t channels) {
  std::vector<Parameter> parameters;
  for (const v1::ParameterInfo& info : function.parameters()) {
    if (!info.required()) continue;
    if (info.is_count()) {
      parameters.push_back({info.name(), 3.0});
      continue;
    }
    const bool segments = info.shape() == v1::PARAMETER_SHAPE_SEGMENTS_CHANNELS;
    const std::vector<int64_t> dims = segments ? std::vector<int64_t>{2, channels} : std::vector<int64_t>{channels};
    parameters.push_back({info.name(), Ramp(dims, DataType::kF64)});
  }
  return parameters;
}

TEST_F(ClientServerTest, StripesAreTheSameBits) {
  const Client whole = Connect();
  const Client striped = Connect({.connections = 3, .stripe_bytes = 1000});
  const auto functions = whole.ListFunctions();
  ASSERT_TRUE(functions.ok()) << functions.status();
  for (const v1::Function& function : *functions) {
    for (const DataType type : kWideTypes) {
      const bool is_gated = function.kind() == v1::FUNCTION_KIND_GATED;
      const Tensor x = Ramp({64, is_gated ? 34 : 33}, type);
      const std::vector<Parameter> parameters = RequiredOf(function, 33);
      const EvaluateItem item{.function = function.name(), .input = x, .parameters = parameters};
      const auto expected = whole.Evaluate(item);
      ASSERT_TRUE(expected.ok()) << function.name() << ": " << expected.status();
      const auto result = striped.Evaluate(item);
      ASSERT_TRUE(result.ok()) << function.name() << ": " << result.status();
      EXPECT_EQ(result->output, expected->output) << function.name() << " of " << Name(type);

      const GradientItem gradient{.function = function.name(),
                                  .input = x,
                                  .upstream = Ramp({64, is_gated ? 17 : 33}, type),
                                  .parameters = parameters};
      const auto expected_gradient = whole.Gradient(gradient);
      ASSERT_TRUE(expected_gradient.ok()) << function.name() << ": " << expected_gradient.status();
      const auto result_gradient = striped.Gradient(gradient);
      ASSERT_TRUE(result_gradient.ok()) << function.name() << ": " << result_gradient.status();
      EXPECT_EQ(result_gradient->input_gradient, expected_gradient->input_gradient) << function.name();
      ASSERT_EQ(result_gradient->parameter_gradients.size(), expected_gradient->parameter_gradients.size());
      for (size_t i = 0; i < expected_gradient->parameter_gradients.size(); ++i) {
        EXPECT_EQ(result_gradient->parameter_gradients[i].value, expected_gradient->parameter_gradients[i].value);
      }
    }
  }
}

TEST_F(ClientServerTest, StripesOfGatesAreTheSameBits) {
  const Client whole = Connect();
  const Client striped = Connect({.connections = 3, .stripe_bytes = 1000});
  const Tensor x = Ramp({64, 33}, DataType::kF32), gate = Ramp({64, 33}, DataType::kF32);
  const GradientItem item{.function = "swiglu", .input = x, .upstream = x, .gate = gate};
  const auto expected = whole.Gradient(item);
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto result = striped.Gradient(item);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->input_gradient, expected->input_gradient);
  ASSERT_TRUE(result->gate_gradient.has_value());
  EXPECT_EQ(*result->gate_gradient, *expected->gate_gradient);
  EXPECT_EQ(result->gate_gradient->shape(), gate.shape());
}

TEST_F(ClientServerTest, LargeResultsStayInPieces) {
  const Client client = Connect();
  const Tensor x = Ramp({1000, 2000}, DataType::kF32);
  const auto result = client.Evaluate(EvaluateItem{"relu", x});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->output.Share().TryFlat().has_value());  // nobody has put them together
  std::vector<float> values(2'000'000);
  ASSERT_TRUE(result->output.CopyTo(std::as_writable_bytes(std::span(values))).ok());
  const std::span<const float> input = *x.View<float>();
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], std::max(input[i], 0.0f)) << i;
  EXPECT_FALSE(result->output.Share().TryFlat().has_value());
}

TEST_F(ClientServerTest, PipelinesComputeTheSame) {
  const Client client = Connect();
  const Tensor x = Ramp({100'000}, DataType::kF32);
  const auto expected = client.Evaluate(EvaluateItem{"gelu", x});
  ASSERT_TRUE(expected.ok()) << expected.status();
  int right = 0;
  const auto pipeline = client.OpenEvaluatePipeline([&](int64_t, absl::StatusOr<Results<EvaluateResult>> answer) {
    right += answer.ok() && (*answer)[0]->output == expected->output ? 1 : 0;
  });
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pipeline->Submit({{"gelu", x}}).ok());
  const absl::Status status = pipeline->Finish();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(right, 50);
}

}  // namespace
}  // namespace actserve::client
