// Every RPC against the real binary, over TCP and over a unix socket.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <thread>

#include "tests/e2e/fixture.h"
#include "tests/server/messages.h"
#include "tests/server/raw_call.h"

namespace actserve {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

class RpcTest : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { server_ = new RunningServer(); }
  static void TearDownTestSuite() {
    server_->process->Signal(SIGTERM);
    EXPECT_EQ(server_->process->Wait(), 0) << server_->process->Output();
    delete server_;
  }
  void SetUp() override {
    server_->stub = v1::ActivationService::NewStub(server_->channels.at(GetParam()));
    SetDeadline(context_);
  }
  v1::ActivationService::Stub& stub() { return *server_->stub; }

  static RunningServer* server_;
  grpc::ClientContext context_;
};
RunningServer* RpcTest::server_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Transports, RpcTest, testing::Values(0, 1),
                         [](const auto& info) { return info.param == 0 ? "Tcp" : "Unix"; });

TEST_P(RpcTest, EvaluateAnswersEachItemInOrder) {
  v1::EvaluateRequest request = Relu({-1, 0, 2.5f});
  v1::EvaluateItem* swish = AddItem(request, "swish", F32({0, 1}));
  swish->set_id("second");
  AddScalar(swish, "beta", 2);
  AddItem(request, "softmax", F32({2, 2}, {0, 0, 5, 5}))->set_axis(1);
  AddItem(request, "relu", F32({2, 0, 3}, {}));
  AddItem(request, "relu", F32({}, {7}));
  v1::EvaluateResponse response;
  ASSERT_TRUE(server_->Evaluate(request, &response).ok());
  ASSERT_EQ(response.results_size(), 5);
  for (const auto& result : response.results()) {
    EXPECT_EQ(result.status().code(), 0) << result.status().message();
    EXPECT_EQ(result.backend(), v1::BACKEND_CPU);
  }
  EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 0, 2.5f));
  EXPECT_EQ(response.results(1).id(), "second");
  EXPECT_THAT(Values(response.results(1).output()), ElementsAre(0, FloatNear(1 / (1 + std::exp(-2.0f)), 1e-6f)));
  EXPECT_THAT(Values(response.results(2).output()), Each(0.5f));
  EXPECT_THAT(response.results(2).output().shape(), ElementsAre(2, 2));
  EXPECT_THAT(response.results(3).output().shape(), ElementsAre(2, 0, 3));
  EXPECT_EQ(response.results(3).output().data(), "");
  EXPECT_EQ(response.results(4).output().shape_size(), 0);
  EXPECT_THAT(Values(response.results(4).output()), ElementsAre(7));
}

TEST_P(RpcTest, NanAndInfinityAreValues) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  v1::EvaluateResponse response;
  ASSERT_TRUE(server_->Evaluate(Relu({nan, inf, -inf}), &response).ok());
  const std::vector<float> values = Values(response.results(0).output());
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], inf);
  EXPECT_EQ(values[2], 0);
  v1::GradientRequest request;
  *AddItem(request, "relu", F32({1, 2, 3, -1}))->mutable_upstream() = F32({nan, inf, -inf, nan});
  v1::GradientResponse gradients;
  ASSERT_TRUE(server_->Gradient(request, &gradients).ok());
  EXPECT_EQ(gradients.results(0).status().code(), 0) << gradients.results(0).status().message();
  const std::vector<float> gradient = Values(gradients.results(0).input_gradient());
  EXPECT_TRUE(std::isnan(gradient[0]));
  EXPECT_EQ(gradient[1], inf);
}

TEST_P(RpcTest, OutputTypesConvert) {
  v1::EvaluateRequest request;
  AddItem(request, "relu", F32({-1, 1.5f}))->set_output_type(v1::DATA_TYPE_F64);
  AddItem(request, "relu", F32({-1, 1.5f}))->set_output_type(v1::DATA_TYPE_BF16);
  AddItem(request, "relu", RawTensor(v1::DATA_TYPE_F16, {1}, std::string("\x00\x3e", 2)))  // 1.5
      ->set_output_type(v1::DATA_TYPE_F32);
  v1::EvaluateResponse response;
  ASSERT_TRUE(server_->Evaluate(request, &response).ok());
  EXPECT_THAT(Values<double>(response.results(0).output()), ElementsAre(0, 1.5));
  EXPECT_EQ(response.results(1).output().data_type(), v1::DATA_TYPE_BF16);
  EXPECT_THAT(Values<uint16_t>(response.results(1).output()), ElementsAre(0, 0x3fc0));
  EXPECT_THAT(Values(response.results(2).output()), ElementsAre(1.5f));
}

