#include "tests/bench/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace actserve::bench {

double Median(std::span<const double> values) {
  if (values.empty()) return std::nan("");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double GeometricMean(std::span<const double> values) {
  double logs = 0;
  for (const double value : values) logs += std::log(value);
  return std::exp(logs / static_cast<double>(values.size()));
}

double PairedRatio(std::span<const double> numerators, std::span<const double> denominators) {
  std::vector<double> ratios(std::min(numerators.size(), denominators.size()));
  for (size_t i = 0; i < ratios.size(); ++i) ratios[i] = numerators[i] / denominators[i];
  return Median(ratios);
}

}  // namespace actserve::bench
