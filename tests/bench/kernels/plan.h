// Which contests there are: the catalogue by directions, types, sizes and data.
#pragma once

#include <string>
#include <vector>

#include "client/measure/machine.h"
#include "tests/bench/kernels/contest.h"

namespace actserve::bench {

struct Scope {
  measure::Machine machine;
  std::string target;      // the instruction set, which is in use
  bool peer_only = false;  // only where the peer takes part, in f32 and with the usual data
};

std::vector<Contest> Plan(const Scope& scope);

}  // namespace actserve::bench
