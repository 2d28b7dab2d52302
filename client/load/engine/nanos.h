// Times and durations of measurements.
#pragma once

#include <cstdint>

namespace actserve::load {

// A point of some monotonic clock, or a duration: nanoseconds.
using Nanos = int64_t;
inline constexpr Nanos kMicrosecond = 1'000, kMillisecond = 1'000'000, kSecond = 1'000'000'000;
inline constexpr Nanos kNever = INT64_MAX;

constexpr double ToSeconds(Nanos nanos) { return static_cast<double>(nanos) * 1e-9; }

}  // namespace actserve::load
