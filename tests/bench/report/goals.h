// What the kernels are to reach, judged by what was measured.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/report/result.h"
#include "tests/bench/report/table.h"

namespace actserve::bench {

struct Goal {
  std::string name;
  double measured = 0;
  double target = 0;
  bool at_most = false;  // rather than at least
  std::string note;      // which measurement it was, and what was left out why

  bool met() const { return at_most ? measured <= target : measured >= target; }
  // "met" or "short"; "none" where all was left out, which leaves no measurement (NaN).
  std::string_view verdict() const { return std::isnan(measured) ? "none" : met() ? "met" : "short"; }
};

// A goal for which nothing was measured (a filter, no AVX2) is not listed.
std::vector<Goal> JudgeGoals(std::span<const Result> results);

Table GoalTable(std::span<const Goal> goals);

}  // namespace actserve::bench
