// What a server shows to Prometheus.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace actserve::load {

// Samples of the text exposition format. Lines that are none are passed over: what a server shows beside is its own
// business.
class Page {
 public:
  static Page Parse(std::string_view text);

  // The sum of all samples of this name, or of those that have `label` ("rpc=\"Evaluate\"").
  double Sum(std::string_view name, std::string_view label = "") const;

 private:
  std::map<std::string, double, std::less<>> samples_;  // by name and labels, as written
};

// GETs http://`address`/metrics. UNAVAILABLE says why there is none.
absl::StatusOr<Page> Scrape(const std::string& address);

}  // namespace actserve::load
