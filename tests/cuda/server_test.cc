// The server with GPUs, which are fake ones, from a client's point of view.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "actserve/v1/activation.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "kernels/api/status.h"
#include "server/app.h"
#include "tests/cuda/fake_device.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"

namespace actserve {
namespace {

using cuda::FakeDevice;
using Deed = FakeDevice::Deed;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

const bool kGrpcStaysUp = (grpc_init(), true);

class CudaServerTest : public testing::Test {
 protected:
  config::ServerConfig SmallConfig() {
    config::ServerConfig config;
    config.add_listen("127.0.0.1:0");
    config.set_metrics_listen("127.0.0.1:0");
    config.set_threads(2);
    config.set_cuda_lanes(2);
    config.set_cuda_memory_mib(16);
    config.set_cuda_retry_seconds(0.05);
    return config;
  }

  // With so many GPUs.
  absl::StatusOr<std::unique_ptr<App>> Make(const config::ServerConfig& config, int gpus) {
    return App::Start(config, CpuBackend(), [&]() -> absl::StatusOr<App::Devices> {
      if (gpus == 0) return absl::FailedPreconditionError("nobody has put one in");
      App::Devices devices;
      for (int i = 0; i < gpus; ++i) {
        auto device = std::make_unique<FakeDevice>(cuda::Limits{.multiprocessors = 4, .shared_bytes = 64 << 10});
        devices_.push_back(device.get());
        devices.push_back(std::move(device));
      }
      return devices;
    });
  }
  void Start(const config::ServerConfig& config, int gpus) {
    auto app = Make(config, gpus);
    ASSERT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    channel_ = grpc::CreateChannel(app_->addresses().front().ToString(), grpc::InsecureChannelCredentials());
    stub_ = v1::ActivationService::NewStub(channel_);
  }

