// ./dev bench service
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "kernels/api/backend.h"
#include "tests/bench/report/command_line.h"
#include "tests/bench/report/progress.h"
#include "tests/bench/service/echo.h"
#include "tests/bench/service/plan.h"
#include "tests/bench/service/report.h"

namespace actserve::bench::service {
namespace {

constexpr Timing kUsual = {.warm_up = absl::Milliseconds(150),
                           .turn = absl::Milliseconds(300),
                           .generations = 2,
                           .rounds = 7,
                           .contest = absl::Seconds(6)};
constexpr Timing kQuick = {.warm_up = absl::Milliseconds(50),
                           .turn = absl::Milliseconds(100),
                           .generations = 1,
                           .rounds = 5,
                           .contest = absl::Seconds(2)};

struct Options : CommonOptions {
  std::vector<std::string> echo;
};

void Parse(int argc, char** argv, Options& options) {
  CLI::App app("Loads actserve and a bare gRPC echo by turns; ends with a table of goals.", "service_bench");
  AddCommonOptions(app, "payload/evaluate/tcp/64B", options);
  app.add_option("--echo", options.echo)->group("");  // what the program itself calls
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

absl::StatusOr<std::vector<Result>> RunContests(const Options& options) {
  std::vector<Contest> contests = Plan();
  std::erase_if(contests, [&](const Contest& contest) { return !options.Wants(contest.subject.ToString()); });
  const Folder folder;
  std::vector<std::unique_ptr<Server>> servers;
  for (auto start : {+[](const std::string& path) { return Server::StartEcho(path); },
                     +[](const std::string& path) { return Server::StartActserve(path, Settings()); }}) {
    absl::StatusOr<std::unique_ptr<Server>> server = start(folder.path);
    if (!server.ok()) return server.status();
    servers.push_back(*std::move(server));
  }
  Progress progress("the service", contests.size());
  std::vector<Result> results;
  for (const Contest& contest : contests) {
    progress.Next(contest.subject.ToString());
    absl::StatusOr<Result> result = Hold(contest, options.quick ? kQuick : kUsual, servers);
    if (!result.ok())
      return absl::Status(result.status().code(),
                          absl::StrFormat("%s: %s", contest.subject.ToString(), result.status().message()));
    results.push_back(*std::move(result));
  }
  return results;
}

int Main(int argc, char** argv) {
  // For every process alike, as actserve does: it is costly.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Options options;
  Parse(argc, argv, options);
  if (!options.echo.empty()) return RunEcho(options.echo);

  absl::StatusOr<std::vector<Result>> results = RunContests(options);
  if (!results.ok()) return absl::FPrintF(stderr, "\nservice_bench: %s\n", results.status().message()), 1;
  const Report report{.version = ACTSERVE_VERSION,
                      .grpc = grpc::Version(),
                      .date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()),
                      .target = ActiveCpuTarget(),
                      .processors = static_cast<int>(std::thread::hardware_concurrency()),
                      .quick = options.quick,
                      .machine = ThisMachine(),
                      .results = *std::move(results)};
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
