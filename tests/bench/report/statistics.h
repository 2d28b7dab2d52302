// What is made of repeated measurements.
#pragma once

#include <span>

namespace actserve::bench {

// The middle value, or the mean of the two in the middle. NaN of nothing.
double Median(std::span<const double> values);

// NaN of nothing.
double GeometricMean(std::span<const double> values);

// The median of numerators[i] / denominators[i]: as both were measured one right after the other, what slowed down the
// machine for a while slowed down both. Values beyond the shorter list are left out.
double PairedRatio(std::span<const double> numerators, std::span<const double> denominators);

}  // namespace actserve::bench
