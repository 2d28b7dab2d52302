// All that a run of the benchmark of the service has to say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/measure/machine.h"
#include "client/measure/table.h"
#include "tests/bench/service/result.h"

namespace actserve::bench::service {

struct Report {
  std::string version;  // actserve's
  std::string grpc;     // gRPC's
  std::string date;     // "2026-11-23"
  std::string target;   // the kernels' instruction set
  int processors = 0;
  bool quick = false;
  measure::Machine machine;
  std::vector<Result> results;
  std::optional<Overload> overload;
  std::optional<Crowd> crowd;
};

// One line: what was measured, where, when.
std::string Heading(const Report& report);
// The goals first.
std::vector<measure::Table> Tables(const Report& report);
// {"version": .., "machine": {..}, "goals": [..], "results": [{"subject": {..}, "entrants": [{"rounds": [..]}]}]}
std::string ToJson(const Report& report);

}  // namespace actserve::bench::service
