// Where to mark an axis.
#pragma once

#include <vector>

namespace actserve::measure {

// Round numbers within [low, high], about `count` of them, ascending; low < high.
std::vector<double> Ticks(double low, double high, int count);

}  // namespace actserve::measure
