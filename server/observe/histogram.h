// A histogram that many threads add to without a lock; prometheus-cpp's own takes a mutex for each value.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <iterator>

#include "prometheus/client_metric.h"

namespace actserve {

// Upper bounds of buckets, inclusive. Small calls take microseconds.
inline constexpr double kSecondBounds[] = {1e-6, 2.5e-6, 5e-6,   1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                                           5e-3, 1e-2,   2.5e-2, 5e-2, 0.1,    0.25, 0.5,  1,      2.5,  5,    10};
inline constexpr double kCountBounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536};

template <const auto& kBounds>
class Histogram {
 public:
  // Any thread.
  void Observe(double value) {
    const size_t bucket = std::lower_bound(std::begin(kBounds), std::end(kBounds), value) - std::begin(kBounds);
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  // Cumulative buckets whose last, +Inf, is the count. While others observe, the sum may be a value ahead or behind.
  prometheus::ClientMetric::Histogram Collect() const {
    prometheus::ClientMetric::Histogram result;
    for (size_t i = 0; i < std::size(kBounds); ++i) {
      result.sample_count += counts_[i].load(std::memory_order_relaxed);
      result.bucket.push_back({result.sample_count, kBounds[i]});
    }
    result.sample_count += counts_.back().load(std::memory_order_relaxed);
    result.sample_sum = sum_.load(std::memory_order_relaxed);
    return result;
  }

 private:
  std::array<std::atomic<uint64_t>, std::size(kBounds) + 1> counts_{};
  std::atomic<double> sum_{0};
};

}  // namespace actserve
