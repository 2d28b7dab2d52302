#include "client/load/report/report.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/load/report/format.h"

namespace actserve::load {
namespace {

// Others called the server, too, if it answered so many more requests than actload had answers.
constexpr double kOthersShare = 0.05;

std::string Answered(const StepReport& step) {
  return absl::StrFormat(
      "%s: the server answered %.0f requests, actload had %d answers: others called it too, and its "
      "figures are of all",
      LoadName(step.result.offer), step.server->requests, step.result.total.completed);
}

std::string SlowSteps(const Report& report) {
  std::vector<std::string> names;
  const StepReport* last = nullptr;
  for (const StepReport& step : report.steps) {
    if (step.limits.empty()) continue;
    names.push_back(LoadName(step.result.offer));
    last = &step;
  }
  if (last == nullptr) return "";
  return absl::StrFormat(
      "actload itself could not keep up at %s (%s%s). The server can do more than these steps say: give actload more "
      "cores, --threads, or a machine of its own.",
      absl::StrJoin(names, ", "), names.size() > 1 ? "of the last one: " : "", absl::StrJoin(last->limits, "; "));
}

}  // namespace

std::vector<double> DistributionQuantiles(int64_t count) {
  constexpr double kStepsPerNine = 16;
  std::vector<double> quantiles;
  for (int step = 0; std::pow(10, step / kStepsPerNine) <= static_cast<double>(count); ++step)
    quantiles.push_back(1 - std::pow(10, -step / kStepsPerNine));
  if (count > 0) quantiles.push_back(1);
  return quantiles;
}

std::string LoadName(const Offer& offer) {
  return offer.is_open() ? FormatCount(offer.rate) + "/s" : absl::StrCat(offer.concurrency, " in flight");
}

std::vector<std::string> Warnings(const Report& report) {
  std::vector<std::string> warnings;
  if (!report.status.ok())
    warnings.push_back(
        absl::StrCat("The run ended early: ", report.status.message(), ". Figures are of the time before."));
  int64_t wrong = 0;
  std::string example;
  for (const StepReport& step : report.steps) {
    wrong += step.result.total.calls.ends[kWrong];
    if (example.empty()) example = step.result.total.messages[kWrong];
  }
  if (wrong > 0) warnings.push_back(absl::StrFormat("%d answers were wrong; the first: %s", wrong, example));
  if (const std::string slow = SlowSteps(report); !slow.empty()) warnings.push_back(slow);
  for (const StepReport& step : report.steps) {
    const auto completed = static_cast<double>(step.result.total.completed);
    if (step.server && step.server->requests > completed * (1 + kOthersShare) + 100) warnings.push_back(Answered(step));
  }
  if (!report.metrics_error.empty())
    warnings.push_back(absl::StrCat("The server's metrics are not all here: ", report.metrics_error));
  return warnings;
}

std::string SearchText(const Report& report) {
  if (!report.search) return "";
  const SearchReport& search = *report.search;
  const std::string objective = search.objective.ToString();
  if (!search.kept && !search.missed) return absl::StrCat(objective, ": nothing was measured.");
  if (!search.kept)
    return absl::StrFormat("%s is missed at every rate tried, down to %s/s.", objective, FormatCount(*search.missed));
  if (!search.missed)
    return absl::StrFormat("%s is kept at %s/s, the highest rate tried.", objective, FormatCount(*search.kept));
  return absl::StrFormat("%s is kept at %s/s, and missed at %s/s.", objective, FormatCount(*search.kept),
                         FormatCount(*search.missed));
}

}  // namespace actserve::load