TEST_P(RpcTest, OutputsTravelAsItemsAsk) {
  v1::EvaluateRequest request;
  const v1::Tensor x = F32({2, 4}, {-1, 2, -3, -4, -5, 6, -7, 8});
  for (const v1::OutputEncoding encoding : {v1::OUTPUT_ENCODING_UNSPECIFIED, v1::OUTPUT_ENCODING_DENSE,
                                            v1::OUTPUT_ENCODING_BITMAP, v1::OUTPUT_ENCODING_TWO_FOUR}) {
    AddItem(request, "relu", x)->set_output_encoding(encoding);
  }
  AddItem(request, "relu", x)->set_output_encoding(v1::OUTPUT_ENCODING_AUTO);
  AddItem(request, "silu", x)->set_output_encoding(v1::OUTPUT_ENCODING_AUTO);
  for (int i = 0; i < request.items_size(); ++i) request.mutable_items(i)->set_id("item " + std::to_string(i));
  v1::EvaluateResponse response;
  ASSERT_TRUE(server_->Evaluate(request, &response).ok());
  for (const auto& result : response.results()) {
    EXPECT_EQ(result.status().code(), 0) << result.status().message();
    EXPECT_EQ(result.backend(), v1::BACKEND_CPU);
  }
  for (int i = 0; i < request.items_size(); ++i) EXPECT_EQ(response.results(i).id(), request.items(i).id());
  const auto values = [&](int i) {
    v1::Tensor tensor;
    tensor.set_data(response.results(i).sparse_output().values());
    return Values(tensor);
  };
  for (const int dense : {0, 1}) {
    EXPECT_THAT(Values(response.results(dense).output()), ElementsAre(0, 2, 0, 0, 0, 6, 0, 8));
    EXPECT_FALSE(response.results(dense).has_sparse_output());
  }
  for (const int bitmap : {2, 4}) {
    const v1::SparseTensor& tensor = response.results(bitmap).sparse_output();
    EXPECT_FALSE(response.results(bitmap).has_output());
    EXPECT_EQ(tensor.encoding(), v1::OUTPUT_ENCODING_BITMAP);
    EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_F32);
    EXPECT_THAT(tensor.shape(), ElementsAre(2, 4));
    EXPECT_EQ(tensor.bitmap(), "\xa2");
    EXPECT_THAT(values(bitmap), ElementsAre(2, 6, 8));
  }
  EXPECT_EQ(response.results(3).sparse_output().encoding(), v1::OUTPUT_ENCODING_TWO_FOUR);
  EXPECT_EQ(response.results(3).sparse_output().indices(), "\xd9");  // 1 and 2, 1 and 3
  EXPECT_THAT(values(3), ElementsAre(2, 0, 6, 8));
  EXPECT_EQ(response.results(5).output().data().size(), 32u);
}

// A gradient's zeros have the sign of the upstream.
TEST_P(RpcTest, GradientsMayLeaveOutZerosOfEitherSign) {
  v1::GradientRequest request;
  v1::GradientItem* item = AddItem(request, "relu", F32({-1, 2, -3, -4}));
  *item->mutable_upstream() = F32({-1, -2, 3, -4});
  item->set_output_encoding(v1::OUTPUT_ENCODING_BITMAP);
  AddScalar(item = AddItem(request, "leaky_relu", F32({-1, 2})), "alpha", 0);
  item->set_output_encoding(v1::OUTPUT_ENCODING_BITMAP);
  v1::GradientResponse response;
  ASSERT_TRUE(server_->Gradient(request, &response).ok());
  const v1::SparseTensor& tensor = response.results(0).sparse_input_gradient();
  EXPECT_EQ(tensor.bitmap(), "\x02");
  EXPECT_EQ(tensor.negative_zeros(), "\x09");
  EXPECT_EQ(tensor.values().size(), 4u);
  EXPECT_EQ(response.results(1).sparse_input_gradient().bitmap(), "\x02");
  EXPECT_EQ(response.results(1).sparse_input_gradient().negative_zeros(), "");
  EXPECT_EQ(response.results(1).parameter_gradients(0).scalar(), -1);
}

TEST_P(RpcTest, GradientAnswersForInputsAndForTheParametersThatWereNamed) {
  v1::GradientRequest request;
  *AddItem(request, "relu", F32({-1, 2, 3}))->mutable_upstream() = F32({10, 20, 30});
  AddItem(request, "relu", F32({-1, 2, 3}));
  AddScalar(AddItem(request, "leaky_relu", F32({-4, 2})), "alpha", 0.5);
  v1::GradientItem* prelu = AddItem(request, "prelu", F32({2, 2}, {-1, -2, -3, 4}));
  AddTensor(prelu, "alpha", F32({0.25f, 0.5f}));
  v1::GradientItem* input_only = AddItem(request, "leaky_relu", F32({-4, 2}));
  AddScalar(input_only, "alpha", 0.5);
  input_only->set_input_gradient_only(true);
  v1::GradientResponse response;
  ASSERT_TRUE(server_->Gradient(request, &response).ok());
  for (const auto& result : response.results()) EXPECT_EQ(result.status().code(), 0) << result.status().message();
  EXPECT_THAT(Values(response.results(0).input_gradient()), ElementsAre(0, 20, 30));
  EXPECT_THAT(Values(response.results(1).input_gradient()), ElementsAre(0, 1, 1));
  EXPECT_EQ(response.results(1).parameter_gradients_size(), 0);
  EXPECT_THAT(Values(response.results(2).input_gradient()), ElementsAre(0.5f, 1));
  ASSERT_EQ(response.results(2).parameter_gradients_size(), 1);
  EXPECT_EQ(response.results(2).parameter_gradients(0).name(), "alpha");
  EXPECT_EQ(response.results(2).parameter_gradients(0).scalar(), -4);
  ASSERT_EQ(response.results(3).parameter_gradients_size(), 1);
  EXPECT_THAT(Values(response.results(3).parameter_gradients(0).tensor()), ElementsAre(-4, -2));
  EXPECT_THAT(Values(response.results(3).input_gradient()), ElementsAre(0.25f, 0.5f, 0.25f, 1));
  EXPECT_EQ(response.results(4).parameter_gradients_size(), 0);
}

