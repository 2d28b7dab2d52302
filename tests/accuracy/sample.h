// Compares a computation with the exact curve at a stratified sample of a type that has too many numbers: f64.
#pragma once

#include <vector>

#include "tests/accuracy/gauge.h"
#include "tests/accuracy/scan.h"
#include "tests/kernels/inputs.h"

namespace actserve::accuracy {

// Every sign and exponent is a stratum; those where functions are neither flat nor straight get more. Inputs are random
// numbers of random narrow blocks, which are interpolated; where that does not do, a few are the oracle's.
class Sample {
 public:
  Sample(Curve curve, Compute compute, uint64_t seed);

  // About this many inputs in all, in the strata whose number is `part` modulo `parts`.
  void Run(int64_t inputs, int part, int parts);

  const Tally& tally() const { return tally_; }

 private:
  void Stratum(const Block& binade, int64_t inputs);
  void Draw(const Block& binade, int64_t inputs);
  void Measure(const Interpolant* interpolant, const Block& block, int64_t inputs);

  Curve curve_;
  Compute compute_;
  testing::Random random_;
  Tally tally_;
  std::vector<double> x_, u_, y_;
};

}  // namespace actserve::accuracy
