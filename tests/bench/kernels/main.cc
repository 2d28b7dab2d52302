// ./dev bench kernels
#include <algorithm>
#include <cstdio>
#include <iterator>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "kernels/api/backend.h"
#include "tests/bench/kernels/child.h"
#include "tests/bench/kernels/onednn.h"
#include "tests/bench/kernels/plan.h"
#include "tests/bench/report/command_line.h"
#include "tests/bench/report/progress.h"
#include "tests/bench/report/report.h"

namespace actserve::bench {
namespace {

struct Options : CommonOptions {
  std::string target;
  bool avx2_child = false;
};

std::vector<Result> RunContests(const Options& options, const measure::Machine& machine) {
  const bool is_comparison = options.avx2_child;
  SetUpPeer(options.target == "AVX2");
  std::vector<Contest> contests = Plan({.machine = machine, .target = ActiveCpuTarget(), .peer_only = is_comparison});
  std::erase_if(contests, [&](const Contest& contest) { return !options.Wants(contest.subject.ToString()); });
  const Pace pace = options.quick ? Pace{.turn_seconds = 0.0015, .rounds = 5, .contest_seconds = 0.15} : Pace{};
  Progress progress(ActiveCpuTarget(), contests.size());
  std::vector<Result> results;
  for (const Contest& contest : contests) {
    progress.Next(contest.subject.ToString());
    results.push_back(Hold(contest, pace));
  }
  return results;
}

// The comparison on AVX2 has a process of its own: oneDNN settles on an instruction set when it is first used.
absl::StatusOr<std::vector<Result>> RunAvx2(const Options& options) {
  std::vector<std::string> arguments = {"--target=AVX2", "--avx2-comparison", "--json"};
  if (!options.filter.empty()) arguments.push_back("--filter=" + options.filter);
  if (options.quick) arguments.emplace_back("--quick");
  const absl::StatusOr<std::string> json = OutputOfSelf(arguments);
  if (!json.ok()) return json.status();
  return ResultsFromJson(*json);
}

void Parse(int argc, char** argv, Options& options) {
  CLI::App app("Times the kernels beside oneDNN and streaming copies; ends with a table of goals.", "kernels_bench");
  AddCommonOptions(app, "silu/forward/f32/L2", options);
  app.add_option("--target", options.target, "this instruction set only, such as AVX2; oneDNN is held to AVX2 with it");
  app.add_flag("--avx2-comparison", options.avx2_child)->group("");  // what the program itself calls
  ParseOrExit(app, argc, argv, options);
}

int Main(int argc, char** argv) {
  Options options;
  Parse(argc, argv, options);
  const bool all_targets = options.target.empty();
  if (!all_targets) {
    const absl::Status status = ForceCpuTarget(options.target);
    if (!status.ok()) return absl::FPrintF(stderr, "--target: %s\n", status.message()), 2;
  }
  Report report{.version = ACTSERVE_VERSION,
                .peer = PeerName(),
                .date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()),
                .quick = options.quick,
                .machine = measure::ThisMachine(),
                .results = {}};
  report.results = RunContests(options, report.machine);
  const std::vector<std::string> targets = CpuTargets();
  const bool has_avx2 = std::find(targets.begin(), targets.end(), "AVX2") != targets.end();
  if (all_targets && has_avx2 && ActiveCpuTarget() != "AVX2") {
    absl::StatusOr<std::vector<Result>> avx2 = RunAvx2(options);
    if (!avx2.ok()) return absl::FPrintF(stderr, "on AVX2: %s\n", avx2.status().message()), 1;
    std::move(avx2->begin(), avx2->end(), std::back_inserter(report.results));
  }

  const Output output{.command = "./dev bench kernels --write-docs",
                      .heading = Heading(report),
                      .tables = Tables(report),
                      .json = ToJson(report)};
  const absl::Status written = WriteFiles(options.output, output);
  if (!written.ok()) return absl::FPrintF(stderr, "kernels_bench: %s\n", written.message()), 1;
  if (!options.avx2_child) Print(options.output, output);
  return 0;
}

}  // namespace
}  // namespace actserve::bench

int main(int argc, char** argv) { return actserve::bench::Main(argc, argv); }
