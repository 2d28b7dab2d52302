// What the service is to reach, judged beside the echo.
#pragma once

#include <vector>

#include "tests/bench/report/goal.h"
#include "tests/bench/service/report.h"

namespace actserve::bench::service {

// A goal for which nothing was measured (a filter) is not listed.
std::vector<Goal> JudgeGoals(const Report& report);

}  // namespace actserve::bench::service
