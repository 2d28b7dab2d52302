// All that a run of the benchmark has to say, and the forms it is said in.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/measure/machine.h"
#include "client/measure/table.h"
#include "tests/bench/report/goals.h"
#include "tests/bench/report/result.h"

namespace actserve::bench {

struct Report {
  std::string version;  // actserve's
  std::string peer;     // oneDNN's name and version
  std::string date;     // "2026-11-23"
  bool quick = false;   // fewer rounds
  measure::Machine machine;
  std::vector<Result> results;  // of the best instruction set first
};

// The goals and every table of speeds.
std::vector<measure::Table> Tables(const Report& report);
// One line: what was measured, where, when.
std::string Heading(const Report& report);

// {"version": .., "machine": {..}, "goals": [..], "results": [{"subject": .., "entrants": [{"seconds": [..]}]}]}
std::string ToJson(const Report& report);
// Only the results. INVALID_ARGUMENT if it is not what ToJson writes.
absl::StatusOr<std::vector<Result>> ResultsFromJson(const std::string& json);

}  // namespace actserve::bench
