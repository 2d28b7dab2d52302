// Something to be reached, and whether it was.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include "client/measure/table.h"

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

measure::Table GoalTable(std::span<const Goal> goals);

}  // namespace actserve::bench
