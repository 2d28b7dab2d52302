// Which calls run on the thread that received them, and which go to the pool.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "server/pool/cost_model.h"
#include "server/pool/cpu_pool.h"

namespace actserve {

struct ExecutionPlan {
  CostModel costs;
  // From handing a job to the pool until one of its threads begins with it, and back.
  std::chrono::nanoseconds handoff{0};
  // Requests that are estimated to take no longer run where they were received.
  std::chrono::nanoseconds inline_limit{0};
};

// Measures what the plan depends on: some milliseconds. `inline_limit`: what the limit is to be, if not chosen by what
// was measured.
ExecutionPlan MakePlan(const Backend& cpu, CpuPool& pool, std::optional<std::chrono::nanoseconds> inline_limit);

// For people: what was measured, and what follows from it for each function.
std::string Print(const ExecutionPlan& plan, int threads);

}  // namespace actserve
