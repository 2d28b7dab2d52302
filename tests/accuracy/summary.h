// What a run has found, by function, direction and type.
#pragma once

#include <vector>

#include "tests/accuracy/state.h"

namespace actserve::accuracy {

struct Row {
  Subject subject;  // of the settings beyond the default one, the one with the largest error
  bool is_default;  // or all other settings
  double goal;
  Tallies tallies;  // the kernels' first

  const Tally& kernels() const { return tallies.front().second; }
  const Tally* peer(const std::string& name) const;  // null if it has not the function
  bool met() const { return kernels().max_ulp <= goal && kernels().wrong == 0; }
};

// Of the jobs that are finished, in the plan's order. A subject without any is left out.
std::vector<Row> Summarise(const std::vector<Job>& jobs, const State& state);

}  // namespace actserve::accuracy
