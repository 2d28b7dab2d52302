// A scenario, found to be sound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/load/engine/objective.h"
#include "client/load/engine/step.h"
#include "client/load/engine/sweep.h"
#include "client/load/scenario/scenario.pb.h"
#include "proto/text_settings.h"

namespace actserve::load {

struct Settings {
  scenario::Scenario scenario;
  Origins origins;
};

struct Search {
  Objective objective;
  Bounds bounds;
  double precision = 0.05;
};

struct Plan {
  std::vector<Offer> steps;      // of a sweep
  std::optional<Search> search;  // instead
  Offer offer;                   // what all steps share
  Pace pace;
  Nanos deadline = 0;
};

// INVALID_ARGUMENT with the file and line, or the flag, of a setting that is out of range, or no rate, duration or
// objective. The calls of the mix are Workload's business.
absl::StatusOr<Plan> MakePlan(const Settings& settings);

}  // namespace actserve::load
