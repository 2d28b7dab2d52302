// What the kernels are to reach, judged by what was measured.
#pragma once

#include <span>
#include <vector>

#include "tests/bench/report/goal.h"
#include "tests/bench/report/result.h"

namespace actserve::bench {

// A goal for which nothing was measured (a filter, no AVX2) is not listed.
std::vector<Goal> JudgeGoals(std::span<const Result> results);

}  // namespace actserve::bench