  v1::EvaluateResponse Evaluate(const v1::EvaluateRequest& request) {
    grpc::ClientContext context;
    v1::EvaluateResponse response;
    const grpc::Status status = stub_->Evaluate(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  v1::GradientResponse Gradient(const v1::GradientRequest& request) {
    grpc::ClientContext context;
    v1::GradientResponse response;
    const grpc::Status status = stub_->Gradient(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // SERVICE_UNKNOWN where it is none.
  HealthCheckResponse::ServingStatus Health(const std::string& service) {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const auto stub = grpc::health::v1::Health::NewStub(channel_);
    const grpc::Status status = stub->Check(&context, request, &response);
    return status.ok() ? response.status() : HealthCheckResponse::SERVICE_UNKNOWN;
  }
  bool WaitForHealth(HealthCheckResponse::ServingStatus expected) {
    for (int i = 0; i < 1000; ++i) {
      if (Health("cuda") == expected) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::vector<FakeDevice*> devices_;
  std::unique_ptr<App> app_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ActivationService::Stub> stub_;
};

std::vector<float> Numbers(size_t count) {
  std::vector<float> numbers(count);
  for (size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(i % 997) / 100 - 5;
  return numbers;
}

// Items small and large, row-wise and not, and one that is wrong.
v1::EvaluateRequest Mixed(v1::Backend backend) {
  v1::EvaluateRequest request;
  request.set_backend(backend);
  for (int i = 0; i < 8; ++i) AddItem(request, "silu", F32(Numbers(64 + i)));
  AddItem(request, "gelu", F32(Numbers(300'000)));
  AddItem(request, "softmax", F32({20, 500}, Numbers(10'000)));
  AddItem(request, "sillu", F32({1}));
  AddItem(request, "mish", F32({0}, {}));
  return request;
}

// What a GPU computes is encoded when it is here.
TEST_F(CudaServerTest, LeavesOutZeros) {
  Start(SmallConfig(), 1);
  v1::EvaluateRequest request;
  for (const v1::Backend backend : {v1::BACKEND_CPU, v1::BACKEND_CUDA}) {
    request.Clear();
    request.set_backend(backend);
    for (const v1::OutputEncoding encoding : {v1::OUTPUT_ENCODING_BITMAP, v1::OUTPUT_ENCODING_AUTO}) {
      AddItem(request, "relu", F32(Numbers(100'000)))->set_output_encoding(encoding);
      AddItem(request, "silu", F32(Numbers(100)))->set_output_encoding(encoding);
    }
    AddItem(request, "relu", F32({0, 1, 2, 3}))->set_output_encoding(v1::OUTPUT_ENCODING_TWO_FOUR);
    const v1::EvaluateResponse answer = Evaluate(request);
    for (const int relu : {0, 2}) {
      const v1::SparseTensor& tensor = answer.results(relu).sparse_output();
      EXPECT_EQ(answer.results(relu).backend(), backend);
      ASSERT_EQ(tensor.bitmap().size(), 12'500u);
      EXPECT_EQ(tensor.bitmap()[62], '\xe0');  // from the 501st on, numbers are above 0
      EXPECT_EQ(tensor.negative_zeros(), "");
      float first;
      std::memcpy(&first, tensor.values().data(), sizeof(first));
      EXPECT_EQ(first, static_cast<float>(501) / 100 - 5);
    }
    EXPECT_EQ(answer.results(1).sparse_output().values().size(), 400u);
    EXPECT_TRUE(answer.results(3).has_output());
    EXPECT_THAT(answer.results(4).status().message(), HasSubstr("does not conform to 2:4"));
    EXPECT_FALSE(answer.results(4).has_sparse_output());
  }
}

// The same outputs and errors, from `backend`.
void ExpectSame(const v1::EvaluateResponse& answer, const v1::EvaluateResponse& expected, v1::Backend backend) {
  ASSERT_EQ(answer.results_size(), expected.results_size());
  for (int i = 0; i < answer.results_size(); ++i) {
    EXPECT_EQ(answer.results(i).status().code(), expected.results(i).status().code());
    EXPECT_EQ(answer.results(i).output().data(), expected.results(i).output().data()) << "item " << i;
    const v1::Backend expected_backend = answer.results(i).status().code() == 0 ? backend : v1::BACKEND_UNSPECIFIED;
    EXPECT_EQ(answer.results(i).backend(), expected_backend) << "item " << i;
  }
}

TEST_F(CudaServerTest, GivesTheSameBitsAndSaysWhoComputed) {
  Start(SmallConfig(), 1);
  const v1::EvaluateResponse cpu = Evaluate(Mixed(v1::BACKEND_CPU));
  EXPECT_EQ(cpu.results(0).backend(), v1::BACKEND_CPU);
  const v1::EvaluateResponse gpu = Evaluate(Mixed(v1::BACKEND_CUDA));
  ExpectSame(gpu, cpu, v1::BACKEND_CUDA);
  EXPECT_GT(gpu.results(8).compute_time_ns(), 0u);

  v1::GradientRequest request;
  for (const v1::Backend backend : {v1::BACKEND_CPU, v1::BACKEND_CUDA}) {
    request.set_backend(backend);
    request.clear_items();
    AddScalar(AddItem(request, "silu", F32(Numbers(200'000))), "beta", 1.5);
    v1::Parameter* slopes = AddItem(request, "prelu", F32({100, 3, 40}, Numbers(12'000)))->add_parameters();
    slopes->set_name("alpha");
    *slopes->mutable_tensor() = F32({0.25, 0.5, -1});
    *AddItem(request, "swiglu", F32(Numbers(50'000)))->mutable_gate() = F32(Numbers(50'000));
    const v1::GradientResponse answer = Gradient(request);
    static v1::GradientResponse first;
    if (backend == v1::BACKEND_CPU) first = answer;
    ASSERT_EQ(answer.results_size(), 3);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(answer.results(i).backend(), backend);
      EXPECT_EQ(answer.results(i).input_gradient().data(), first.results(i).input_gradient().data());
      EXPECT_EQ(answer.results(i).gate_gradient().data(), first.results(i).gate_gradient().data());
    }
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(answer.results(i).parameter_gradients_size(), 1);
      EXPECT_EQ(answer.results(i).parameter_gradients(0).SerializeAsString(),
                first.results(i).parameter_gradients(0).SerializeAsString());
    }
  }

  const MetricsPage page = Scrape(app_->metrics_address());
  EXPECT_EQ(page[R"(actserve_cuda_devices{state="up"})"], 1);
  EXPECT_EQ(page["actserve_cuda_items_total"], 14);
  EXPECT_GT(page[R"(actserve_cuda_seconds_total{phase="device"})"], 0);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="Evaluate",function="silu",backend="cuda",code="OK"})"], 8);
  EXPECT_THAT(HttpGet(app_->metrics_address(), "/metrics"), HasSubstr("cuda=\"a fake GPU\""));
}

TEST_F(CudaServerTest, ComputesBytes) {
  Start(SmallConfig(), 1);
  v1::EvaluateRequest request;
  request.set_backend(v1::BACKEND_CUDA);
  v1::EvaluateItem* item = AddItem(request, "relu", RawTensor(v1::DATA_TYPE_I8, {3}, "\x80\1\x7f"));
  item->mutable_input()->mutable_quantization()->add_scale(0.5f);
  item->mutable_output_quantization()->add_scale(0.25f);
  const v1::EvaluateResponse answer = Evaluate(request);
  EXPECT_EQ(answer.results(0).output().data(), std::string("\0\2\x7f", 3));
  EXPECT_EQ(answer.results(0).output().quantization().scale(0), 0.25f);
  EXPECT_EQ(answer.results(0).backend(), v1::BACKEND_CUDA);
}

TEST_F(CudaServerTest, WhatADeviceFailsAtTheCpuComputes) {
  Start(SmallConfig(), 1);
  const v1::EvaluateResponse cpu = Evaluate(Mixed(v1::BACKEND_CPU));
  EXPECT_EQ(Health("cuda"), HealthCheckResponse::SERVING);
  for (const Deed deed : {Deed::kUpload, Deed::kLaunch, Deed::kWait}) {
    devices_[0]->FailNext(deed, absl::UnavailableError("it fell off the bus"));
    const v1::EvaluateResponse answer = Evaluate(Mixed(v1::BACKEND_CUDA));
    ASSERT_EQ(answer.results_size(), cpu.results_size());
    int by_cpu = 0;
    for (int i = 0; i < answer.results_size(); ++i) {
      EXPECT_EQ(answer.results(i).output().data(), cpu.results(i).output().data()) << "item " << i;
      if (answer.results(i).backend() == v1::BACKEND_CPU) ++by_cpu;
    }
    EXPECT_GT(by_cpu, 0);
    EXPECT_TRUE(WaitForHealth(HealthCheckResponse::NOT_SERVING));
    EXPECT_EQ(Health(""), HealthCheckResponse::SERVING) << "the server does its work";
    ExpectSame(Evaluate(Mixed(v1::BACKEND_CUDA)), cpu, v1::BACKEND_CPU);
    const MetricsPage page = Scrape(app_->metrics_address());
    EXPECT_EQ(page[R"(actserve_cuda_devices{state="down"})"], 1);
    EXPECT_GE(page[R"(actserve_cuda_failures_total{device="a fake GPU"})"], 1);
    devices_[0]->Mend();
    EXPECT_TRUE(WaitForHealth(HealthCheckResponse::SERVING)) << "and it is tried again";
    ExpectSame(Evaluate(Mixed(v1::BACKEND_CUDA)), cpu, v1::BACKEND_CUDA);
  }
}

TEST_F(CudaServerTest, SettingsSayWhereWhatIsLeftOpenGoes) {
  config::ServerConfig config = SmallConfig();
  config.set_backend(config::ServerConfig::CUDA);
  auto* route = config.add_route();
  route->set_function("softmax");
  route->set_backend(config::ServerConfig::CPU);
  Start(config, 2);
  v1::EvaluateRequest request;
  AddItem(request, "silu", F32({1, 2}));
  AddItem(request, "softmax", F32({1, 2}));
  v1::EvaluateResponse answer = Evaluate(request);
  EXPECT_EQ(answer.results(0).backend(), v1::BACKEND_CUDA);
  EXPECT_EQ(answer.results(1).backend(), v1::BACKEND_CPU);
  request.set_backend(v1::BACKEND_CUDA);
  answer = Evaluate(request);
  EXPECT_EQ(answer.results(1).backend(), v1::BACKEND_CUDA) << "a request's own choice goes first";
}

TEST_F(CudaServerTest, ExplainsWhyThereIsNoGpu) {
  Start(SmallConfig(), 0);
  v1::EvaluateRequest request;
  request.set_backend(v1::BACKEND_CUDA);
  AddItem(request, "silu", F32({1}));
  const v1::EvaluateResponse answer = Evaluate(request);
  EXPECT_EQ(answer.results(0).status().code(), static_cast<int>(grpc::StatusCode::FAILED_PRECONDITION));
  EXPECT_EQ(answer.results(0).status().field(), "backend");
  EXPECT_THAT(answer.results(0).status().message(), HasSubstr("nobody has put one in"));
  EXPECT_EQ(Health("cuda"), HealthCheckResponse::SERVICE_UNKNOWN);
  const MetricsPage page = Scrape(app_->metrics_address());
  EXPECT_EQ(page[R"(actserve_cuda_devices{state="up"})"], 0);
  EXPECT_THAT(HttpGet(app_->metrics_address(), "/metrics"), HasSubstr("cuda=\"none\""));
}

TEST_F(CudaServerTest, DoesNotStartWithoutAGpuThatTheSettingsWant) {
  config::ServerConfig config = SmallConfig();
  config.set_backend(config::ServerConfig::CUDA);
  const auto whole = Make(config, 0);
  EXPECT_EQ(FieldOf(whole.status()), "backend");
  EXPECT_THAT(std::string(whole.status().message()), HasSubstr("nobody has put one in"));
  config.clear_backend();
  auto* route = config.add_route();
  route->set_function("mish");
  route->set_backend(config::ServerConfig::CUDA);
  EXPECT_EQ(FieldOf(Make(config, 0).status()), "route[0]");
  config.set_cuda_memory_mib(0);
  EXPECT_THAT(std::string(Make(config, 1).status().message()), HasSubstr("cuda_memory_mib is 0"));
}

TEST_F(CudaServerTest, LosesNothingWhenItStops) {
  Start(SmallConfig(), 1);
  const v1::EvaluateResponse cpu = Evaluate(Mixed(v1::BACKEND_CPU));
  devices_[0]->Hold();
  std::thread client([&] { ExpectSame(Evaluate(Mixed(v1::BACKEND_CUDA)), cpu, v1::BACKEND_CUDA); });
  while (devices_[0]->waiting() == 0) std::this_thread::yield();
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    devices_[0]->Release();
  });
  EXPECT_EQ(app_->Stop(std::chrono::seconds(60), [] { return false; }), 0);
  client.join();
  later.join();
}

}  // namespace
}  // namespace actserve
