// Rounds numbers to the 16-bit and 8-bit floating-point types. The way back is exact, and in kernels/api/element.h.
#pragma once

#include <cstdint>

namespace actserve::client {

// The nearest number of the type, ties to even, rounded once: a float converts to double exactly. Magnitudes beyond the
// type's become infinity (in E4M3, which has none, NaN), NaN becomes the quiet NaN of the same sign.
uint16_t RoundToF16(double value);
uint16_t RoundToBF16(double value);
uint8_t RoundToF8E4M3(double value);
uint8_t RoundToF8E5M2(double value);

}  // namespace actserve::client
