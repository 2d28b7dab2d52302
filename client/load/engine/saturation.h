// Whether it was the server that a step measured, or actload itself.
#pragma once

#include <string>
#include <vector>

#include "client/load/engine/step.h"

namespace actserve::load {

// Reasons for taking a step's figures to be actload's own, in words; none if it kept up:
// - calls began late, by more than 1 ms and a tenth of the p99, in one of a hundred or more;
// - one of its threads was busy for nine tenths of the time, or waited for a core for a tenth, or all of them together
// used
//   nine tenths of the `cores` that it may use.
std::vector<std::string> LimitsOfActload(const StepResult& result, int cores);

}  // namespace actserve::load
