#include "tests/bench/kernels/contest.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace actserve::bench {
namespace {

// Takes the time of each entrant's turn in one round.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) seconds.push_back(run.cpu_accumulated_time / static_cast<double>(run.iterations));
  }

  std::vector<double> seconds;  // of a run, in the order of registration
};

// The thread's CPU time, which Google Benchmark takes by default: what other processes do on the same core is left out.
std::vector<double> Round() {
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, ".");
  return collector.seconds;
}

}  // namespace

Result Hold(const Contest& contest, const Pace& pace) {
  Result result{.subject = contest.subject, .entrants = {}};
  std::vector<Starter> starters = contest.prepare(result);
  for (Starter& starter : starters) {
    result.entrants.push_back(starter.entrant);
    benchmark::RegisterBenchmark(starter.entrant.name.c_str(), [&starter](benchmark::State& state) {
      for (auto _ : state) starter.run();
    })->MinTime(pace.turn_seconds);
  }
  // Rounds instead of Google Benchmark's repetitions, which it runs one entrant after the other or, interleaved, in a
  // random order: here the turns of a round follow each other at once, so that their ratio means something.
  const absl::Time start = absl::Now();
  Round();
  const double round_seconds = absl::ToDoubleSeconds(absl::Now() - start);
  const int rounds =
      std::clamp(static_cast<int>(pace.contest_seconds / round_seconds), std::min(3, pace.rounds), pace.rounds);
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> seconds = Round();
    for (size_t i = 0; i < seconds.size(); ++i) result.entrants[i].seconds.push_back(seconds[i]);
  }
  benchmark::ClearRegisteredBenchmarks();
  return result;
}

}  // namespace actserve::bench
