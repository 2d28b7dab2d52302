// What memory allows: the same bytes moved, next to nothing computed.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

// Copies of x for kEvaluate, sums x + dy for kGradient; for gated functions, sums of the halves of x, and of each of
// them and dy: plain ones, and one with non-temporal stores on the best instruction set. Names begin with kRoofPrefix.
// The operands must outlive them.
std::vector<std::pair<std::string, std::function<void()>>> Roofs(const Workload& workload, const Operands& operands);

// x read, and next to nothing made of it, on the best instruction set.
std::pair<std::string, std::function<void()>> ReadRoof(const Workload& workload, const Operands& operands);

}  // namespace actserve::bench
