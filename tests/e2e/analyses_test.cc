// Profile, Calibrate and Substitute against the real binary.
#include <gmock/gmock.h>

#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"
#include "tests/server/temporary_file.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

class AnalysesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new RunningServer({"--max-message-mib", "4", "--max-in-flight-mib", "16"}, "127.0.0.1:0");
  }
  static void TearDownTestSuite() {
    server_->process->Signal(SIGTERM);
    EXPECT_EQ(server_->process->Wait(), 0) << server_->process->Output();
    delete server_;
  }

  template <class Request, class Response, class Method>
  static grpc::Status Stream(Method method, const std::vector<Request>& requests, Response* response) {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto writer = (server_->stub.get()->*method)(&context, response);
    for (const Request& request : requests) {
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    return writer->Finish();
  }
  static grpc::Status Profile(const std::vector<v1::ProfileRequest>& requests, v1::ProfileResponse* response) {
    return Stream(&v1::ActivationService::Stub::Profile, requests, response);
  }
  static grpc::Status Calibrate(const std::vector<v1::CalibrateRequest>& requests, v1::CalibrateResponse* response) {
    return Stream(&v1::ActivationService::Stub::Calibrate, requests, response);
  }

  static RunningServer* server_;
};
RunningServer* AnalysesTest::server_ = nullptr;

template <class Request>
Request Part(const v1::Tensor& tensor) {
  Request request;
  *request.mutable_tensor() = tensor;
  return request;
}

v1::CalibrateRequest Targets(const std::vector<double>& targets, const v1::Tensor& tensor) {
  auto request = Part<v1::CalibrateRequest>(tensor);
  for (const double target : targets) request.mutable_options()->add_targets(target);
  return request;
}

TEST_F(AnalysesTest, ProfilesAStreamAsOneTensor) {
  auto first = Part<v1::ProfileRequest>(F32({1, 4}, {0, -0.0f, 3, NAN}));
  first.mutable_options()->set_channels(true);
  const auto second = Part<v1::ProfileRequest>(F32({2, 4}, {0, 0, 0, 0, 1, -2, 0.0005f, 4}));
  v1::ProfileResponse response;
  const grpc::Status status = Profile({first, second}, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.total().elements(), 12);
  EXPECT_EQ(response.total().zeros(), 6);
  EXPECT_EQ(response.total().near_zeros(), 7);
  EXPECT_EQ(response.nans(), 1);
  EXPECT_EQ(response.min(), -2);
  EXPECT_EQ(response.max(), 4);
  EXPECT_EQ(response.groups_of_four(), 3);
  EXPECT_EQ(response.conforming_groups(), 2);
  EXPECT_EQ(response.row_sparsity().rows(), 3);
  EXPECT_EQ(response.row_sparsity().by_zeros(10), 1);
  ASSERT_EQ(response.channels_size(), 4);
  EXPECT_EQ(response.channels(0).zeros(), 2);
  EXPECT_EQ(response.channels(3).elements(), 3);
  ASSERT_EQ(response.histogram_size(), 5);
  EXPECT_TRUE(response.histogram(0).negative());
  EXPECT_EQ(response.histogram(0).exponent(), 1);
  EXPECT_EQ(response.histogram(4).exponent(), 2);
}

TEST_F(AnalysesTest, CalibratesThresholds) {
  v1::CalibrateRequest cats = Targets({0.75}, F32({-100, -50, 1, 2}));
  cats.mutable_options()->set_function("relu");
  v1::CalibrateResponse response;
  ASSERT_TRUE(Calibrate({Targets({0.5, 1}, F32({-4, 3})), Part<v1::CalibrateRequest>(F32({2, -1}))}, &response).ok());
  EXPECT_EQ(response.elements(), 4);
  EXPECT_EQ(response.thresholds(0).threshold(), 2);
  EXPECT_EQ(response.thresholds(0).sparsity(), 0.5);
  EXPECT_EQ(response.thresholds(1).threshold(), 4);
  ASSERT_TRUE(Calibrate({cats}, &response).ok());
  EXPECT_EQ(response.zeros(), 2);
  EXPECT_EQ(response.thresholds(0).threshold(), 1);
}

TEST_F(AnalysesTest, ComparesSubstitutes) {
  v1::SubstituteRequest request;
  request.set_function("gelu");
  std::vector<float> values;
  for (int i = -300; i <= 300; ++i) values.push_back(static_cast<float>(i) / 100);
  *request.mutable_input() = F32(values);
  v1::SubstituteResponse response;
  const grpc::Status status = server_->Call(&v1::ActivationService::Stub::Substitute, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.substitutes_size(), 4);
  EXPECT_EQ(response.substitutes(0).function(), "relu");
  EXPECT_EQ(response.substitutes(0).zeros(), 301);
  EXPECT_NEAR(response.substitutes(0).max_error(), 0.17, 0.001);
  EXPECT_GT(response.substitutes(0).cosine(), 0.99);
  EXPECT_EQ(response.substitutes(1).parameters(0).name(), "shift");
  EXPECT_EQ(response.substitutes(2).parameters(0).name(), "threshold");
  EXPECT_LE(response.substitutes(1).relative_error(), response.substitutes(0).relative_error());
}

