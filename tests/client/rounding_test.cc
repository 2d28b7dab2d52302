#include "client/cpp/rounding.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"
#include "kernels/api/element.h"

namespace actserve::client {
namespace {

struct Format {
  const char* name;
  uint16_t (*round)(double);
  double (*value)(uint16_t);
  uint16_t infinity;  // or what has its place
  uint16_t sign = 0x8000;
};
uint16_t ToE4M3(double value) { return RoundToF8E4M3(value); }
uint16_t ToE5M2(double value) { return RoundToF8E5M2(value); }
double OfE4M3(uint16_t code) { return F8E4M3::ValueOf(static_cast<uint8_t>(code)); }
double OfE5M2(uint16_t code) { return F8E5M2::ValueOf(static_cast<uint8_t>(code)); }
const Format kFormats[] = {{"f16", RoundToF16, ValueOfF16, 0x7c00},
                           {"bf16", RoundToBF16, ValueOfBF16, 0x7f80},
                           {"f8e4m3fn", ToE4M3, OfE4M3, 0x7f, 0x80},
                           {"f8e5m2", ToE5M2, OfE5M2, 0x7c, 0x80}};

// Every number of the format, and every point where rounding goes the other way.
TEST(Rounding, IsNearestAndToEvenForEveryNumber) {
  for (const Format& format : kFormats) {
    for (uint32_t bits = 0; bits < format.infinity; ++bits) {
      const double here = format.value(static_cast<uint16_t>(bits));
      ASSERT_EQ(format.round(here), bits) << format.name;
      ASSERT_EQ(format.round(-here), bits | format.sign) << format.name;
      // Past the largest number lies what would follow if the exponents went on.
      const double next = bits + 1 < format.infinity ? format.value(static_cast<uint16_t>(bits + 1))
                                                     : 2 * here - format.value(static_cast<uint16_t>(bits - 1));
      const double middle = here + (next - here) / 2;
      const uint32_t even = bits % 2 == 0 ? bits : bits + 1;
      ASSERT_EQ(format.round(middle), even) << format.name << ' ' << bits;
      ASSERT_EQ(format.round(std::nextafter(middle, 0)), bits) << format.name;
      ASSERT_EQ(format.round(std::nextafter(middle, INFINITY)), bits + 1) << format.name;
      ASSERT_EQ(format.round(-middle), even | format.sign) << format.name;
    }
  }
}

TEST(Rounding, KeepsNanAndItsSign) {
  for (const Format& format : kFormats) {
    for (const uint64_t bits : {0x7ff8000000000000, 0x7ff0000000000001, 0x7fffffffffffffff, 0x7ff0000000001000}) {
      for (const uint64_t sign : {uint64_t{0}, uint64_t{1} << 63}) {
        const uint16_t rounded = format.round(std::bit_cast<double>(bits | sign));
        EXPECT_TRUE(std::isnan(format.value(rounded))) << format.name;
        EXPECT_EQ((rounded & format.sign) != 0, sign != 0) << format.name;
      }
    }
  }
}

TEST(Rounding, HasLimits) {
  for (const Format& format : kFormats) {
    EXPECT_EQ(format.round(INFINITY), format.infinity);
    EXPECT_EQ(format.round(-INFINITY), format.infinity | format.sign);
    EXPECT_EQ(format.round(std::numeric_limits<double>::max()), format.infinity);
    EXPECT_EQ(format.round(0.0), 0);
    EXPECT_EQ(format.round(-0.0), format.sign);
    EXPECT_EQ(format.round(std::numeric_limits<double>::denorm_min()), 0);
    EXPECT_EQ(format.round(-std::numeric_limits<double>::min()), format.sign);
  }
}

// 1 + 2^-11 + 2^-40 is above the middle of two f16, and would be on it after rounding to f32 first.
TEST(Rounding, RoundsOnce) { EXPECT_EQ(RoundToF16(1 + std::ldexp(1, -11) + std::ldexp(1, -40)), RoundToF16(1) + 1); }

}  // namespace
}  // namespace actserve::client
