#include "client/load/engine/saturation.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace actserve::load {
namespace {

constexpr double kBusy = 0.9, kWaited = 0.1;  // of the time
constexpr double kLateShare = 0.1;            // of the p99
constexpr double kLate = 1e6;                 // nanoseconds

}  // namespace

std::vector<std::string> LimitsOfActload(const StepResult& result, int cores) {
  std::vector<std::string> limits;
  const double late = result.total.delay.Quantile(0.99), p99 = result.total.calls.latency.Quantile(0.99);
  if (late > std::max(kLate, kLateShare * p99)) {
    limits.push_back(absl::StrFormat("one call of a hundred began %.1f ms late or later, of a p99 of %.1f ms",
                                     late * 1e-6, p99 * 1e-6));
  }
  if (result.seconds <= 0) return limits;
  const double thread = result.effort.busiest_thread / result.seconds, all = result.effort.process / result.seconds;
  if (thread >= kBusy) limits.push_back(absl::StrFormat("a thread was busy for %.0f %% of the time", 100 * thread));
  const double waited = result.effort.waited / result.seconds;
  if (waited >= kWaited)
    limits.push_back(absl::StrFormat("a thread waited for a core for %.0f %% of the time", 100 * waited));
  if (all >= kBusy * cores)
    limits.push_back(absl::StrFormat("it used %.2f of the %d cores that it may use", all, cores));
  return limits;
}

}  // namespace actserve::load
