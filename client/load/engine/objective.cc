#include "client/load/engine/objective.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace actserve::load {

std::string Objective::ToString() const {
  return absl::StrFormat("p%g=%s", quantile * 100, absl::FormatDuration(absl::Nanoseconds(limit)));
}

absl::StatusOr<Objective> ParseObjective(std::string_view text) {
  const std::string all(text);
  const size_t equals = all.find('=');
  double percent = 0;
  absl::Duration limit;
  if (equals == std::string::npos || all[0] != 'p' || !absl::SimpleAtod(all.substr(1, equals - 1), &percent) ||
      !(percent > 0 && percent < 100) || !absl::ParseDuration(all.substr(equals + 1), &limit) ||
      limit <= absl::ZeroDuration() || limit > absl::Hours(1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("\"%s\" is no objective; expected a percentile and a duration, such as p99=5ms", all));
  }
  return Objective{.quantile = percent / 100, .limit = absl::ToInt64Nanoseconds(limit)};
}

bool Keeps(const StepResult& result, const Objective& objective) {
  return result.status.ok() && result.total.calls.answered() > 0 &&
         CallersQuantile(result.total.calls, result.unsent, objective.quantile) <= objective.limit;
}

std::optional<double> RateSearch::Next() const {
  if (!missed_) {
    if (!kept_) return low_;
    return *kept_ < high_ ? std::optional(std::min(2 * *kept_, high_)) : std::nullopt;
  }
  if (!kept_ || *missed_ <= *kept_ * (1 + precision_)) return std::nullopt;
  return (*kept_ + *missed_) / 2;
}

void RateSearch::Tried(double rate, bool kept) {
  if (kept) {
    kept_ = std::max(rate, kept_.value_or(rate));
  } else {
    missed_ = std::min(rate, missed_.value_or(rate));
  }
}

}  // namespace actserve::load
