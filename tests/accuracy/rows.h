// Compares the kernels with the oracle for functions of rows.
#pragma once

#include <span>
#include <string_view>

#include "tests/accuracy/curve.h"
#include "tests/accuracy/tally.h"

namespace actserve::accuracy {

// How the numbers of a row are spread.
std::span<const std::string_view> RowKinds();

// One row. The gradient is that of an upstream of mixed numbers; its terms cancel, and an error counts in units of the
// last place of the sum of their magnitudes where that is larger than the exact result.
Tally MeasureRow(const Subject& subject, std::string_view kind, int64_t length);

}  // namespace actserve::accuracy
