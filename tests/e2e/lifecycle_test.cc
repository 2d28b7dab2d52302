// Starting, being healthy, and stopping: the real binary from its flags to its exit code.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"
#include "tests/server/temporary_file.h"

namespace actserve {
namespace {

using grpc::StatusCode;
using grpc::health::v1::HealthCheckResponse;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "actserve.v1.ActivationService";

std::pair<grpc::Status, HealthCheckResponse::ServingStatus> CheckHealth(RunningServer& server,
                                                                        const std::string& name) {
  auto stub = grpc::health::v1::Health::NewStub(server.channels[0]);
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(name);
  HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, request, &response);
  return {status, response.status()};
}

TEST(LifecycleTest, HealthIsServingUntilSigtermAndWatchersAreTold) {
  RunningServer server;
  EXPECT_EQ(CheckHealth(server, "").second, HealthCheckResponse::SERVING);
  EXPECT_EQ(CheckHealth(server, kService).second, HealthCheckResponse::SERVING);
  EXPECT_EQ(CheckHealth(server, "other").first.error_code(), StatusCode::NOT_FOUND);

  auto stub = grpc::health::v1::Health::NewStub(server.channels[1]);
  grpc::ClientContext watch_context;
  SetDeadline(watch_context);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(kService);
  auto watch = stub->Watch(&watch_context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);

  // A stream in use keeps the server up while it drains.
  grpc::ClientContext stream_context;
  auto stream = server.stub->EvaluateStream(&stream_context);
  v1::EvaluateResponse answer;
  ASSERT_TRUE(stream->Write(Relu({-1, 2})));
  ASSERT_TRUE(stream->Read(&answer));
  server.process->Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(CheckHealth(server, kService).second, HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(CheckHealth(server, "").second, HealthCheckResponse::NOT_SERVING);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(server.process->Wait(), 0) << server.process->Output();
  EXPECT_FALSE(watch->Read(&response));
  watch->Finish();
}

TEST(LifecycleTest, SigtermLosesNoCallInFlight) {
  RunningServer server({"--threads", "2"});
  grpc::ClientContext stream_context;
  auto stream = server.stub->EvaluateStream(&stream_context);
  v1::EvaluateResponse answer;
  ASSERT_TRUE(stream->Write(Relu({-1, 2})));
  ASSERT_TRUE(stream->Read(&answer));

  // Callers of large tensors, who go on until they are told that the server is shutting down.
  std::vector<float> values(500'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) - 250'000.0f;
  const v1::EvaluateRequest request = Relu(values);
  for (float& value : values) value = std::max(value, 0.0f);
  const std::string expected = F32(values).data();
  std::atomic<int> answered = 0, refused = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (;;) {
        v1::EvaluateResponse response;
        const grpc::Status status = server.Evaluate(request, &response);
        if (status.ok()) {
          EXPECT_TRUE(response.results(0).output().data() == expected);
          ++answered;
          continue;
        }
        EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
        EXPECT_THAT(status.error_message(), HasSubstr("the server is shutting down"));
        ++refused;
        return;
      }
    });
  }
  while (answered < 8) std::this_thread::yield();
  server.process->Signal(SIGTERM);
  ASSERT_TRUE(server.process->WaitFor("draining"));
  // What the stream still sends is answered, too.
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(stream->Write(Relu({-1, static_cast<float>(i)})));
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_THAT(Values(answer.results(0).output()), ElementsAre(0, i));
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused, 4);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(server.process->Wait(), 0) << server.process->Output();
  EXPECT_EQ(server.process->Find("drained").at("calls_cancelled"), "0");
  EXPECT_TRUE(server.process->WaitFor("stopped"));
  EXPECT_NE(access(UnixSocket().c_str(), F_OK), 0);  // the socket's file is gone
}

