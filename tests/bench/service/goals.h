// What the service is to reach, judged beside the echo.
#pragma once

#include <span>
#include <vector>

#include "tests/bench/report/goal.h"
#include "tests/bench/service/result.h"

namespace actserve::bench::service {

// A goal for which nothing was measured (a filter) is not listed.
std::vector<Goal> JudgeGoals(std::span<const Result> results);

}  // namespace actserve::bench::service
