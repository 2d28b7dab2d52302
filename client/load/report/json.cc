#include <nlohmann/json.hpp>

#include "client/load/report/report.h"

namespace actserve::load {
namespace {

using Json = nlohmann::ordered_json;

Json LatencyJson(const measure::Histogram& latency) {
  return {{"mean", latency.mean() * 1e-9},          {"p50", latency.Quantile(0.5) * 1e-9},
          {"p90", latency.Quantile(0.9) * 1e-9},    {"p99", latency.Quantile(0.99) * 1e-9},
          {"p999", latency.Quantile(0.999) * 1e-9}, {"p9999", latency.Quantile(0.9999) * 1e-9},
          {"max", ToSeconds(latency.max())}};
}

Json EndsJson(const Tally& tally) {
  Json ends = Json::object();
  for (int i = 0; i < kEnds; ++i) {
    if (tally.ends[i] > 0) ends[std::string(EndName(i))] = tally.ends[i];
  }
  return ends;
}

Json ServerJson(const ServerWork& work) {
  return {{"requests", work.requests},   {"rejected", work.rejected},     {"request_seconds", work.request},
          {"queue_seconds", work.queue}, {"kernel_seconds", work.kernel}, {"rest_seconds", work.rest()},
          {"cpu_seconds", work.cpu}};
}

Json WindowsJson(const StepReport& step) {
  Json windows = Json::array();
  for (size_t i = 0; i < step.result.windows.size(); ++i) {
    const Window& window = step.result.windows[i];
    Json& json = windows.emplace_back(Json{{"begin", ToSeconds(window.begin)},
                                           {"end", ToSeconds(window.end)},
                                           {"rate", window.rate()},
                                           {"failed", window.failed},
                                           {"p50", ToSeconds(window.p50)},
                                           {"p99", ToSeconds(window.p99)},
                                           {"max", ToSeconds(window.max)}});
    if (i < step.server_windows.size()) json["server"] = ServerJson(step.server_windows[i]);
  }
  return windows;
}

Json DistributionJson(const measure::Histogram& latency) {
  Json points = Json::array();
  for (const double q : DistributionQuantiles(latency.count())) points.push_back({q, latency.Quantile(q) * 1e-9});
  return points;
}

Json StepJson(const Report& report, const StepReport& step) {
  const StepResult& result = step.result;
  Json json = {{"load", LoadName(result.offer)}};
  if (result.offer.is_open()) {
    json["offered_rate"] = result.offer.rate;
    json["arrivals"] = result.offer.arrivals == ArrivalProcess::kPoisson ? "poisson" : "constant";
  } else {
    json["concurrency"] = result.offer.concurrency;
  }
  json.update({{"rate", result.rate},
               {"seconds", result.seconds},
               {"stable", result.stable},
               {"latency", LatencyJson(result.total.calls.latency)},
               {"ends", EndsJson(result.total.calls)},
               {"unsent", result.unsent},
               {"held", result.total.held},
               {"compared", result.total.checked},
               {"actload",
                {{"delay_p99", result.total.delay.Quantile(0.99) * 1e-9},
                 {"cpu_seconds", result.effort.process},
                 {"busiest_thread_seconds", result.effort.busiest_thread},
                 {"waited_for_core_seconds", result.effort.waited},
                 {"limits", step.limits}}}});
  if (step.server) json["server"] = ServerJson(*step.server);
  for (size_t i = 0; i < report.kinds.size() && i < result.total.kinds.size(); ++i) {
    json["kinds"].push_back({{"name", report.kinds[i].name},
                             {"latency", LatencyJson(result.total.kinds[i].latency)},
                             {"ends", EndsJson(result.total.kinds[i])}});
  }
  json["windows"] = WindowsJson(step);
  json["distribution"] = DistributionJson(result.total.calls.latency);
  return json;
}

}  // namespace

std::string ToJson(const Report& report) {
  Json json = {{"version", report.version},
               {"grpc", report.grpc},
               {"date", report.date},
               {"server", report.server},
               {"machine", {{"cpu", report.machine.cpu}, {"cores", report.cores}}},
               {"settings", report.settings},
               {"status", report.status.ok() ? "OK" : std::string(report.status.message())},
               {"warnings", Warnings(report)},
               {"kinds", Json::array()},
               {"steps", Json::array()}};
  for (const KindReport& kind : report.kinds)
    json["kinds"].push_back(
        {{"name", kind.name}, {"weight", kind.weight}, {"elements", kind.elements}, {"request_bytes", kind.bytes}});
  if (report.search) {
    Json& search = json["search"] = {{"objective", report.search->objective.ToString()}};
    if (report.search->kept) search["kept"] = *report.search->kept;
    if (report.search->missed) search["missed"] = *report.search->missed;
  }
  for (const StepReport& step : report.steps) json["steps"].push_back(StepJson(report, step));
  // Messages of others may be no UTF-8.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace actserve::load
