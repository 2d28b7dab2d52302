#include "tests/bench/report/goal.h"

#include "absl/strings/str_format.h"

namespace actserve::bench {

measure::Table GoalTable(std::span<const Goal> goals) {
  measure::Table table{.title = "Goals", .header = {"goal", "measured", "target", "", "of"}, .rows = {}};
  for (const Goal& goal : goals) {
    const std::string measured = std::isnan(goal.measured) ? "-" : absl::StrFormat("%.2f", goal.measured);
    table.rows.push_back({goal.name, measured, absl::StrFormat("%s %.2f", goal.at_most ? "<=" : ">=", goal.target),
                          std::string(goal.verdict()), goal.note});
  }
  return table;
}

}  // namespace actserve::bench
