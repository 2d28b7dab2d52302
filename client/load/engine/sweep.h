// Lists of loads, as users write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve::load {

// Reads "1000,2000", "1k..16k*2" (each twice the one before, up to 16,000), "1000..5000+500", or several of them with
// commas between: numbers above 0, "k" and "M" for thousands and millions, in the order written. INVALID_ARGUMENT
// quotes the part that is wrong and says what was expected; so for more than kMostSteps.
inline constexpr int kMostSteps = 1000;
absl::StatusOr<std::vector<double>> ParseSweep(std::string_view text);

// "100..50k", the bounds of a search; one number is the lower one, and `high` the other.
struct Bounds {
  double low = 0, high = 0;
};
absl::StatusOr<Bounds> ParseBounds(std::string_view text, double high);

}  // namespace actserve::load