TEST_P(RpcTest, ParameterGradientsComeInTheItemsOrder) {
  v1::GradientRequest request;
  v1::GradientItem* item = AddItem(request, "aplu", F32({1, 2}, {-1, 3}));
  AddTensor(item, "b", F32({2}, {0, 1}));
  AddTensor(item, "a", F32({2}, {0.5f, 0.25f}));
  v1::GradientResponse response;
  ASSERT_TRUE(server_->Gradient(request, &response).ok());
  const v1::GradientResult& result = response.results(0);
  ASSERT_EQ(result.status().code(), 0) << result.status().message();
  ASSERT_EQ(result.parameter_gradients_size(), 2);
  EXPECT_EQ(result.parameter_gradients(0).name(), "b");
  EXPECT_THAT(Values(result.parameter_gradients(0).tensor()), ElementsAre(0.5f, 0.25f));  // both hinges open at -1
  EXPECT_EQ(result.parameter_gradients(1).name(), "a");
  EXPECT_THAT(Values(result.parameter_gradients(1).tensor()), ElementsAre(1, 2));
}

TEST_P(RpcTest, StreamsAnswerInOrder) {
  auto stream = stub().EvaluateStream(&context_);
  constexpr int kRequests = 50;
  std::thread writer([&] {
    for (int i = 0; i < kRequests; ++i) {
      // Large and small by turns, so that later ones are ready before earlier ones.
      EXPECT_TRUE(stream->Write(Relu(std::vector<float>(i % 2 == 0 ? 100'000 : 1, static_cast<float>(i)))));
    }
    stream->WritesDone();
  });
  v1::EvaluateResponse response;
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(Values(response.results(0).output()).front(), i);
  }
  EXPECT_FALSE(stream->Read(&response));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(RpcTest, GradientStreamAnswers) {
  auto stream = stub().GradientStream(&context_);
  v1::GradientRequest request;
  AddItem(request, "relu", F32({-1, 2}));
  AddItem(request, "rellu", F32({-1, 2}));
  v1::GradientResponse response;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_THAT(Values(response.results(0).input_gradient()), ElementsAre(0, 1));
    EXPECT_EQ(response.results(1).status().code(), grpc::StatusCode::NOT_FOUND);
  }
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(RpcTest, AStreamWithoutRequestsIsFine) {
  auto stream = stub().EvaluateStream(&context_);
  stream->WritesDone();
  v1::EvaluateResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(RpcTest, ListFunctionsTellsThemAllAndGetFunctionOne) {
  v1::ListFunctionsResponse list;
  ASSERT_TRUE(stub().ListFunctions(&context_, {}, &list).ok());
  std::vector<std::string> names;
  for (const v1::Function& function : list.functions()) {
    names.push_back(function.name());
    EXPECT_FALSE(function.formula().empty()) << function.name();
    EXPECT_FALSE(function.summary().empty()) << function.name();
    std::vector<std::string> known(function.aliases().begin(), function.aliases().end());
    known.push_back(function.name());
    for (const std::string& name : known) {
      v1::GetFunctionRequest request;
      request.set_name(name);
      v1::Function one;
      ASSERT_TRUE(server_->Call(&v1::ActivationService::Stub::GetFunction, request, &one).ok());
      EXPECT_EQ(one.SerializeAsString(), function.SerializeAsString());
    }
  }
  for (const char* seed : {"relu", "leaky_relu", "prelu", "sigmoid", "tanh", "gelu", "gelu_tanh", "silu", "mish",
                           "softmax", "log_softmax", "sparsemax", "aplu"}) {
    EXPECT_THAT(names, testing::Contains(seed));
  }
}

TEST_P(RpcTest, GetFunctionNamesTheNearest) {
  v1::GetFunctionRequest request;
  request.set_name("sotfmax");
  v1::Function function;
  const grpc::Status status = stub().GetFunction(&context_, request, &function);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(),
              HasSubstr("name: \"sotfmax\" is not a known function; the nearest names are softmax"));
}

TEST_P(RpcTest, ManyCallsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        v1::EvaluateResponse response;
        const float value = static_cast<float>(t * 1000 + i);
        ASSERT_TRUE(server_->Evaluate(Relu({value, -value}), &response).ok());
        EXPECT_THAT(Values(response.results(0).output()), ElementsAre(value, 0));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace actserve