TEST(LifecycleTest, TakesCallsUntilTheDrainDelayIsOver) {
  RunningServer server({"--drain-delay-seconds", "3"});
  server.process->Signal(SIGTERM);
  ASSERT_TRUE(server.process->WaitFor("draining"));
  EXPECT_EQ(server.process->Find("draining")["drain_delay_seconds"], "3.000000");
  const auto start = std::chrono::steady_clock::now();
  while (CheckHealth(server, "").second != HealthCheckResponse::NOT_SERVING) {
    ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  }
  // Old connections and new ones, until the end: a refusal, or no server any more.
  int answered = 0;
  grpc::Status status;
  for (;; ++answered) {
    auto stub = v1::ActivationService::NewStub(Connect(server.process->Addresses().at(0)));
    for (v1::ActivationService::Stub* each : {server.stub.get(), stub.get()}) {
      grpc::ClientContext context;
      SetDeadline(context);
      v1::EvaluateResponse response;
      status = each->Evaluate(&context, Relu({-1, 2}), &response);
      if (!status.ok()) break;
      EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
    }
    if (!status.ok()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_GT(answered, 2);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(server.process->Wait(), 0) << server.process->Output();
}

TEST(LifecycleTest, ASecondSignalEndsTheDrainDelay) {
  RunningServer server({"--drain-delay-seconds", "3600"});
  server.process->Signal(SIGTERM);
  ASSERT_TRUE(server.process->WaitFor("draining"));
  server.process->Signal(SIGTERM);
  EXPECT_EQ(server.process->Wait(), 0) << server.process->Output();
}

TEST(LifecycleTest, CallsThatOutlastTheGraceAreCutAndCounted) {
  RunningServer server({"--grace-seconds", "0"});
  grpc::ClientContext context;
  auto stream = server.stub->EvaluateStream(&context);
  v1::EvaluateResponse answer;
  ASSERT_TRUE(stream->Write(Relu({1})));
  ASSERT_TRUE(stream->Read(&answer));
  server.process->Signal(SIGINT);
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_EQ(server.process->Wait(), 1);
  EXPECT_EQ(server.process->Find("cut").at("calls_cancelled"), "1");
}

TEST(LifecycleTest, ASecondSignalEndsTheGrace) {
  RunningServer server({"--grace-seconds", "600"});
  grpc::ClientContext context;
  auto stream = server.stub->EvaluateStream(&context);
  v1::EvaluateResponse answer;
  ASSERT_TRUE(stream->Write(Relu({1})));
  ASSERT_TRUE(stream->Read(&answer));
  server.process->Signal(SIGTERM);
  ASSERT_TRUE(server.process->WaitFor("draining"));
  server.process->Signal(SIGTERM);
  EXPECT_FALSE(stream->Finish().ok());
  server.process->Wait();  // 1, or 0 had the stream been idle for long by then
  EXPECT_TRUE(server.process->WaitFor("stopped"));
}

TEST(LifecycleTest, AStaleSocketIsReplacedAndALiveOneIsNot) {
  {
    RunningServer killed;
    killed.process->Signal(SIGKILL);
    killed.process->Wait();
  }
  ASSERT_EQ(access(UnixSocket().c_str(), F_OK), 0);  // it could not clean up
  RunningServer server;
  v1::EvaluateResponse response;
  server.stub = v1::ActivationService::NewStub(server.channels[1]);
  EXPECT_TRUE(server.Evaluate(Relu({1}), &response).ok());
  const Finished second = RunServer({"--listen", "unix:" + UnixSocket(), "--metrics-listen", "none"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr("another process does"));
  EXPECT_TRUE(server.Evaluate(Relu({1}), &response).ok());
  server.process->Signal(SIGTERM);
  EXPECT_EQ(server.process->Wait(), 0);
}

TEST(LifecycleTest, AnAddressThatCannotBeBoundIsExitCode1) {
  RunningServer server({}, "127.0.0.1:0");
  const std::string address = server.process->Addresses().at(0);
  const Finished taken = RunServer({"--listen", address, "--metrics-listen", "none"});
  EXPECT_EQ(taken.exit_code, 1);
  EXPECT_THAT(taken.output, HasSubstr("cannot listen on " + address));
  const Finished metrics = RunServer({"--listen", "127.0.0.1:0", "--metrics-listen", server.process->MetricsAddress()});
  EXPECT_EQ(metrics.exit_code, 1);
  EXPECT_THAT(metrics.output, HasSubstr("cannot listen on " + server.process->MetricsAddress() + " for metrics"));
  const TemporaryFile file("no-socket", "precious");
  const Finished no_socket = RunServer({"--listen", "unix:" + file.path(), "--metrics-listen", "none"});
  EXPECT_EQ(no_socket.exit_code, 1);
  EXPECT_THAT(no_socket.output, HasSubstr("a file that is no socket is there"));
  EXPECT_EQ(access(file.path().c_str(), F_OK), 0);
}

TEST(LifecycleTest, BadSettingsAreExitCode2WithAClearMessage) {
  const TemporaryFile range("range.textproto", "threads: 2\nqueue_capacity: 0\n");
  const TemporaryFile route("route.textproto", "route { max_in_flight_items: 2 }\n");
  const std::pair<std::vector<std::string>, std::string> kCases[] = {
      {{"--threads", "many"}, "actserve: --threads: \"many\" is not valid; expected a whole number"},
      {{"--listen", "nowhere"}, "actserve: --listen: \"nowhere\" is not an address"},
      {{"--simd-target", "MMX"}, "actserve: --simd-target: \"MMX\" is not an instruction set that this machine has"},
      {{"--config", range.path()},
       "actserve: " + range.path() + ":2: queue_capacity: 0 is out of range; expected 1 to 1048576"},
      {{"--config", route.path()}, "actserve: " + route.path() + ":1: route[0]: has no function"},
      {{"--config", "/nonexistent"}, "actserve: /nonexistent: cannot be read"},
      {{"--no-such-flag"}, "--no-such-flag"},
  };
  for (const auto& [flags, message] : kCases) {
    const Finished finished = RunServer(flags);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.output, HasSubstr(message));
  }
}

TEST(LifecycleTest, PrintsItsTargetsAndEachCanBeForced) {
  const Finished targets = RunServer({"--print-targets"});
  EXPECT_EQ(targets.exit_code, 0);
  std::istringstream lines(targets.output);
  int count = 0;
  for (std::string target; std::getline(lines, target); ++count) {
    RunningServer server({"--simd-target", target});
    EXPECT_EQ(server.process->Find("ready")["simd_target"], target);
    v1::EvaluateResponse response;
    EXPECT_TRUE(server.Evaluate(Relu({-1, 2}), &response).ok());
    EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
  }
  EXPECT_GE(count, 1);
}

TEST(LifecycleTest, PrintsWhichRequestsRunWhere) {
  const Finished plan = RunServer({"--print-plan", "--threads", "3"});
  EXPECT_EQ(plan.exit_code, 0);
  EXPECT_THAT(plan.output, AllOf(HasSubstr("threads that compute                 3\n"),
                                 HasSubstr("run where received up to"), HasSubstr("gelu_tanh    gradient")));
}

TEST(LifecycleTest, ReadsItsSettingsFromAFile) {
  const TemporaryFile file("good.textproto",
                           "listen: \"127.0.0.1:0\"\nmetrics_listen: \"none\"\nthreads: 3\nlog_format: JSON\n"
                           "route { function: \"gelu\" max_in_flight_mib: 7 }\n");
  const Finished printed = RunServer({"--config", file.path(), "--print-config", "--threads", "5"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_THAT(printed.output, AllOf(HasSubstr("threads: 5\n"), HasSubstr("log_format: JSON\n"),
                                    HasSubstr("route { function: \"gelu\" max_in_flight_mib: 7 }\n"),
                                    Not(HasSubstr("inline_microseconds"))));
  ServerProcess server({"--config", file.path(), "--log-format", "text"});
  ASSERT_TRUE(server.WaitFor("ready"));
  EXPECT_EQ(server.Find("ready")["threads"], "3");
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
}

}  // namespace
}  // namespace actserve
