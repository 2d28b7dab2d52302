#include "client/measure/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace actserve::measure {
namespace {

constexpr int kStepBits = 8;
constexpr int64_t kSteps = int64_t{1} << kStepBits;
constexpr int kPowers = 42;  // beyond 2^kPowers, all is one bucket: an hour of nanoseconds

// Values below 2 kSteps have a bucket each.
size_t BucketOf(int64_t value) {
  value = std::clamp<int64_t>(value, 0, (int64_t{1} << kPowers) - 1);
  const int shift = std::max(0, static_cast<int>(std::bit_width(static_cast<uint64_t>(value))) - kStepBits - 1);
  return (value >> shift) + shift * kSteps;
}

double MiddleOf(size_t bucket) {
  if (bucket < 2 * kSteps) return static_cast<double>(bucket);
  const int shift = static_cast<int>(bucket / kSteps) - 1;
  return std::ldexp(static_cast<double>(bucket - shift * kSteps) + 0.5, shift);
}

}  // namespace

Histogram::Histogram() : buckets_(BucketOf(INT64_MAX) + 1) {}

void Histogram::Add(int64_t value) {
  value = std::max<int64_t>(value, 0);
  ++buckets_[BucketOf(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::Quantile(double q) const {
  const auto wanted = std::max<int64_t>(1, std::llround(std::ceil(q * static_cast<double>(count_))));
  int64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return MiddleOf(i);
  }
  return 0;
}

}  // namespace actserve::measure
