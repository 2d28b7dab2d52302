// Compares a computation with the exact curve at every number of a range: f32, f16 and bf16.
#pragma once

#include <vector>

#include "tests/accuracy/gauge.h"
#include "tests/accuracy/scan.h"

namespace actserve::accuracy {

struct Density {
  int log2_largest = 20;  // of the blocks that are interpolated
  // One in every `stride` runs of 4096 inputs, and each block's first and last. Where a curve is so rough that small
  // blocks can nowhere be interpolated, a few of them.
  int stride = 1;
};

// All computations are of the same curve, and get the same inputs.
class Sweep {
 public:
  Sweep(Curve curve, std::vector<Compute> computations, Density density = {});

  // Zero, which a binade's first code may be, is left out: see special.h.
  void Run(const Block& block);

  const std::vector<Tally>& tallies() const { return tallies_; }

 private:
  // Whether no part of a block can be interpolated, as far as a few of them tell.
  bool IsRough(const Block& block) const;
  void Run(const Block& block, const Interpolant& interpolant);
  void Measure(const Block& block, const Interpolant* interpolant, int64_t from, int64_t to);
  void Judge(const NarrowScan& scan, const Interpolant& interpolant, int64_t from, int64_t to, Tally& tally);
  // Of y_.
  uint64_t Result(int64_t i) const;

  Curve curve_;
  std::vector<Compute> computations_;
  Density density_;
  std::vector<Tally> tallies_;
  std::vector<std::byte> x_, y_;
};

}  // namespace actserve::accuracy
