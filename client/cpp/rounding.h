// Rounds numbers to the 16-bit types. The way back is exact, and in kernels/api/element.h.
#pragma once

#include <cstdint>

namespace actserve::client {

// The nearest binary16, or bfloat16, ties to even, rounded once: a float converts to double exactly. Magnitudes beyond
// the type's become infinity, NaN becomes the quiet NaN of the same sign.
uint16_t RoundToF16(double value);
uint16_t RoundToBF16(double value);

}  // namespace actserve::client
