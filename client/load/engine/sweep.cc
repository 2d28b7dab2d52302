#include "client/load/engine/sweep.h"

#include <cmath>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace actserve::load {
namespace {

std::optional<double> ParseNumber(std::string text) {
  double unit = 1, number = 0;
  if (text.ends_with('k')) unit = 1e3;
  if (text.ends_with('M')) unit = 1e6;
  if (unit != 1) text.pop_back();
  if (!absl::SimpleAtod(text, &number) || !std::isfinite(number) || number <= 0) return std::nullopt;
  return number * unit;
}

// "1000..5000+500" after its first number; nothing if it is wrong.
bool AddRange(double from, const std::string& rest, std::vector<double>& loads) {
  const size_t at = rest.find_first_of("*+");
  if (at == std::string::npos) return false;
  const std::optional<double> to = ParseNumber(rest.substr(0, at)), by = ParseNumber(rest.substr(at + 1));
  const bool multiplies = rest[at] == '*';
  if (!to || !by || *to < from || (multiplies && *by <= 1)) return false;
  const double end = *to * (1 + 1e-9);  // 0.1 + 0.1 + 0.1 is to be 0.3
  double load = from;
  while (load <= end && loads.size() <= kMostSteps) {
    loads.push_back(load);
    load = multiplies ? load * *by : load + *by;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<double>> ParseSweep(std::string_view text) {
  std::vector<double> loads;
  const std::vector<std::string> parts = absl::StrSplit(std::string(text), ',');
  for (const std::string& part : parts) {
    const size_t dots = part.find("..");
    const std::optional<double> first = ParseNumber(part.substr(0, dots));
    const bool is_range = dots != std::string::npos;
    if (!first || (is_range && !AddRange(*first, part.substr(dots + 2), loads))) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "\"%s\" is no load; expected a number above 0, or a range such as 1000..16000*2 or 1000..5000+500", part));
    }
    if (!is_range) loads.push_back(*first);
    if (loads.size() > kMostSteps)
      return absl::InvalidArgumentError(
          absl::StrFormat("\"%s\" has more steps than %d; expected fewer", std::string(text), kMostSteps));
  }
  return loads;
}

absl::StatusOr<Bounds> ParseBounds(std::string_view text, double high) {
  const std::string all(text);
  const size_t dots = all.find("..");
  const std::optional<double> from = ParseNumber(all.substr(0, dots));
  const std::optional<double> to = dots == std::string::npos ? std::optional(high) : ParseNumber(all.substr(dots + 2));
  if (!from || !to || *from > *to) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "\"%s\" are no bounds of a search; expected the lowest rate, or that and the highest, such as 100..50k", all));
  }
  return Bounds{*from, *to};
}

}  // namespace actserve::load