TEST_F(AnalysesTest, BadInputIsToldClearly) {
  v1::ProfileResponse profile;
  v1::CalibrateResponse calibrated;
  v1::SubstituteResponse substituted;
  const auto expect = [](const grpc::Status& status, StatusCode code, const std::string& message) {
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(message));
  };
  expect(Profile({}, &profile), StatusCode::INVALID_ARGUMENT, "has no message");
  expect(Profile({Part<v1::ProfileRequest>(F32({0, 2}, {}))}, &profile), StatusCode::INVALID_ARGUMENT,
         "tensor.shape: has no elements");
  expect(Profile({Part<v1::ProfileRequest>(RawTensor(v1::DATA_TYPE_F32, {3}, "1234"))}, &profile),
         StatusCode::INVALID_ARGUMENT, "tensor.data: ");
  auto axis = Part<v1::ProfileRequest>(F32({1, 2}, {1, 2}));
  axis.mutable_options()->set_channels(true);
  axis.mutable_options()->set_channel_axis(2);
  expect(Profile({Part<v1::ProfileRequest>(RawTensor(v1::DATA_TYPE_F8E5M2, {2}, "ab"))}, &profile),
         StatusCode::INVALID_ARGUMENT, "tensor.data_type: is f8e5m2; expected f64, f32, f16 or bf16");
  expect(Profile({axis}, &profile), StatusCode::INVALID_ARGUMENT, "options.channel_axis: 2 is not an axis");
  axis.mutable_options()->clear_channel_axis();
  expect(Profile({axis, axis}, &profile), StatusCode::INVALID_ARGUMENT, "options: are given again");
  expect(Calibrate({Targets({1.5}, F32({1}))}, &calibrated), StatusCode::INVALID_ARGUMENT,
         "options.targets[0]: 1.5 is out of range");
  expect(Calibrate({Targets({1}, F32({1, NAN}))}, &calibrated), StatusCode::INVALID_ARGUMENT, "1 cannot be reached");
  expect(Calibrate({Targets({}, F32({1}))}, &calibrated), StatusCode::INVALID_ARGUMENT, "options.targets: has 0");
  v1::CalibrateRequest softmax = Targets({0.5}, F32({1}));
  softmax.mutable_options()->set_function("softmax");
  expect(Calibrate({softmax}, &calibrated), StatusCode::INVALID_ARGUMENT, "softmax is not element-wise");
  v1::SubstituteRequest request;
  *request.mutable_input() = F32({1, 2});
  const auto substitute = [&] {
    return server_->Call(&v1::ActivationService::Stub::Substitute, request, &substituted);
  };
  request.set_function("gelo");
  expect(substitute(), StatusCode::NOT_FOUND, "the nearest names are");
  request.set_function("gelu");
  request.add_candidates("softmax");
  expect(substitute(), StatusCode::INVALID_ARGUMENT, "candidates[0]: softmax is not element-wise");
}

TEST_F(AnalysesTest, WhatTheyHoldIsBounded) {
  // Magnitudes are held: with 1 MiB each, there is no room for 16 beside the message in hand.
  const v1::Tensor tensor = F32(std::vector<float>(1 << 18, 1.0f));
  std::vector<v1::CalibrateRequest> requests(20, Part<v1::CalibrateRequest>(tensor));
  requests[0] = Targets({0.5}, tensor);
  v1::CalibrateResponse response;
  const grpc::Status status = Calibrate(requests, &response);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("bytes are in flight"));
  EXPECT_TRUE(Calibrate({Targets({0.5}, tensor)}, &response).ok());  // all of it was given back
  v1::ProfileResponse profile;
  EXPECT_TRUE(Profile(std::vector<v1::ProfileRequest>(20, Part<v1::ProfileRequest>(tensor)), &profile).ok());
  EXPECT_EQ(profile.total().elements(), 20 << 18);
  const MetricsPage page = Scrape(server_->process->MetricsAddress());
  EXPECT_GE(page["actserve_requests_total{rpc=\"Profile\",code=\"OK\"}"], 1);
  EXPECT_GE(page["actserve_requests_total{rpc=\"Calibrate\",code=\"RESOURCE_EXHAUSTED\"}"], 1);
  EXPECT_EQ(page["actserve_pool_bytes"], 0);
}

TEST(AnalysesDrainTest, AnIdleStreamDoesNotKeepTheServerUp) {
  RunningServer server;
  grpc::ClientContext context;
  v1::ProfileResponse response;
  const auto writer = server.stub->Profile(&context, &response);
  ASSERT_TRUE(writer->Write(Part<v1::ProfileRequest>(F32({1}))));
  v1::SubstituteRequest request;  // so that the stream has begun
  request.set_function("gelu");
  *request.mutable_input() = F32({1, 2});
  v1::SubstituteResponse substituted;
  ASSERT_TRUE(server.Call(&v1::ActivationService::Stub::Substitute, request, &substituted).ok());
  server.process->Signal(SIGTERM);
  EXPECT_FALSE(writer->Finish().ok());
  server.process->Wait();
  EXPECT_THAT(server.process->Output(), HasSubstr("event=drained"));
}

TEST(AnalysesTokenTest, NeedAToken) {
  const TemporaryFile tokens("tokens", "first\n");
  RunningServer server({"--token-file", tokens.path()});
  v1::SubstituteResponse substituted;
  EXPECT_EQ(server.Call(&v1::ActivationService::Stub::Substitute, v1::SubstituteRequest(), &substituted).error_code(),
            StatusCode::UNAUTHENTICATED);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ProfileResponse response;
  EXPECT_EQ(server.stub->Profile(&context, &response)->Finish().error_code(), StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace actserve
