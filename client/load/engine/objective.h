// A latency that callers are promised, and the search for the highest rate that keeps it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/load/engine/step.h"

namespace actserve::load {

struct Objective {
  double quantile = 0.99;
  Nanos limit = 0;

  std::string ToString() const;  // "p99=5ms"
};

// Reads "p99=5ms", "p99.9=250us". INVALID_ARGUMENT quotes what is none and says what was expected.
absl::StatusOr<Objective> ParseObjective(std::string_view text);

// Calls that failed or never began have missed it. So has a step that answered nothing.
bool Keeps(const StepResult& result, const Objective& objective);

// Bisection, after doubling until a rate misses: the objective is taken to be missed above every rate that misses it.
class RateSearch {
 public:
  // 0 < low <= high, calls a second. Ends when the lowest rate that missed is at most (1 + precision) times the highest
  // that kept it.
  RateSearch(double low, double high, double precision) : low_(low), high_(high), precision_(precision) {}

  // The next rate to try; none when the search is over.
  std::optional<double> Next() const;
  void Tried(double rate, bool kept);

  std::optional<double> kept() const { return kept_; }      // the highest that kept it
  std::optional<double> missed() const { return missed_; }  // the lowest that missed it

 private:
  const double low_, high_, precision_;
  std::optional<double> kept_, missed_;
};

}  // namespace actserve::load
