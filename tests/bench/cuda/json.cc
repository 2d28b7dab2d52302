#include <nlohmann/json.hpp>

#include "tests/bench/cuda/bench.h"
#include "tests/bench/report/json_parts.h"

namespace actserve::bench::cuda {

std::string ToJson(const Report& report) {
  auto results = nlohmann::ordered_json::array(), small = nlohmann::ordered_json::array();
  for (const Result& r : report.results) {
    results.push_back({{"name", r.name()},
                       {"elements", r.elements},
                       {"bytes", r.bytes},
                       {"seconds", r.seconds},
                       {"roof_seconds", r.roof_seconds}});
  }
  for (const Small& s : report.small) {
    small.push_back({{"function", s.function},
                     {"direction", s.direction},
                     {"type", s.type},
                     {"seconds", s.seconds},
                     {"empty_seconds", s.empty_seconds}});
  }
  nlohmann::ordered_json json = {{"device", report.device},
                                 {"goals", GoalsJson(Goals(report))},
                                 {"results", results},
                                 {"small", small},
                                 {"upload_bytes_per_second", report.upload},
                                 {"download_bytes_per_second", report.download}};
  if (report.torch)
    json["torch"] = {
        {"version", report.torch->version}, {"device", report.torch->device}, {"seconds", report.torch->seconds}};
  return json.dump(1) + "\n";
}

}  // namespace actserve::bench::cuda
