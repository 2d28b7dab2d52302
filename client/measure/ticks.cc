#include "client/measure/ticks.h"

#include <algorithm>
#include <cmath>

namespace actserve::measure {

std::vector<double> Ticks(double low, double high, int count) {
  const double rough = (high - low) / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double slack = step * 1e-9;  // so that an end which is a tick is one
  for (double k = std::ceil((low - slack) / step); k * step <= high + slack; ++k)
    ticks.push_back(std::clamp(k * step, low, high));
  return ticks;
}

}  // namespace actserve::measure
