// ./dev bench service
#include <grpcpp/grpcpp.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "kernels/api/backend.h"
#include "tests/bench/report/command_line.h"
#include "tests/bench/report/progress.h"
#include "tests/bench/service/echo.h"
#include "tests/bench/service/plan.h"
#include "tests/bench/service/report.h"
#include "tests/bench/service/scenarios.h"

namespace actserve::bench::service {
namespace {

constexpr Timing kUsual = {.warm_up = absl::Milliseconds(100),
                           .turn = absl::Milliseconds(200),
                           .generations = 2,
                           .rounds = 7,
                           .entrant = absl::Seconds(3)};
constexpr Timing kQuick = {.warm_up = absl::Milliseconds(30),
                           .turn = absl::Milliseconds(60),
                           .generations = 1,
                           .rounds = 4,
                           .entrant = absl::Seconds(1)};

struct Options : CommonOptions {
  std::vector<std::string> echo;
  std::string echo_transport;
};

void Parse(int argc, char** argv, Options& options) {
  CLI::App app("Loads actserve and a bare gRPC echo by turns; ends with a table of goals.", "service_bench");
  AddCommonOptions(app, "payload/evaluate/tcp/64B", options);
  app.add_option("--echo", options.echo)->group("");  // what the program itself calls
  app.add_option("--echo-transport", options.echo_transport)->group("");
  ParseOrExit(app, argc, argv, options);
}

// A folder that goes when this does.
struct Folder {
  Folder() {
    if (mkdtemp(path.data()) == nullptr) std::perror("mkdtemp"), std::exit(1);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = std::filesystem::temp_directory_path() / "actserve-bench-XXXXXX";
};

using Servers = std::vector<std::unique_ptr<Server>>;

absl::StatusOr<Servers> StartServers(const std::string& folder, const std::string& group) {
  Servers servers;
  std::vector<absl::StatusOr<std::unique_ptr<Server>>> started;
  if (group == kTransportGroup) {
    for (const Transport& transport : Transports()) started.push_back(Server::StartEcho(folder, transport));
  } else {
    if (group != kZerosGroup) started.push_back(Server::StartEcho(folder));
    started.push_back(Server::StartActserve(folder, Settings()));
  }
  for (auto& server : started) {
    if (!server.ok()) return server.status();
    servers.push_back(*std::move(server));
  }
  return servers;
}

absl::StatusOr<std::vector<Result>> RunContests(const Options& options, const std::string& folder) {
  std::vector<Contest> contests = Plan();
  std::erase_if(contests, [&](const Contest& contest) { return !options.Wants(contest.subject.ToString()); });
  Progress progress("the service", contests.size());
  Servers servers;
  std::string served;
  std::vector<Result> results;
  for (const Contest& contest : contests) {
    progress.Next(contest.subject.ToString());
    // New ones for each size: an allocator that has seen larger messages is quicker at smaller ones, and holds more.
    Subject alike = contest.subject;
    alike.in_flight = 0;
    if (std::exchange(served, alike.ToString()) != alike.ToString()) {
      servers.clear();
      absl::StatusOr<Servers> started = StartServers(folder, contest.subject.group);
      if (!started.ok()) return started.status();
      servers = *std::move(started);
    }
    absl::StatusOr<Result> result = Hold(contest, options.quick ? kQuick : kUsual, servers);
    if (!result.ok())
      return absl::Status(result.status().code(),
                          absl::StrFormat("%s: %s", contest.subject.ToString(), result.status().message()));
    results.push_back(*std::move(result));
  }
  return results;
}

absl::Status Measure(const Options& options, Report& report) {
  const Folder folder;
  absl::StatusOr<std::vector<Result>> results = RunContests(options, folder.path);
  if (!results.ok()) return results.status();
  report.results = *std::move(results);
  const absl::Duration duration = absl::Seconds(options.quick ? 1 : 4);
  if (options.Wants("overload")) {
    absl::StatusOr<Overload> overload = MeasureOverload(folder.path, duration);
    if (!overload.ok()) return overload.status();
    report.overload = *overload;
  }
  if (options.Wants("crowd")) {
    absl::StatusOr<Crowd> crowd = MeasureCrowd(folder.path, duration);
    if (!crowd.ok()) return crowd.status();
    report.crowd = *crowd;
  }
  return absl::OkStatus();
}

// For the echo, which is to be as fast as it can be, and for the client.
void SetUpProcess() {
  // Debian's Abseil has it compiled in, and it is costly.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // By default glibc gives buffers of a message's size back to the kernel and gets them again, page by page: with these
  // the echo answers 1.4 to 1.8 times as many calls of 64 KiB and 1 MiB.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int Main(int argc, char** argv) {
  SetUpProcess();
  Options options;
  Parse(argc, argv, options);
  if (!options.echo.empty()) return RunEcho(*FindTransport(options.echo_transport), options.echo);

  Report report{.version = ACTSERVE_VERSION,
                .grpc = grpc::Version(),
                .date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()),
                .target = ActiveCpuTarget(),
                .processors = static_cast<int>(std::thread::hardware_concurrency()),
                .quick = options.quick,
                .machine = measure::ThisMachine(),
                .results = {},
                .overload = {},
                .crowd = {}};
  const absl::Status measured = Measure(options, report);
  if (!measured.ok()) return absl::FPrintF(stderr, "\nservice_bench: %s\n", measured.message()), 1;
  const Output output{.command = "./dev bench service --write-docs",
                      .heading = Heading(report),
                      .tables = Tables(report),
                      .json = ToJson(report)};
  const absl::Status written = WriteFiles(options.output, output);
  if (!written.ok()) return absl::FPrintF(stderr, "service_bench: %s\n", written.message()), 1;
  Print(options.output, output);
  return 0;
}

}  // namespace
}  // namespace actserve::bench::service

int main(int argc, char** argv) { return actserve::bench::service::Main(argc, argv); }
