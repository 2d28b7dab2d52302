#include "tests/oracle/format.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace actserve::oracle {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Format, CodesOfNarrowTypes) {
  EXPECT_EQ(Decode(0x3C00, DataType::kF16), 1);
  EXPECT_EQ(Decode(0xC000, DataType::kF16), -2);
  EXPECT_EQ(Decode(0x7BFF, DataType::kF16), 65504);
  EXPECT_EQ(Decode(0x0001, DataType::kF16), std::ldexp(1, -24));
  EXPECT_EQ(Decode(0x0400, DataType::kF16), std::ldexp(1, -14));
  EXPECT_EQ(Decode(0xFC00, DataType::kF16), -kInfinity);
  EXPECT_TRUE(std::isnan(Decode(0xFE01, DataType::kF16)));
  EXPECT_TRUE(std::signbit(Decode(0x8000, DataType::kF16)));
  EXPECT_EQ(Decode(0x3F80, DataType::kBF16), 1);
  EXPECT_EQ(Decode(0x4049, DataType::kBF16), 3.140625);
  EXPECT_EQ(Decode(0x0001, DataType::kBF16), std::ldexp(1, -133));
}

TEST(Format, EveryNarrowNumberSurvivesARoundTrip) {
  for (const DataType type : {DataType::kF16, DataType::kBF16}) {
    for (uint32_t code = 0; code < 65536; ++code) {
      const double value = Decode(code, type);
      if (type == DataType::kBF16 && !std::isnan(value)) {  // a bfloat16 is the upper half of a float
        ASSERT_EQ(std::bit_cast<uint32_t>(static_cast<float>(value)), code << 16);
      }
      const uint64_t expected = !std::isnan(value) ? code : type == DataType::kF16 ? 0x7E00 : 0x7FC0;
      ASSERT_EQ(Encode(value, type), expected);
      if (!std::isnan(value)) {
        ASSERT_EQ(Encode(Round(value, type), type), code);
        ASSERT_EQ(Encode(Round(Real(value), type), type), code);
      }
    }
  }
}

TEST(Format, RoundsToNearestEven) {
  const double f16[][2] = {{1 + 0x1p-11, 1},
                           {1 + 0x1.8p-10, 1 + 0x1p-9},
                           {1 + 0x1.0001p-11, 1 + 0x1p-10},
                           {65519.99, 65504},
                           {65520, kInfinity},
                           {-65520, -kInfinity},
                           {0x1p-25, 0},
                           {0x1.01p-25, 0x1p-24},
                           {0x1.8p-24, 0x1p-23},
                           {0x1.FFFp-15, 0x1p-14},
                           {-0x1p-1000, -0.0},
                           {1e300, kInfinity},
                           {0x1.FFAp-15, 0x1.FF8p-15}};
  for (const auto& [value, expected] : f16) {
    EXPECT_EQ(Encode(Round(value, DataType::kF16), DataType::kF16), Encode(expected, DataType::kF16)) << value;
    EXPECT_EQ(Encode(Round(Real(value), DataType::kF16), DataType::kF16), Encode(expected, DataType::kF16)) << value;
  }
  EXPECT_TRUE(std::isnan(Round(kNaN, DataType::kF32)));
}

// The three ways to round a double to a float agree, the hardware's included.
TEST(Format, RoundsToFloatLikeTheHardware) {
  uint64_t state = 1;
  for (int i = 0; i < 100000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const double value =
        std::ldexp(1 + static_cast<double>(state >> 12) * 0x1p-52, static_cast<int>(state % 300) - 160);
    const double expected = static_cast<float>(value);
    ASSERT_EQ(Round(value, DataType::kF32), expected) << value;
    ASSERT_EQ(Round(Real(value), DataType::kF32), expected) << value;
  }
}

TEST(Format, UlpErrorIsRelativeToTheExactValue) {
  EXPECT_EQ(UlpError(1, Real(1), DataType::kF32), 0);
  EXPECT_EQ(UlpError(1 + 0x1p-23, Real(1), DataType::kF32), 1);
  EXPECT_EQ(UlpError(1, Real(1) + Real::PowerOfTwo(-24), DataType::kF32), 0.5);
  EXPECT_EQ(UlpError(1, Real(1) - Real::PowerOfTwo(-24), DataType::kF32), 1);  // below 1 numbers are twice as dense
  EXPECT_EQ(UlpError(0x1p-149, Real::PowerOfTwo(-150), DataType::kF32), 0.5);
  EXPECT_EQ(UlpError(0, Real::PowerOfTwo(-160), DataType::kF32), 0x1p-11);
  EXPECT_EQ(UlpError(0x1p-149, Real(0), DataType::kF32), 1);
  EXPECT_EQ(UlpError(kNaN, Real(0), DataType::kF32), kInfinity);
  EXPECT_EQ(UlpError(-1, Real(1), DataType::kBF16), 256);
  EXPECT_EQ(UlpError(0x1p-52, Real(0), DataType::kF64, Real(1)), 1);
}

TEST(Format, UlpErrorAtOverflow) {
  const Real largest = 65504;
  EXPECT_EQ(UlpError(kInfinity, Real(65520), DataType::kF16), 0);  // rounds to it
  EXPECT_EQ(UlpError(kInfinity, Real(1e9), DataType::kF16), 0);
  EXPECT_EQ(UlpError(kInfinity, largest, DataType::kF16), 1);
  EXPECT_EQ(UlpError(65504, Real(65520), DataType::kF16), 0.5);
  EXPECT_EQ(UlpError(-kInfinity, largest, DataType::kF16), 4095);
}

}  // namespace
}  // namespace actserve::oracle
