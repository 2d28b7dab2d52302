#include "tests/bench/service/result.h"

#include "absl/strings/str_cat.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench::service {
namespace {

std::vector<double> Values(const Entrant& entrant, const Figure& figure) {
  std::vector<double> values;
  values.reserve(entrant.rounds.size());
  for (const Round& round : entrant.rounds) values.push_back(figure(entrant, round));
  return values;
}

}  // namespace

std::string Subject::ToString() const {
  return absl::StrCat(group, "/", rpc, "/", transport, "/", payload, "/", in_flight);
}

const Entrant* Result::Find(std::string_view server, std::string_view form) const {
  for (const Entrant& entrant : entrants) {
    if (entrant.server == server && (form.empty() || entrant.form == form)) return &entrant;
  }
  return nullptr;
}

double CallsPerSecond(const Entrant&, const Round& round) { return static_cast<double>(round.calls) / round.seconds; }
double ItemsPerSecond(const Entrant& entrant, const Round& round) {
  return CallsPerSecond(entrant, round) * static_cast<double>(entrant.items);
}
double CpuPerCall(const Entrant&, const Round& round) { return round.cpu_seconds / static_cast<double>(round.calls); }
double CpuPerCallBesideKernel(const Entrant& entrant, const Round& round) {
  return CpuPerCall(entrant, round) - entrant.kernel_seconds;
}
double P50(const Entrant&, const Round& round) { return round.p50; }
double P99(const Entrant&, const Round& round) { return round.p99; }

double Typical(const Entrant& entrant, const Figure& figure) { return Median(Values(entrant, figure)); }

double Ratio(const Entrant& entrant, const Entrant& other, const Figure& figure) {
  return PairedRatio(Values(entrant, figure), Values(other, figure));
}

}  // namespace actserve::bench::service
