// The server as a whole, in this process, on backends whose progress the tests decide.
#include "server/app.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "actserve/v1/activation.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "tests/server/fakes.h"
#include "tests/server/messages.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::ServerConfig SmallConfig() {
  config::ServerConfig config;
  config.add_listen("127.0.0.1:0");
  config.set_metrics_listen("none");
  config.set_threads(1);
  config.set_inline_microseconds(0);  // a gate would hold up the transport's own threads
  return config;
}

// Keeps the library up between tests, since its shutdown can take 10 s.
const bool kGrpcStaysUp = (grpc_init(), true);

class AppTest : public testing::Test {
 protected:
  void Start(const config::ServerConfig& config = SmallConfig()) {
    auto app = App::Start(config, backend_);
    ASSERT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = v1::ActivationService::NewStub(
        grpc::CreateCustomChannel(app_->addresses().front().ToString(), grpc::InsecureChannelCredentials(), arguments));
  }

  struct Answer {
    grpc::Status status;
    v1::EvaluateResponse response;
  };
  Answer Call(const v1::EvaluateRequest& request, std::chrono::milliseconds timeout = seconds(60)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    Answer answer;
    answer.status = stub_->Evaluate(&context, request, &answer.response);
    return answer;
  }
  std::future<Answer> CallAsync(const v1::EvaluateRequest& request, std::chrono::milliseconds timeout = seconds(60)) {
    return std::async(std::launch::async, [this, request, timeout] { return Call(request, timeout); });
  }
  int64_t Stop(std::chrono::nanoseconds grace = seconds(60)) {
    return app_->Stop(grace, [] { return false; });
  }

  GatedBackend backend_;
  std::unique_ptr<App> app_;
  std::unique_ptr<v1::ActivationService::Stub> stub_;
};

TEST_F(AppTest, Answers) {
  backend_.release.Set();
  Start();
  const Answer answer = Call(Relu({-1, 2}));
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_THAT(Values(answer.response.results(0).output()), ElementsAre(0, 2));
  EXPECT_EQ(answer.response.results(0).backend(), v1::BACKEND_CPU);
  EXPECT_EQ(Stop(), 0);
}

