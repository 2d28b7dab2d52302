// The inputs that no block holds, and those that a person has named.
#pragma once

#include <vector>

#include "tests/accuracy/gauge.h"

namespace actserve::accuracy {

// NaN, the infinities and the zeros. All NaNs of the type, of f64 some of each kind. With `canonical` a NaN's result
// has to be the canonical NaN, and results at infinities to have the bits that the metadata states; else it is enough
// to be a NaN, and near the limit.
Tally MeasureSpecials(const Subject& subject, const Compute& compute, bool canonical);

// Inputs by their codes, finite ones, all judged by the oracle.
Tally MeasureCodes(const Curve& curve, const Compute& compute, const std::vector<uint64_t>& codes);

// The powers of two of a type, both signs, and their neighbours; the largest numbers.
std::vector<uint64_t> BoundaryCodes(DataType type);

}  // namespace actserve::accuracy
