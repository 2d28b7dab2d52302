#include "tests/bench/report/json_parts.h"
#include "tests/bench/service/goals.h"
#include "tests/bench/service/report.h"

namespace actserve::bench::service {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Subject, group, rpc, transport, payload, in_flight)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Round, calls, seconds, p50, p99, p999, cpu_seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Entrant, server, form, items, bytes, answer_bytes, kernel_seconds, rounds, p999,
                                   resident_bytes, peak_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Overload, peak, goodput, p99_at_peak, p99, answered, refused, failed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Crowd, before_bytes, peak_bytes, after_bytes, answered, refused, failed)

namespace {

// With what a reader would otherwise have to compute from the rounds.
nlohmann::ordered_json ResultJson(const Result& result) {
  nlohmann::ordered_json json = {{"subject", nlohmann::json(result.subject)}, {"entrants", {}}};
  for (const Entrant& entrant : result.entrants) {
    nlohmann::ordered_json one = nlohmann::json(entrant);
    one["calls_per_second"] = Typical(entrant, CallsPerSecond);
    one["cpu_seconds_per_call"] = Typical(entrant, CpuPerCall);
    if (const Entrant* echo = result.Find(kEcho, entrant.form); echo != nullptr && echo != &entrant)
      one["calls_per_second_over_echo"] = Ratio(entrant, *echo, CallsPerSecond);
    json["entrants"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::string ToJson(const Report& report) {
  nlohmann::ordered_json json = {{"version", report.version},
                                 {"grpc", report.grpc},
                                 {"date", report.date},
                                 {"quick", report.quick},
                                 {"target", report.target},
                                 {"processors", report.processors},
                                 {"machine", nlohmann::json(report.machine)},
                                 {"goals", GoalsJson(JudgeGoals(report))},
                                 {"results", nlohmann::ordered_json::array()}};
  for (const Result& result : report.results) json["results"].push_back(ResultJson(result));
  if (report.overload) json["overload"] = nlohmann::json(*report.overload);
  if (report.crowd) json["crowd"] = nlohmann::json(*report.crowd);
  return json.dump(1) + "\n";
}

}  // namespace actserve::bench::service
