// The real actload against the real server. Counts and answers are looked at, not times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/client/process.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/temporary_file.h"
#include "tests/server/test_certificates.h"

namespace actserve {
namespace {

using testing::Finished;
using ::testing::HasSubstr;
using testing::RunProcess;
using testing::TemporaryFolder;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// One server for all of the file.
RunningServer& Server() {
  static auto& server = *new RunningServer({}, "127.0.0.1:0");
  return server;
}

// A server of a test's own.
struct OwnServer {
  explicit OwnServer(const std::vector<std::string>& flags = {}, const std::string& metrics = "none")
      : process([&] {
          std::vector<std::string> all = {"--listen", "127.0.0.1:0", "--metrics-listen", metrics};
          all.insert(all.end(), flags.begin(), flags.end());
          return all;
        }()) {
    EXPECT_TRUE(process.WaitFor("ready")) << process.Output();
    address = process.Addresses().at(0);
  }
  ServerProcess process;
  std::string address;
};

class ActloadTest : public ::testing::Test {
 protected:
  Finished Actload(std::vector<std::string> arguments, const std::string& server = Server().process->Addresses()[0],
                   const std::vector<std::string>& environment = {}) {
    std::vector<std::string> argv = {
        ACTLOAD_BINARY, "--server", server, "--warm-up=50ms", "--window=100ms", "--json", folder_ / "report.json"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return RunProcess(argv, "", environment);
  }
  nlohmann::json Report() { return nlohmann::json::parse(Contents(folder_ / "report.json")); }
  std::string Save(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  TemporaryFolder folder_;
};

// 0, or 3 where the machine that the tests run on was too busy.
bool Measured(const Finished& finished) { return finished.status == 0 || finished.status == 3; }

TEST_F(ActloadTest, AMixOfEverything) {
  const std::string scenario = Save("mix.txtpb", R"(
    duration: "600ms" stable: 0 check: 1
    call { function: "gelu" type: BF16 shape: [32, 64] weight: 2 }
    call { function: "silu" direction: GRADIENT shape: [8, 8] parameter { name: "beta" value: 1.5 } }
    call { function: "softmax" shape: [16, 100] type: F16 output_type: F32 axis: 0 }
    call { function: "relu" items: 20 shape: 64 stream: true }
    call { function: "mish" direction: GRADIENT type: F64 shape: 100 stream: true input_gradient_only: true }
    call { function: "aplu" direction: GRADIENT shape: [4, 16]
           parameter { name: "a" value: 0.2 shape: [4, 16] } parameter { name: "b" value: [0.1, 0.2, 0.3, 0.4] } }
  )");
  for (const std::string& address : Server().process->Addresses()) {  // TCP, unix
    for (const std::vector<std::string>& load :
         {std::vector<std::string>{"--rate", "200,400"}, {"--concurrency", "7"}}) {
      std::vector<std::string> arguments = {
          "--scenario",           scenario, "--threads", "2", "--metrics", Server().process->MetricsAddress(), "--html",
          folder_ / "report.html"};
      arguments.insert(arguments.end(), load.begin(), load.end());
      const Finished finished = Actload(arguments, address);
      EXPECT_TRUE(Measured(finished)) << finished.out << finished.err;
      const nlohmann::json report = Report();
      ASSERT_EQ(report["steps"].size(), load[0] == "--rate" ? 2 : 1);
      for (const auto& step : report["steps"]) {
        EXPECT_EQ(step["ends"].size(), 1) << step["ends"];
        EXPECT_GT(step["ends"]["OK"], 50);
        EXPECT_EQ(step["compared"], step["ends"]["OK"]);
        ASSERT_EQ(step["kinds"].size(), 6);
        int64_t sum = 0;
        for (const auto& kind : step["kinds"]) sum += kind["ends"].value("OK", 0);
        EXPECT_EQ(sum, step["ends"]["OK"]);
        EXPECT_GT(step["server"]["requests"], 0) << "its own metrics";
        EXPECT_GT(step["server"]["kernel_seconds"], 0);
        EXPECT_GE(step["windows"].size(), 4);
      }
    }
  }
  const Finished checked =
      RunProcess({"/usr/bin/python3", std::string(LOAD_TESTS_FOLDER) + "/self_contained.py", folder_ / "report.html"});
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("Where the time goes: chart"));
}

TEST_F(ActloadTest, CountsAreTheServersOwn) {
  OwnServer server({}, "127.0.0.1:0");
  const Finished finished = Actload(
      {"--concurrency", "3", "--duration", "300ms", "--metrics", server.process.MetricsAddress()}, server.address);
  ASSERT_TRUE(Measured(finished)) << finished.err;
  const auto step = Report()["steps"][0];
  const double answered = step["ends"]["OK"].get<double>();
  const double all = Scrape(server.process.MetricsAddress())[R"(actserve_requests_total{rpc="Evaluate",code="OK"})"];
  // The server has also answered those of the warm-up, and those that are tried before.
  EXPECT_GE(all, answered + 4);
  EXPECT_GT(step["server"]["requests"], 0);
  EXPECT_LE(step["server"]["requests"].get<double>(), all - 4);
}

TEST_F(ActloadTest, FindsARate) {
  const Finished finished = Actload({"--slo", "p50=10s", "--rate", "50..200", "--duration", "200ms"});
  EXPECT_TRUE(Measured(finished)) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("p50=10s is kept at 200/s, the highest rate tried."));
  EXPECT_EQ(Report()["search"]["kept"], 200);
  EXPECT_EQ(Report()["steps"].size(), 3);
  const Finished impossible = Actload({"--slo", "p50=1ns", "--rate", "50..200", "--duration", "200ms"});
  EXPECT_EQ(impossible.status, 1);
  EXPECT_THAT(impossible.out, HasSubstr("p50=1ns is missed at every rate tried, down to 50/s."));
}

TEST_F(ActloadTest, TablesAndFiles) {
  const Finished finished = Actload({"--rate", "100", "--duration", "300ms", "--csv", folder_ / "report.csv"});
  ASSERT_TRUE(Measured(finished)) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("Load, throughput, latency"));
  EXPECT_THAT(finished.out, HasSubstr("100/s"));
  EXPECT_THAT(finished.err, HasSubstr("1/1  100/s: "));
  EXPECT_THAT(Contents(folder_ / "report.csv"), HasSubstr("\nopen,100,0,"));
}

TEST_F(ActloadTest, OverTlsWithAToken) {
  const TestAuthority authority;
  const IssuedCertificate issued = authority.Issue("localhost");
  const std::string ca = Save("ca.pem", authority.certificate()), token = Save("token", "sesame\n");
  const OwnServer server({"--tls-certificate", Save("server.pem", issued.certificate), "--tls-key",
                          Save("server.key", issued.key), "--token-file", token});
  const std::string address = server.address;
  const Finished finished =
      Actload({"--rate", "100", "--duration", "200ms", "--tls-ca", ca, "--token-file", token}, address);
  EXPECT_TRUE(Measured(finished)) << finished.err;
  EXPECT_GT(Report()["steps"][0]["ends"]["OK"], 5);
  const Finished plain = Actload({"--duration", "200ms"}, address);
  EXPECT_EQ(plain.status, 1);
  EXPECT_THAT(plain.err, HasSubstr("a server that speaks TLS wants --tls"));
}

TEST_F(ActloadTest, AServerThatDies) {
  OwnServer server;
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    server.process.Signal(SIGKILL);
  });
  const Finished finished = Actload({"--rate", "200", "--duration", "60s"}, server.address);
  killer.join();
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, HasSubstr("the server stopped answering; no answer from "));
  EXPECT_THAT(finished.out, HasSubstr("The run ended early: "));
  const auto step = Report()["steps"][0];
  EXPECT_GT(step["ends"]["OK"], 20) << "what was measured before is kept";
  EXPECT_GT(step["ends"]["UNAVAILABLE"], 0);
}