TEST_F(AppTest, RefusesAtOnceWhenTheQueueIsFullAndSaysWhenToRetry) {
  config::ServerConfig config = SmallConfig();
  config.set_queue_capacity(1);
  config.set_retry_delay_ms(1500);
  Start(config);
  auto running = CallAsync(Relu({1}));
  ASSERT_TRUE(backend_.entered.Wait(1));
  // The one place in the queue: whoever comes second takes it, and all the others are refused.
  std::vector<std::future<Answer>> others;
  others.reserve(4);
  for (int i = 0; i < 4; ++i) others.push_back(CallAsync(Relu({2})));
  int refused = 0;
  while (refused < 3) {
    for (auto& other : others) {
      if (!other.valid() || other.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) continue;
      const grpc::Status status = other.get().status;
      ASSERT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
      EXPECT_THAT(status.error_message(), HasSubstr("1 requests are waiting, which is the limit"));
      google::rpc::Status rich;
      google::rpc::RetryInfo retry;
      ASSERT_TRUE(rich.ParseFromString(status.error_details()));
      ASSERT_TRUE(rich.details(0).UnpackTo(&retry));
      EXPECT_EQ(retry.retry_delay().seconds(), 1);
      ++refused;
    }
  }
  // gRPC's own retries are told in a trailer, by streams as well.
  const auto told = [](const grpc::ClientContext& context) {
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto found = trailers.find("grpc-retry-pushback-ms");
    return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
  };
  grpc::ClientContext call, stream;
  v1::EvaluateResponse response;
  EXPECT_EQ(stub_->Evaluate(&call, Relu({2}), &response).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(told(call), "1500");
  const auto batches = stub_->EvaluateStream(&stream);
  batches->Write(Relu({2}));
  EXPECT_EQ(batches->Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(told(stream), "1500");
  grpc::ClientContext bad;
  EXPECT_EQ(stub_->Evaluate(&bad, v1::EvaluateRequest(), &response).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(told(bad), "");
  backend_.release.Set();
  EXPECT_TRUE(running.get().status.ok());
  for (auto& other : others) {
    if (!other.valid()) continue;
    EXPECT_TRUE(other.get().status.ok());
  }
}

TEST_F(AppTest, RefusesMoreBytesThanMayBeInFlight) {
  config::ServerConfig config = SmallConfig();
  config.set_max_message_mib(1);
  config.set_max_in_flight_mib(2);
  Start(config);
  auto running = CallAsync(Relu(std::vector<float>(200'000)));
  ASSERT_TRUE(backend_.entered.Wait(1));
  const Answer refused = Call(Relu(std::vector<float>(200'000)));
  EXPECT_EQ(refused.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.status.error_message(), HasSubstr("bytes are in flight"));
  backend_.release.Set();
  EXPECT_TRUE(running.get().status.ok());
}

TEST_F(AppTest, ACallWithoutAMessageIsAnError) {
  Start();
  grpc::GenericStub stub(grpc::CreateChannel(app_->addresses().front().ToString(), grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto await = [&] {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_EQ(queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + seconds(30)),
              grpc::CompletionQueue::GOT_EVENT);
  };
  const auto call = stub.PrepareCall(&context, "/actserve.v1.ActivationService/Evaluate", &queue);
  call->StartCall(nullptr);
  await();
  call->WritesDone(nullptr);
  await();
  grpc::Status status;
  call->Finish(&status, nullptr);
  await();
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "the call has no message; expected one");
  EXPECT_EQ(Stop(), 0);
}

TEST_F(AppTest, ACrowdOfLargeRequestsTakesTurns) {
  constexpr int kClients = 32, kCalls = 3;  // 512 MiB at once, where the transport may have half of it
  config::ServerConfig config = SmallConfig();
  config.set_max_in_flight_mib(256);
  config.set_transport_memory_mib(256);
  backend_.release.Set();
  Start(config);
  v1::EvaluateRequest request = Relu({1});
  v1::Tensor& input = *request.mutable_items(0)->mutable_input();
  input.set_shape(0, 4 << 20);
  input.set_data(std::string(16 << 20, 'a'));
  std::vector<std::future<grpc::Status>> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::async(std::launch::async, [&, i] {
      grpc::ChannelArguments arguments;
      arguments.SetMaxReceiveMessageSize(-1);
      arguments.SetInt("actserve.test.client", i);  // a connection of its own
      const auto stub = v1::ActivationService::NewStub(grpc::CreateCustomChannel(
          app_->addresses().front().ToString(), grpc::InsecureChannelCredentials(), arguments));
      for (int call = 0; call < kCalls; ++call) {
        grpc::ClientContext context;
        v1::EvaluateResponse response;
        grpc::Status status = stub->Evaluate(&context, request, &response);
        if (!status.ok() && status.error_code() != StatusCode::RESOURCE_EXHAUSTED) return status;
      }
      return grpc::Status::OK;
    }));
  }
  for (auto& client : clients) {
    const grpc::Status status = client.get();
    EXPECT_TRUE(status.ok()) << status.error_code() << ": " << status.error_message();
  }
  EXPECT_EQ(Stop(), 0);
}

TEST_F(AppTest, RefusesMoreOfARouteThanMayBeInFlight) {
  config::ServerConfig config = SmallConfig();
  config::ServerConfig::Route& route = *config.add_route();
  route.set_function("relu");
  route.set_max_in_flight_items(2);
  Start(config);
  v1::EvaluateRequest three = Relu({1});
  for (int i = 0; i < 2; ++i) AddItem(three, "relu", F32({2}));
  const Answer refused = Call(three);
  EXPECT_EQ(refused.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.status.error_message(), HasSubstr("3 items does not fit: 0 of at most 2 items"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("for relu"));
  backend_.release.Set();
  EXPECT_TRUE(Call(Relu({1})).status.ok());
  EXPECT_EQ(app_->Stop(seconds(60), [] { return false; }), 0);
  route.set_function("rleu");
  const auto misspelt = App::Start(config, backend_);
  EXPECT_TRUE(absl::IsInvalidArgument(misspelt.status()));
  EXPECT_THAT(std::string(misspelt.status().message()), HasSubstr("relu"));
}

TEST_F(AppTest, SmallRequestsNeedNoThreadOfThePool) {
  config::ServerConfig config = SmallConfig();
  config.set_inline_microseconds(50);
  Start(config);
  auto large = CallAsync(Relu(std::vector<float>(4'000'000)));
  ASSERT_TRUE(backend_.entered.Wait(1));  // which keeps the only thread
  auto waits = CallAsync(Relu(std::vector<float>(4'000'000)));
  auto small = CallAsync(Relu({-1, 2}));
  ASSERT_TRUE(backend_.entered.Wait(2));
  backend_.release.Set();
  EXPECT_TRUE(small.get().status.ok());
  EXPECT_TRUE(large.get().status.ok());
  EXPECT_TRUE(waits.get().status.ok());
}

TEST_F(AppTest, RequestsWithManyItemsAreDecodedInThePool) {
  backend_.release.Set();
  Start();
  v1::EvaluateRequest request;
  for (int i = 0; i < 100; ++i) AddItem(request, i == 50 ? "rleu" : "relu", F32({-1, static_cast<float>(i)}));
  const Answer answer = Call(request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.response.results_size(), 100);
  for (int i = 0; i < 100; ++i) {
    if (i == 50) {
      EXPECT_EQ(answer.response.results(i).status().code(), StatusCode::NOT_FOUND);
    } else {
      EXPECT_THAT(Values(answer.response.results(i).output()), ElementsAre(0, i));
    }
  }
  request.set_backend(static_cast<v1::Backend>(77));
  const Answer refused = Call(request);
  EXPECT_EQ(refused.status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.status.error_message(), HasSubstr("77 is not a backend"));
}

// Pieces of 64 KiB that would take 5 s: long enough for the news to come, whatever else the machine does.
const std::vector<float> kLarge(4'000'000);
constexpr int kLargePieces = 200;
constexpr std::chrono::milliseconds kSlow{25};

TEST_F(AppTest, ComputesNothingMoreAfterTheDeadline) {
  backend_.delay = kSlow;
  Start();
  auto call = CallAsync(Relu(kLarge), std::chrono::milliseconds(300));
  auto queued = CallAsync(Relu({1}), std::chrono::milliseconds(300));
  EXPECT_EQ(call.get().status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(queued.get().status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  backend_.release.Set();
  EXPECT_EQ(Stop(), 0);
  EXPECT_LT(backend_.pieces_run, kLargePieces);
}

TEST_F(AppTest, ComputesNothingMoreAfterACancellation) {
  backend_.delay = kSlow;
  Start();
  grpc::ClientContext context;
  v1::EvaluateResponse response;
  auto call = std::async(std::launch::async, [&] { return stub_->Evaluate(&context, Relu(kLarge), &response); });
  ASSERT_TRUE(backend_.entered.Wait(1));
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), StatusCode::CANCELLED);
  backend_.release.Set();
  EXPECT_EQ(Stop(), 0);
  EXPECT_LT(backend_.pieces_run, kLargePieces);
}

TEST_F(AppTest, BoundsTheResponse) {
  backend_.release.Set();
  config::ServerConfig config = SmallConfig();
  config.set_max_message_mib(1);
  Start(config);
  v1::EvaluateRequest request = Relu({1});
  const v1::Tensor half = RawTensor(v1::DATA_TYPE_F16, {200'000}, std::string(400'000, '\0'));
  AddItem(request, "relu", half)->set_output_type(v1::DATA_TYPE_F64);
  AddItem(request, "relu", half);
  const Answer answer = Call(request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.response.results(0).status().code(), 0);
  EXPECT_EQ(answer.response.results(1).status().code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(answer.response.results(1).status().message(),
              HasSubstr("item 1: its output of 1600000 bytes does not fit the response"));
  EXPECT_EQ(answer.response.results(2).status().code(), 0);
  EXPECT_EQ(answer.response.results(2).output().data().size(), 400'000u);
}

TEST_F(AppTest, StopLetsCallsInProgressFinishAndRefusesNewOnes) {
  config::ServerConfig config = SmallConfig();
  config.set_threads(3);
  Start(config);
  auto in_flight = CallAsync(Relu({-1, 2}));
  auto another = CallAsync(Relu({3}));
  auto stream_context = std::make_unique<grpc::ClientContext>();
  auto stream = stub_->EvaluateStream(stream_context.get());
  ASSERT_TRUE(stream->Write(Relu({-4, 4})));
  ASSERT_TRUE(backend_.entered.Wait(3));
  auto stopped = std::async(std::launch::async, [&] { return Stop(); });
  // Calls are refused as soon as the stop has begun.
  grpc::Status refused;
  do {
    refused = Call(Relu({1}), std::chrono::milliseconds(100)).status;
  } while (refused.error_code() != StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("the server is shutting down"));
  grpc::ClientContext list;
  v1::ListFunctionsResponse functions;
  EXPECT_EQ(stub_->ListFunctions(&list, {}, &functions).error_code(), StatusCode::UNAVAILABLE);
  backend_.release.Set();
  v1::EvaluateResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 4));
  // A stream in use goes on.
  ASSERT_TRUE(stream->Write(Relu({-5, 5})));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 5));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  const Answer answer = in_flight.get();
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_THAT(Values(answer.response.results(0).output()), ElementsAre(0, 2));
  EXPECT_TRUE(another.get().status.ok());
  EXPECT_EQ(stopped.get(), 0);
}

TEST_F(AppTest, StopEndsIdleStreams) {
  backend_.release.Set();
  Start();
  grpc::ClientContext context;
  auto stream = stub_->EvaluateStream(&context);
  ASSERT_TRUE(stream->Write(Relu({-1, 2})));
  v1::EvaluateResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Stop(), 0);  // long before the grace is over
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("shutting down"));
}

TEST_F(AppTest, StopCancelsWhatIsLeftWhenTheGraceIsOver) {
  Start();
  auto call = CallAsync(Relu(std::vector<float>(1'000'000)));
  ASSERT_TRUE(backend_.entered.Wait(1));
  auto stopped = std::async(std::launch::async, [&] { return Stop(std::chrono::milliseconds(10)); });
  EXPECT_FALSE(call.get().status.ok());  // the client knows at once
  backend_.release.Set();
  EXPECT_EQ(stopped.get(), 1);
  EXPECT_EQ(backend_.pieces_run, 1);
}

TEST_F(AppTest, StopCanBeHurried) {
  Start();
  auto call = CallAsync(Relu({1}));
  ASSERT_TRUE(backend_.entered.Wait(1));
  Event hurry;
  auto stopped =
      std::async(std::launch::async, [&] { return app_->Stop(seconds(600), [&] { return hurry.IsSet(); }); });
  hurry.Set();
  EXPECT_FALSE(call.get().status.ok());
  backend_.release.Set();
  EXPECT_EQ(stopped.get(), 1);
}

TEST_F(AppTest, ConnectionsGrowOldAndCallsGoOn) {
  backend_.release.Set();
  config::ServerConfig config = SmallConfig();
  config.set_max_connection_age_seconds(1);
  Start(config);
  const auto channel = grpc::CreateChannel(app_->addresses().front().ToString(), grpc::InsecureChannelCredentials());
  const auto end = std::chrono::system_clock::now() + seconds(60);
  ASSERT_TRUE(channel->WaitForConnected(end));
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY, end));
  const auto stub = v1::ActivationService::NewStub(channel);
  grpc::ClientContext context;
  v1::EvaluateResponse response;
  EXPECT_TRUE(stub->Evaluate(&context, Relu({1}), &response).ok());
}

TEST_F(AppTest, AnAddressInUseIsAnError) {
  Start();
  config::ServerConfig config = SmallConfig();
  config.set_listen(0, app_->addresses().front().ToString());
  const auto second = App::Start(config, backend_);
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("cannot listen on " + app_->addresses().front().ToString()));
}

TEST_F(AppTest, AStreamThatIsFullOfWorkTakesNoMore) {
  Start();
  grpc::ClientContext context;
  auto stream = stub_->EvaluateStream(&context);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(stream->Write(Relu({static_cast<float>(i)})));
  ASSERT_TRUE(backend_.entered.Wait(1));
  backend_.release.Set();
  stream->WritesDone();
  v1::EvaluateResponse response;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_THAT(Values(response.results(0).output()), ElementsAre(i));
  }
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(AppTest, ACancelledStreamEnds) {
  Start();
  grpc::ClientContext context;
  auto stream = stub_->EvaluateStream(&context);
  ASSERT_TRUE(stream->Write(Relu(std::vector<float>(1'000'000))));
  ASSERT_TRUE(backend_.entered.Wait(1));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
  backend_.release.Set();
  EXPECT_EQ(Stop(), 0);
}

}  // namespace
}  // namespace actserve
