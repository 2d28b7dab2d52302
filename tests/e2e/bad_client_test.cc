// Clients that misbehave: the server stays up, serves the others, and forgets them.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/e2e/raw_connection.h"
#include "tests/server/messages.h"
#include "tests/server/temporary_file.h"

namespace actserve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::ElementsAre;

constexpr char kEvaluate[] = "/actserve.v1.ActivationService/Evaluate";

class BadClientTest : public testing::Test {
 protected:
  void Start(const std::string& settings) {
    file_ = std::make_unique<TemporaryFile>("settings.textproto", settings);
    server_ = std::make_unique<RunningServer>(std::vector<std::string>{"--config", file_->path()}, "127.0.0.1:0");
    address_ = server_->process->Addresses().at(0);
    ExpectAnswers();  // so that what a first call opens is open
  }
  // Whatever the test did: the server answers, and stops in order.
  void TearDown() override {
    ExpectAnswers();
    server_->process->Signal(SIGTERM);
    EXPECT_EQ(server_->process->Wait(), 0) << server_->process->Output();
  }

  void ExpectAnswers() {
    v1::EvaluateResponse response;
    const grpc::Status status = server_->Evaluate(Relu({-1, 2}), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_THAT(Values(response.results(0).output()), ElementsAre(0, 2));
  }

  double Metric(const std::string& series) { return Scrape(server_->process->MetricsAddress())[series]; }
  double Connections() { return Metric("actserve_connections"); }
  size_t Descriptors() {
    const std::filesystem::directory_iterator files("/proc/" + std::to_string(server_->process->pid()) + "/fd");
    return std::distance(begin(files), end(files));
  }

  static bool Becomes(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
  }

  std::unique_ptr<TemporaryFile> file_;
  std::unique_ptr<RunningServer> server_;
  std::string address_;
};

TEST_F(BadClientTest, AThousandConnectionsThatSendNothingAreClosed) {
  Start("handshake_seconds: 8");  // longer than a busy machine takes for all of them
  const double connections = Connections();
  const size_t descriptors = Descriptors();
  std::deque<RawConnection> silent;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(silent.emplace_back(address_).ok());
  ASSERT_TRUE(Becomes([&] { return Connections() == connections + 1000; })) << Connections();
  ExpectAnswers();
  for (RawConnection& connection : silent) ASSERT_TRUE(connection.IsClosedWithin(seconds(30)));
  EXPECT_TRUE(Becomes([&] { return Connections() == connections; })) << Connections();
  EXPECT_TRUE(Becomes([&] { return Descriptors() <= descriptors; })) << Descriptors() << " were " << descriptors;
}

TEST_F(BadClientTest, MoreConnectionsThanMayBeAreClosedAtOnce) {
  Start("max_connections: 4");
  std::deque<RawConnection> connections;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(connections.emplace_back(address_).ok());  // and that of the fixture
  ASSERT_TRUE(Becomes([&] { return Connections() == 4; })) << Connections();
  EXPECT_TRUE(RawConnection(address_).IsClosedWithin(seconds(10)));
  EXPECT_EQ(Metric("actserve_rejected_total{reason=\"connections_full\"}"), 1);
  EXPECT_FALSE(connections.back().IsClosedWithin(milliseconds(50)));
  connections.pop_back();
  ASSERT_TRUE(Becomes([&] { return Connections() == 3; })) << Connections();
  EXPECT_FALSE(RawConnection(address_).IsClosedWithin(milliseconds(200)));
}

TEST_F(BadClientTest, WithoutDescriptorsConnectionsWait) {
  Start("");
  const rlimit few{.rlim_cur = Descriptors() + 8, .rlim_max = Descriptors() + 8};
  ASSERT_EQ(prlimit(server_->process->pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::deque<RawConnection> many;
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(many.emplace_back(address_).ok());
    ASSERT_TRUE(server_->process->WaitFor("connections_wait"));
    ExpectAnswers();  // over the connection that there was
  }
  server_->channels[0] = Connect(address_);
  server_->stub = v1::ActivationService::NewStub(server_->channels[0]);
  ExpectAnswers();  // over a new one
}

TEST_F(BadClientTest, AClientThatVanishesMidMessageIsForgotten) {
  Start("");
  const double connections = Connections();
  for (const bool is_rude : {false, true}) {
    std::deque<RawConnection> clients;
    for (int i = 0; i < 20; ++i) {
      RawConnection& client = clients.emplace_back(address_);
      client.Begin();
      client.StartCall(1, kEvaluate);
      client.SendPartOfMessage(1, 1 << 20, std::string(size_t{3000} * i, 'x'));
    }
    ASSERT_TRUE(Becomes([&] { return Connections() == connections + 20; })) << Connections();
    for (RawConnection& client : clients) is_rude ? client.Reset() : client.Close();
    EXPECT_TRUE(Becomes([&] { return Connections() == connections; })) << Connections();
  }
  EXPECT_EQ(Metric("actserve_in_flight{rpc=\"Evaluate\"}"), 0);
}

TEST_F(BadClientTest, AClientThatFallsSilentMidMessageIsPingedAndClosed) {
  Start("keepalive_seconds: 1 keepalive_timeout_seconds: 1");
  RawConnection client(address_);
  client.Begin();
  client.StartCall(1, kEvaluate);
  client.SendPartOfMessage(1, 1 << 20, "the beginning");
  EXPECT_TRUE(client.IsClosedWithin(seconds(30)));  // it answers no ping
}

TEST_F(BadClientTest, AClientThatDoesNotReadItsAnswersHoldsUpNobodyElse) {
  Start("");
  v1::EvaluateRequest request = Relu(std::vector<float>(3500, 1));
  request.mutable_items(0)->set_output_type(v1::DATA_TYPE_F64);  // so that answers are larger than requests
  const std::string message = request.SerializeAsString();
  std::deque<RawConnection> clients;
  for (int i = 0; i < 8; ++i) {
    RawConnection& client = clients.emplace_back(address_);
    client.Begin();
    for (uint32_t stream = 1; stream < 9; stream += 2) {
      client.StartCall(stream, kEvaluate);
      client.SendPartOfMessage(stream, message.size(), message);
      client.EndCall(stream);
    }
  }
  // All are answered, but of each client's 112 KiB only 64 can be sent.
  const std::string answered = "actserve_requests_total{rpc=\"Evaluate\",code=\"OK\"}";
  EXPECT_TRUE(Becomes([&] { return Metric(answered) == 1 + 32; })) << Metric(answered);
  EXPECT_GE(Metric("actserve_in_flight{rpc=\"Evaluate\"}"), 8);
  ExpectAnswers();
  clients.clear();
  EXPECT_TRUE(Becomes([&] { return Metric("actserve_in_flight{rpc=\"Evaluate\"}") == 0; }));
}

TEST_F(BadClientTest, MoreThanTheTransportMayHoldIsRefused) {
  Start("transport_memory_mib: 128 max_in_flight_mib: 256");
  const v1::EvaluateRequest request = Relu(std::vector<float>(1 << 22, 1));  // 16 MiB
  std::vector<std::thread> clients;
  const auto end = std::chrono::steady_clock::now() + seconds(2);
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back([&] {
      const auto stub = v1::ActivationService::NewStub(Connect(address_));
      while (std::chrono::steady_clock::now() < end) {
        grpc::ClientContext context;
        SetDeadline(context);
        v1::EvaluateResponse response;
        const grpc::Status status = stub->Evaluate(&context, request, &response);
        // The transport's own words for it are these two.
        EXPECT_THAT(status.error_code(),
                    AnyOf(grpc::StatusCode::OK, grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::UNAVAILABLE));
      }
    });
  }
  for (std::thread& client : clients) client.join();
  server_->channels[0] = Connect(address_);  // its connection may have been closed
  server_->stub = v1::ActivationService::NewStub(server_->channels[0]);
}

TEST_F(BadClientTest, AStreamThatIsNotReadTakesNoMoreRequests) {
  Start("");
  auto stub = v1::ActivationService::NewStub(Connect(address_));
  grpc::ClientContext context;
  SetDeadline(context);
  auto stream = stub->EvaluateStream(&context);
  const v1::EvaluateRequest request = Relu(std::vector<float>(1 << 18, -1));  // 1 MiB, as is its answer
  std::atomic<int> written{0};
  std::thread writer([&] {
    while (written < 1000 && stream->Write(request)) ++written;
  });
  // Flow control stops the client before long, and what was sent is answered as far as buffers go.
  int last = -1;
  EXPECT_TRUE(Becomes([&] {
    std::this_thread::sleep_for(milliseconds(300));
    return std::exchange(last, written.load()) == written.load();
  }));
  EXPECT_LT(written, 100);
  EXPECT_LT(Metric("actserve_pool_requests{state=\"waiting\"}") + Metric("actserve_pool_requests{state=\"running\"}"),
            3);
  ExpectAnswers();
  context.TryCancel();
  writer.join();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Becomes([&] { return Metric("actserve_in_flight{rpc=\"EvaluateStream\"}") == 0; }));
  EXPECT_TRUE(Becomes([&] { return Metric("actserve_pool_bytes") == 0; }));
}

}  // namespace
}  // namespace actserve
