// Counts of values over many orders of magnitude, in little memory.
#pragma once

#include <cstdint>
#include <vector>

namespace actserve::measure {

// Log-linear, as HdrHistogram is, which Debian has not for C++: each power of two is cut into 256 equal buckets, so
// that a quantile is off by at most 0.2 %. Values from 2^42 on (an hour of nanoseconds) are in one bucket.
class Histogram {
 public:
  Histogram();

  void Add(int64_t value);  // one that is negative counts as 0
  void Add(const Histogram& other);

  int64_t count() const { return count_; }
  int64_t max() const { return max_; }  // exact; 0 of nothing
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  // The least value that at least a share `q` (0 to 1) of all are not above. 0 of nothing.
  double Quantile(double q) const;

 private:
  std::vector<int64_t> buckets_;
  int64_t count_ = 0, max_ = 0;
  double sum_ = 0;
};

}  // namespace actserve::measure
