// nlohmann's library, as Google Benchmark's own reporter has no place for rounds, ratios and goals, and as a report is
// also read again: that of the process which ran on another instruction set.
#include <nlohmann/json.hpp>

#include "tests/bench/report/json_parts.h"
#include "tests/bench/report/report.h"

namespace actserve::bench {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Subject, group, function, direction, type, size, data, target)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Entrant, name, elements, bytes, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Result, subject, entrants, allocations, call_allocations)

namespace {

// What a reader would otherwise have to compute from the rounds.
nlohmann::ordered_json ResultJson(const Result& result) {
  nlohmann::ordered_json json = nlohmann::json(result);
  const Entrant& first = result.entrants.front();
  for (size_t i = 0; i < result.entrants.size(); ++i) {
    json["entrants"][i]["giga_elements_per_second"] = GigaElements(result.entrants[i]);
    if (i > 0) json["entrants"][i]["first_is_faster_by"] = Speedup(first, result.entrants[i]);
  }
  return json;
}

}  // namespace

std::string ToJson(const Report& report) {
  nlohmann::ordered_json json = {{"version", report.version},
                                 {"peer", report.peer},
                                 {"date", report.date},
                                 {"quick", report.quick},
                                 {"machine", nlohmann::json(report.machine)},
                                 {"goals", GoalsJson(JudgeGoals(report.results))},
                                 {"results", nlohmann::ordered_json::array()}};
  for (const Result& result : report.results) json["results"].push_back(ResultJson(result));
  return json.dump(1) + "\n";
}

absl::StatusOr<std::vector<Result>> ResultsFromJson(const std::string& json) {
  try {
    return nlohmann::json::parse(json).at("results").get<std::vector<Result>>();
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace actserve::bench
