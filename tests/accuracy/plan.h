// What there is to measure, in jobs of seconds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/accuracy/corpus.h"
#include "tests/accuracy/curve.h"
#include "tests/accuracy/tally.h"

namespace actserve::accuracy {

inline constexpr std::string_view kKernels = "actserve";

// What became of the same inputs with the kernels, and with each peer that has the function.
using Tallies = std::vector<std::pair<std::string, Tally>>;

struct Job {
  std::string name() const;  // "gelu value f32 setting 0: sweep 3/32", the same in every run

  Subject subject;
  std::string part;
  double weight = 1;  // about how long it takes, against others
  std::function<Tallies()> run;
};

struct Scope {
  bool quick = false;
  std::vector<const Function*> functions;
};

// Jobs refer to the corpus.
std::vector<Job> MakePlan(const Scope& scope, const Corpus& corpus);

}  // namespace actserve::accuracy
