// All that a run of actload has to say, and the forms it is said in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/load/engine/objective.h"
#include "client/load/engine/step.h"
#include "client/load/metrics/server_work.h"
#include "client/measure/machine.h"
#include "client/measure/table.h"

namespace actserve::load {

struct KindReport {
  std::string name;
  double weight = 1;
  int64_t elements = 0, bytes = 0;  // of a call: inputs' elements, the request's bytes
};

struct StepReport {
  StepResult result;
  std::vector<std::string> limits = {};         // of actload, if it was the one that could not keep up
  std::optional<ServerWork> server = {};        // in the time that was measured; none where there are no metrics
  std::vector<ServerWork> server_windows = {};  // as many as windows, or none
};

struct SearchReport {
  Objective objective;
  std::optional<double> kept = {}, missed = {};  // the highest rate that kept it, the lowest that missed it
};

struct Report {
  std::string version, grpc;  // actload's, which is actserve's; gRPC's
  std::string date;           // "2026-11-23 17:04 UTC"
  std::string server;         // its address
  std::string settings;       // the scenario that was run, as text
  int cores = 1;              // that actload may use
  measure::Machine machine;   // actload's
  std::vector<KindReport> kinds = {};
  std::vector<StepReport> steps = {};
  std::optional<SearchReport> search = {};
  std::string metrics_error = {};  // why there are no metrics of the server, or not all
  absl::Status status = {};        // how the run ended; steps are of the time before
};

// Quantiles that tables have columns of.
inline constexpr double kQuantiles[] = {0.5, 0.9, 0.99, 0.999};

// Where a distribution of so many values is drawn: closer and closer to 1, as far as there are values. Ascending.
std::vector<double> DistributionQuantiles(int64_t count);

std::string LoadName(const Offer& offer);  // "1000/s", "8 in flight"
// What a reader must know before any figure, most important first: how the run ended if not well, answers that were
// wrong, steps in which actload was the limit.
std::vector<std::string> Warnings(const Report& report);
// The outcome of a search, in a sentence; empty without one.
std::string SearchText(const Report& report);

std::vector<measure::Table> Tables(const Report& report);
// {"version": .., "server": .., "steps": [{"load": .., "windows": [..], "distribution": [..], "server": {..}}]}
std::string ToJson(const Report& report);
// A line a step, after one of names.
std::string ToCsv(const Report& report);
// A page that needs nothing but itself; well-formed XML, too.
std::string ToHtml(const Report& report);

}  // namespace actserve::load