TEST_F(ActloadTest, NobodyThere) {
  const Finished finished = Actload({"--duration", "1s"}, "127.0.0.1:1");
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, HasSubstr("actload: no answer from 127.0.0.1:1: "));
  EXPECT_THAT(finished.err, HasSubstr("start a server"));
  const Finished metrics = Actload({"--duration", "1s", "--metrics", "127.0.0.1:1"});
  EXPECT_EQ(metrics.status, 1);
  EXPECT_THAT(metrics.err, HasSubstr("http://127.0.0.1:1/metrics"));
}

TEST_F(ActloadTest, ARequestThatTheServerRefuses) {
  const OwnServer server({"--max-items", "4"});
  const Finished finished = Actload({"--items", "5"}, server.address);
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, HasSubstr("gelu f32[1024] x5: "));
}

TEST_F(ActloadTest, Usage) {
  for (const auto& [flags, says] :
       {std::pair<std::vector<std::string>, std::string>{{"--rate", "0"}, "--rate: \"0\" is no load"},
        {{"--rate", "1e12"}, "--rate: 1e+12 is out of range"},
        {{"--function", "geluu"}, "--function: \"geluu\" is unknown; near it are: gelu"},
        {{"--scenario", Save("bad.txtpb", "rate: '1k'\n\ncall { functio: 'x' }")}, "bad.txtpb:3:"},
        {{"--html", "/nonexistent/report.html"}, "/nonexistent/report.html: cannot be written"}}) {
    const Finished finished = Actload(flags);
    EXPECT_EQ(finished.status, 2) << flags[0];
    EXPECT_THAT(finished.err, HasSubstr(says));
  }
  EXPECT_EQ(RunProcess({ACTLOAD_BINARY, "--help"}).status, 0);
}

TEST_F(ActloadTest, PrintsItsSettings) {
  const Finished finished = Actload({"--rate", "1k", "--print-scenario"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.out, HasSubstr("rate: \"1k\"\n"));
  const Finished again =
      RunProcess({ACTLOAD_BINARY, "--scenario", Save("printed.txtpb", finished.out), "--print-scenario"});
  EXPECT_EQ(again.out, finished.out) << "what is printed can be read";
}

}  // namespace
}  // namespace actserve
