// ./dev bench kernels
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "kernels/api/backend.h"
#include "tests/bench/kernels/child.h"
#include "tests/bench/kernels/onednn.h"
#include "tests/bench/kernels/plan.h"
#include "tests/bench/kernels/progress.h"
#include "tests/bench/report/report.h"

namespace actserve::bench {
namespace {

struct Options {
  std::string filter, target, json, docs;
  bool quick = false, with_json = false, avx2_child = false;
};

std::vector<Result> RunContests(const Options& options, const Machine& machine) {
  const bool is_comparison = options.avx2_child;
  SetUpPeer(options.target == "AVX2");
  std::vector<Contest> contests = Plan({.machine = machine, .target = ActiveCpuTarget(), .peer_only = is_comparison});
  const std::regex filter(options.filter, std::regex::extended);
  std::erase_if(contests,
                [&](const Contest& contest) { return !std::regex_search(contest.subject.ToString(), filter); });
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

void ParseOrExit(int argc, char** argv, Options& options) {
  CLI::App app("Times the kernels beside oneDNN and streaming copies; ends with a table of goals.", "kernels_bench");
  CLI::Option* json =
      app.add_option("--json", options.json, "write a report as JSON to this file, or to standard output")
          ->expected(0, 1)
          ->type_name("[FILE]");
  app.add_option("--filter", options.filter,
                 "only contests whose name matches this regular expression, such as "
                 "'silu/forward/f32/L2'; names are shown as they are run");
  app.add_flag("--quick", options.quick, "fewer and shorter rounds");
  app.add_option("--target", options.target, "this instruction set only, such as AVX2; oneDNN is held to AVX2 with it");
  app.add_option("--write-docs", options.docs, "write the tables into this Markdown file, between its markers");
  app.add_flag("--avx2-comparison", options.avx2_child)->group("");  // what the program itself calls
  try {
    app.parse(argc, argv);
    std::regex(options.filter, std::regex::extended);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  } catch (const std::regex_error& error) {
    std::exit((absl::FPrintF(stderr, "--filter: %s\n", error.what()), 2));
  }
  options.with_json = json->count() > 0;
}

int Main(int argc, char** argv) {
  Options options;
  ParseOrExit(argc, argv, options);
  const bool all_targets = options.target.empty();
  if (!all_targets) {
    const absl::Status status = ForceCpuTarget(options.target);
    if (!status.ok()) return absl::FPrintF(stderr, "--target: %s\n", status.message()), 2;
  }
  Report report{.version = ACTSERVE_VERSION,
                .peer = PeerName(),
                .date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()),
                .quick = options.quick,
                .machine = ThisMachine(),
                .results = {}};
  report.results = RunContests(options, report.machine);
  const std::vector<std::string> targets = CpuTargets();
  const bool has_avx2 = std::find(targets.begin(), targets.end(), "AVX2") != targets.end();
  if (all_targets && has_avx2 && ActiveCpuTarget() != "AVX2") {
    absl::StatusOr<std::vector<Result>> avx2 = RunAvx2(options);
    if (!avx2.ok()) return absl::FPrintF(stderr, "on AVX2: %s\n", avx2.status().message()), 1;
    std::move(avx2->begin(), avx2->end(), std::back_inserter(report.results));
  }

  const bool json_to_stdout = options.with_json && options.json.empty();
  if (json_to_stdout) std::cout << ToJson(report) << std::flush;
  if (!options.json.empty() && !(std::ofstream(options.json) << ToJson(report)).flush())
    return absl::FPrintF(stderr, "cannot write %s\n", options.json), 1;
  if (!options.docs.empty()) {
    const absl::Status status = WriteGeneratedPart(options.docs, report);
    if (!status.ok()) return absl::FPrintF(stderr, "--write-docs: %s\n", status.message()), 1;
  }
  if (options.avx2_child) return 0;
  std::ostream& out = json_to_stdout ? std::cerr : std::cout;
  // Goals last, where they are seen.
  const std::vector<Table> tables = Tables(report);
  out << "\n" << Heading(report);
  for (size_t i = 1; i < tables.size(); ++i) out << "\n" << Render(tables[i], TableStyle::kText);
  out << "\n" << Render(tables[0], TableStyle::kText);
  return 0;
}

}  // namespace
}  // namespace actserve::bench

int main(int argc, char** argv) { return actserve::bench::Main(argc, argv); }
