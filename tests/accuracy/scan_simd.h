// Verdicts on many results at once: what verdict.h says, on vectors.
#pragma once

#include "tests/accuracy/scan.h"

namespace actserve::accuracy {

// Add the verdicts on the first results, and return on how many: the others do not fill a vector, or the machine has no
// vectors that will do.
int64_t SumNarrow(const NarrowScan& scan, int64_t first, std::span<const float> results, double worst, Verdict& sum);
int64_t SumPair(const PairScan& scan, std::span<const double> u, std::span<const double> results, double worst,
                Verdict& sum);

}  // namespace actserve::accuracy
