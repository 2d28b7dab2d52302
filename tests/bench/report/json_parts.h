// What the JSON of every benchmark's report has.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "client/measure/machine.h"
#include "tests/bench/report/goal.h"

namespace actserve::measure {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Machine, cpu, l1, l2, last)
}  // namespace actserve::measure

namespace actserve::bench {

inline nlohmann::ordered_json GoalsJson(std::span<const Goal> goals) {
  auto json = nlohmann::ordered_json::array();
  for (const Goal& goal : goals) {
    json.push_back({{"name", goal.name},
                    {"measured", goal.measured},
                    {"target", goal.target},
                    {"bound", goal.at_most ? "at most" : "at least"},
                    {"verdict", std::string(goal.verdict())},
                    {"of", goal.note}});
  }
  return json;
}

}  // namespace actserve::bench
