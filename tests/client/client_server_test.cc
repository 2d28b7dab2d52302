// The client library against the real server.
#include <algorithm>
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

TEST_F(ClientServerTest, OutputsWithoutZerosAreTheSameBits) {
  const Client client = Connect(), sparse = Connect({.decode = false});
  const Client striped = Connect({.connections = 3, .stripe_bytes = 1000});
  const auto functions = client.ListFunctions();
  ASSERT_TRUE(functions.ok()) << functions.status();
  const auto encoded = [](auto item, Encoding encoding) {
    item.encoding = encoding;
    return item;
  };
  for (const v1::Function& function : *functions) {
    for (const DataType type : kWideTypes) {
      const bool is_gated = function.kind() == v1::FUNCTION_KIND_GATED;
      const EvaluateItem item{.function = function.name(),
                              .input = Ramp({64, is_gated ? 34 : 33}, type),
                              .parameters = RequiredOf(function, 33)};
      const GradientItem gradient{.function = item.function,
                                  .input = item.input,
                                  .upstream = Ramp({64, is_gated ? 17 : 33}, type),
                                  .parameters = item.parameters};
      const auto expected = client.Evaluate(item);
      const auto expected_gradient = client.Gradient(gradient);
      ASSERT_TRUE(expected.ok() && expected_gradient.ok());
      EXPECT_EQ(expected->received_bytes, expected->output.size());
      for (const Encoding encoding : {Encoding::kBitmap, Encoding::kAuto}) {
        SCOPED_TRACE(function.name() + " of " + std::string(Name(type)) + ", " + std::string(Name(encoding)));
        for (const Client& caller : {client, striped}) {
          const auto result = caller.Evaluate(encoded(item, encoding));
          ASSERT_TRUE(result.ok()) << result.status();
          EXPECT_EQ(result->output, expected->output);
          EXPECT_TRUE(encoding == Encoding::kBitmap || result->received_bytes <= result->output.size());
          const auto gradients = caller.Gradient(encoded(gradient, encoding));
          ASSERT_TRUE(gradients.ok()) << gradients.status();
          EXPECT_EQ(gradients->input_gradient, expected_gradient->input_gradient);
          EXPECT_EQ(gradients->parameter_gradients.size(), expected_gradient->parameter_gradients.size());
        }
        const auto result = sparse.Evaluate(encoded(item, encoding));
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_TRUE(encoding == Encoding::kAuto || result->sparse.has_value());
        if (!result->sparse.has_value()) continue;
        EXPECT_EQ(result->sparse->ToDense(), expected->output);
        EXPECT_EQ(result->output.elements(), 0);
      }
    }
  }
}

TEST_F(ClientServerTest, GatesGradientsAreDenseBesideOutputsWithoutZeros) {
  const Client client = Connect();
  const Tensor x = Ramp({64, 33}, DataType::kF32), gate = Ramp({64, 33}, DataType::kF32);
  GradientItem item{.function = "reglu", .input = x, .upstream = x, .gate = gate};
  const auto expected = client.Gradient(item);
  item.encoding = Encoding::kBitmap;
  const auto result = client.Gradient(item);
  ASSERT_TRUE(expected.ok() && result.ok()) << expected.status() << result.status();
  EXPECT_TRUE(result->sparse.has_value());
  EXPECT_EQ(result->input_gradient, expected->input_gradient);
  EXPECT_EQ(*result->gate_gradient, *expected->gate_gradient);
}

TEST_F(ClientServerTest, LargeOutputsWithoutZeros) {
  const Client client = Connect();
  const Tensor x = Ramp({1000, 2000}, DataType::kF32);
  const auto expected = client.Evaluate({.function = "relu", .input = x});
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto result = client.Evaluate({.function = "relu", .input = x, .encoding = Encoding::kAuto});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, expected->output);
  ASSERT_TRUE(result->sparse.has_value());
  EXPECT_NEAR(static_cast<double>(result->received_bytes), 4'250'000, 50'000);  // half of the elements, and a bit each
  // Of each four, 2:4 takes two.
  const auto misfit = client.Evaluate({.function = "relu", .input = x, .encoding = Encoding::kTwoFour});
  EXPECT_EQ(misfit.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(misfit.status().message().find("item 0: output_encoding: the output does not conform to 2:4"),
            std::string::npos);
  std::vector<double> values(2'000'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 4 < 2 ? -1 : static_cast<double>(i % 100);
  const auto conforming = client.Evaluate({.function = "relu",
                                           .input = Tensor::Make(values, {1000, 2000})->Cast(DataType::kBF16),
                                           .encoding = Encoding::kTwoFour});
  ASSERT_TRUE(conforming.ok()) << conforming.status();
  EXPECT_EQ(conforming->received_bytes, 2'250'000u);
  for (double& value : values) value = std::max(value, 0.0);
  EXPECT_EQ(conforming->output, Tensor::Make(values, {1000, 2000})->Cast(DataType::kBF16));
}

TEST_F(ClientServerTest, StreamsLeaveOutZerosToo) {
  const Client client = Connect({.decode = false});
  const EvaluateItem item{.function = "relu", .input = Ramp({1000}, DataType::kF32), .encoding = Encoding::kBitmap};
  const auto stream = client.OpenEvaluateStream();
  ASSERT_TRUE(stream->Write({item}).ok());
  const auto results = stream->Read();
  ASSERT_TRUE(results.ok() && results->has_value()) << results.status();
  ASSERT_TRUE((**results)[0].ok()) << (**results)[0].status();
  EXPECT_TRUE((**results)[0]->sparse.has_value());
  int answers = 0;
  const auto pipeline = client.OpenEvaluatePipeline([&](int64_t, const auto& answer) {
    answers += answer.ok() && (*answer)[0].ok() && (*answer)[0]->sparse.has_value();
  });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pipeline->Submit({item}).ok());
  EXPECT_TRUE(pipeline->Finish().ok());
  EXPECT_EQ(answers, 3);
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
