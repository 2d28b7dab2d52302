// Contests: entrants that do the same work by turns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/bench/report/result.h"

namespace actserve::bench {

// An entrant before it is timed: name, elements and bytes are known.
struct Starter {
  Entrant entrant;
  std::function<void()> run;
};

struct Contest {
  Subject subject;
  // Makes the operands; called when the contest's turn has come, so that no two contests' are there at once. Fills in
  // the result's allocations.
  std::function<std::vector<Starter>(Result& result)> prepare;
};

struct Pace {
  double turn_seconds = 0.005;   // of an entrant, about; at least one run
  int rounds = 11;               // as many, or
  double contest_seconds = 0.7;  // as many as fit in this, but at least three
};

// Google Benchmark runs each entrant for a turn, round after round. A first round is not counted.
Result Hold(const Contest& contest, const Pace& pace);

}  // namespace actserve::bench
