// How numbers are summed: one order, whatever the instruction set, the number of threads and the device.
//
// A sequence is cut into leaves of kLeaf consecutive terms, the last filled up with zeros. In a leaf, term i is added
// to lane i % kLanes, in order; the lanes are then added in pairs, lane j to lane j + half, until one is left. The sums
// of the leaves are added in pairs of neighbours, as a binary tree over their index; a node without a right neighbour
// is passed up as it is. Terms of float are added in double, and terms of double, and exact sums, in double-double; the
// tree of a parameter's gradient, which adds the sums of many threads, is in double-double always. Terms that come with
// their own rounding errors have those added to the low parts.
//
// Exponentials of float, none above 1.5 * 2^kRowRaise (rows-inl.h), are added in float: a lane begins at
// kExponentialStart, so that what an addition takes away is found in two more; that, together with what rounding took
// away from the exponential itself, is summed in float for a block of kBlock terms, that is four to a lane, and in
// double beyond. What a lane ends with, less kExponentialStart, goes to its double when the leaf is full.
#pragma once

#include <cmath>
#include <cstdint>

// Of functions that a GPU runs, too.
#ifdef __CUDACC__
#define ACT_ANYWHERE __host__ __device__
#else
#define ACT_ANYWHERE
#endif

namespace actserve {

struct SummationOrder {
  static constexpr int kLeaf = 1024;
  static constexpr int kLanes = 16;
  static constexpr int kBlock = 64;
  static constexpr double kExponentialStart = 0x1p65;
};

// The unevaluated sum high + low, |low| <= ulp(high) / 2.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  ACT_ANYWHERE double Rounded() const { return high + low; }
};
ACT_ANYWHERE inline double Rounded(double sum) { return sum; }
ACT_ANYWHERE inline double Rounded(DoubleDouble sum) { return sum.Rounded(); }

ACT_ANYWHERE inline double Sum(double a, double b) { return a + b; }

ACT_ANYWHERE inline DoubleDouble Sum(DoubleDouble a, DoubleDouble b) {
  const double sum = a.high + b.high;
  if (!std::isfinite(sum)) return {sum, 0};
  const double part = sum - a.high;
  const double error = (a.high - (sum - part)) + (b.high - part);
  const double low = (a.low + b.low) + error;
  const double high = sum + low;
  return {high, low - (high - sum)};
}

ACT_ANYWHERE inline DoubleDouble Sum(DoubleDouble a, double b) { return Sum(a, DoubleDouble{b, 0}); }

// a / b, to about 2^-104.
ACT_ANYWHERE inline DoubleDouble Quotient(DoubleDouble a, DoubleDouble b) {
  const double high = a.high / b.high;
  const double low = ((std::fma(-high, b.high, a.high) + a.low) - high * b.low) / b.high;
  return {high, low};
}
ACT_ANYWHERE inline double Quotient(double a, double b) { return a / b; }

// a b, and the root of a >= 0 (of a negative, NaN), to about 2^-104.
ACT_ANYWHERE inline DoubleDouble Product(DoubleDouble a, DoubleDouble b) {
  const double product = a.high * b.high;
  const double rest = std::fma(a.high, b.high, -product) + (a.high * b.low + a.low * b.high);
  const double high = product + rest;
  return {high, (product - high) + rest};
}
ACT_ANYWHERE inline double Product(double a, double b) { return a * b; }
ACT_ANYWHERE inline DoubleDouble SquareRoot(DoubleDouble a) {
  const double root = std::sqrt(a.high);
  const double rest = (std::fma(-root, root, a.high) + a.low) / (root + root);
  return {root, root == 0 ? 0 : rest};
}
ACT_ANYWHERE inline double SquareRoot(double a) { return std::sqrt(a); }

// Adds the sums of up to 2^kLevels - 1 leaves (or of whole trees of a power of two of them) in the order above, as they
// come.
template <class Number = DoubleDouble, int kLevels = 48>
class PairwiseTree {
 public:
  ACT_ANYWHERE void Push(Number leaf) {
    int level = 0;
    for (; count_ >> level & 1; ++level) leaf = Sum(nodes_[level], leaf);
    nodes_[level] = leaf;
    ++count_;
  }
  ACT_ANYWHERE Number Total() const {
    Number total = {};
    bool any = false;
    for (int level = 0; count_ >> level != 0; ++level) {
      if (!(count_ >> level & 1)) continue;
      total = any ? Sum(nodes_[level], total) : nodes_[level];
      any = true;
    }
    return total;
  }

 private:
  Number nodes_[kLevels];  // those of the bits set in count_ hold the sum of 2^level leaves
  int64_t count_ = 0;
};

}  // namespace actserve
