#include "client/cpp/rounding.h"

#include <bit>
#include <cmath>

namespace actserve::client {
namespace {

template <int kExponentBits, int kFractionBits>
uint32_t Round(double value) {
  constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  constexpr int kTopExponent = (1 << kExponentBits) - 1;
  constexpr uint32_t kInfinity = uint32_t{kTopExponent} << kFractionBits;
  constexpr int kDropped = 52 - kFractionBits;

  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const uint32_t sign = static_cast<uint32_t>(bits >> 63) << (kExponentBits + kFractionBits);
  if (std::isnan(value)) return sign | kInfinity | 1u << (kFractionBits - 1);

  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023 + kBias;
  if (exponent >= kTopExponent) return sign | kInfinity;
  // Below the type's normal range the exponent stays, and the fraction moves right instead.
  const int shift = kDropped + (exponent > 0 ? 0 : 1 - exponent);
  if (shift > 53) return sign;  // less than half the smallest subnormal
  const uint64_t fraction = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  uint64_t kept = fraction >> shift;
  const uint64_t rest = fraction & ((uint64_t{1} << shift) - 1);
  const uint64_t half = uint64_t{1} << (shift - 1);
  if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  // Added, not or-ed: a carry out of the fraction steps the exponent, up to infinity. `kept` holds the implicit bit.
  const uint32_t below = exponent > 0 ? static_cast<uint32_t>(exponent - 1) << kFractionBits : 0;
  return sign | (below + static_cast<uint32_t>(kept));
}

}  // namespace

uint16_t RoundToF16(double value) { return static_cast<uint16_t>(Round<5, 10>(value)); }
uint16_t RoundToBF16(double value) { return static_cast<uint16_t>(Round<8, 7>(value)); }
uint8_t RoundToF8E5M2(double value) { return static_cast<uint8_t>(Round<5, 2>(value)); }

uint8_t RoundToF8E4M3(double value) {
  const uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (!(std::fabs(value) <= 464)) return sign | 0x7f;  // halfway from the largest number to what would follow it
  // Exponents of 5 bits where the type's are of 4, so that what IEEE-754 would keep for infinities is numbers, too:
  // the type's exponents are lower by 8, and among its subnormal numbers there are no others.
  constexpr double kLeastNormal = 0x1p-6;
  if (std::fabs(value) < kLeastNormal) return sign | static_cast<uint8_t>(std::nearbyint(std::fabs(value) * 0x1p9));
  return sign | static_cast<uint8_t>((Round<5, 3>(value) & 0xff) - (8 << 3));
}

}  // namespace actserve::client
