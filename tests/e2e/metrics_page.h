// A scrape, as Prometheus does one.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace actserve {

// GETs a path over HTTP from "host:port"; the whole answer, headers included, or empty.
std::string HttpGet(const std::string& address, const std::string& path);

// The text exposition format, checked line by line.
struct MetricsPage {
  // "name{label=\"value\"}" -> value, as written.
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;  // of families
  std::vector<std::string> errors;           // lines that are not of the format

  double operator[](const std::string& series) const {
    const auto sample = samples.find(series);
    return sample == samples.end() ? 0 : sample->second;
  }
};
MetricsPage ParseMetrics(const std::string& body);

// HttpGet of /metrics, parsed.
MetricsPage Scrape(const std::string& address);

}  // namespace actserve
