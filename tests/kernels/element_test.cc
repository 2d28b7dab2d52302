// Single elements of the 8-bit floating-point types, against an enumeration of all their numbers.
#include "kernels/api/element.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/kernels/inputs.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A type as its specification has it, in the order of its positive codes; what would follow the largest comes last.
struct Specification {
  DataType type;
  std::vector<double> positive;
  uint8_t beyond;  // the code that numbers too large for it have
  uint8_t nan;
};

Specification E4M3() {
  Specification spec{DataType::kF8E4M3, {}, 0x7f, 0x7f};
  for (int code = 0; code <= 0x7e; ++code) {
    const int exponent = code / 8, fraction = code % 8;
    spec.positive.push_back(exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10));
  }
  spec.positive.push_back(480);
  return spec;
}
Specification E5M2() {
  Specification spec{DataType::kF8E5M2, {}, 0x7c, 0x7e};
  for (int code = 0; code <= 0x7b; ++code) {
    const int exponent = code / 4, fraction = code % 4;
    spec.positive.push_back(exponent == 0 ? std::ldexp(fraction, -16) : std::ldexp(4 + fraction, exponent - 17));
  }
  spec.positive.push_back(65536);
  return spec;
}

// The positive code of the nearest number, by looking at all; of two as near, the even code.
int Nearest(double magnitude, const std::vector<double>& numbers) {
  int best = 0;
  for (int code = 1; code < static_cast<int>(numbers.size()); ++code) {
    const double error = std::fabs(numbers[code] - magnitude), least = std::fabs(numbers[best] - magnitude);
    if (error < least || (error == least && code % 2 == 0)) best = code;
  }
  return best;
}

uint8_t Round(DataType type, double value, Overflow overflow) {
  return type == DataType::kF8E4M3 ? F8E4M3::Round(value, overflow) : F8E5M2::Round(value, overflow);
}

class F8Test : public ::testing::TestWithParam<Specification> {};

TEST_P(F8Test, KnowsTheSpecifiedNumbers) {
  const Specification& spec = GetParam();
  const auto count = static_cast<int>(spec.positive.size()) - 1;
  EXPECT_EQ(spec.positive[count - 1], spec.type == DataType::kF8E4M3 ? 448 : 57344);
  for (int code = 0; code < 256; ++code) {
    const std::byte bytes[8] = {static_cast<std::byte>(code)};  // room for any type's, or the compiler worries
    const double value = LoadElement(spec.type, bytes);
    const double reference = oracle::Decode(static_cast<uint64_t>(code), spec.type);
    const int magnitude = code & 0x7f;
    if (magnitude < count) {
      EXPECT_EQ(std::fabs(value), spec.positive[magnitude]) << code;
      EXPECT_EQ(std::signbit(value), code >= 128) << code;
      EXPECT_EQ(oracle::Encode(value, spec.type), static_cast<uint64_t>(code));
      for (const Overflow overflow : {Overflow::kNonSaturating, Overflow::kSaturating}) {
        EXPECT_EQ(Round(spec.type, value, overflow), code);
      }
    } else if (spec.type == DataType::kF8E5M2 && magnitude == 0x7c) {
      EXPECT_EQ(value, code < 128 ? kInfinity : -kInfinity);
    } else {
      EXPECT_TRUE(std::isnan(value)) << code;
    }
    EXPECT_TRUE(value == reference || (std::isnan(value) && std::isnan(reference))) << code;
  }
}

TEST_P(F8Test, RoundsToTheNearest) {
  const Specification& spec = GetParam();
  const std::vector<double>& numbers = spec.positive;
  const auto largest = static_cast<int>(numbers.size()) - 2;
  std::vector<double> values = {0, 1e-300, 5e-324, 1e300, std::numeric_limits<double>::max()};
  for (size_t i = 0; i + 1 < numbers.size(); ++i) {
    const double middle = (numbers[i] + numbers[i + 1]) / 2;
    for (const double value : {numbers[i], middle}) {
      values.insert(values.end(), {value, std::nextafter(value, 0), std::nextafter(value, kInfinity)});
    }
  }
  Random random(1);
  for (int i = 0; i < 20000; ++i)
    values.push_back(std::ldexp(random.Uniform(1, 2), static_cast<int>(random.Below(40)) - 22));
  for (const double magnitude : values) {
    const int nearest = Nearest(std::min(magnitude, numbers.back()), numbers);
    for (const int sign : {0, 0x80}) {
      const double value = sign == 0 ? magnitude : -magnitude;
      const bool beyond = nearest > largest;
      EXPECT_EQ(Round(spec.type, value, Overflow::kSaturating), sign | (beyond ? largest : nearest)) << value;
      const int expected = !beyond ? sign | nearest : spec.beyond == spec.nan ? spec.nan : sign | spec.beyond;
      EXPECT_EQ(Round(spec.type, value, Overflow::kNonSaturating), expected) << value;
      EXPECT_EQ(oracle::Encode(oracle::Round(value, spec.type), spec.type), static_cast<uint64_t>(expected)) << value;
      std::byte stored[8] = {};
      StoreElement(spec.type, value, stored);
      EXPECT_EQ(static_cast<int>(stored[0]), expected);
    }
  }
}

TEST_P(F8Test, KnowsInfinityAndNan) {
  const Specification& spec = GetParam();
  const auto largest = static_cast<uint8_t>(spec.positive.size() - 2);
  EXPECT_EQ(Round(spec.type, kInfinity, Overflow::kSaturating), largest);
  EXPECT_EQ(Round(spec.type, -kInfinity, Overflow::kSaturating), 0x80 | largest);
  EXPECT_EQ(Round(spec.type, kInfinity, Overflow::kNonSaturating), spec.beyond);
  EXPECT_EQ(Round(spec.type, -kInfinity, Overflow::kNonSaturating), spec.type == DataType::kF8E4M3 ? 0x7f : 0xfc);
  for (const Overflow overflow : {Overflow::kNonSaturating, Overflow::kSaturating}) {
    EXPECT_EQ(Round(spec.type, std::nan(""), overflow), spec.nan);
    EXPECT_EQ(Round(spec.type, -std::nan("7"), overflow), spec.nan);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, F8Test, ::testing::Values(E4M3(), E5M2()),
                         [](const auto& info) { return std::string(Name(info.param.type)); });

TEST(CodeTest, RoundsToEvenAndSaturates) {
  const std::pair<double, int> i8[] = {{0.5, 0},     {1.5, 2},       {-2.5, -2},  {-0.5, 0},
                                       {127.5, 127}, {-128.6, -128}, {1e300, 127}};
  for (const auto& [value, code] : i8) EXPECT_EQ(RoundToCode<int8_t>(value), code) << value;
  const std::pair<double, int> u8[] = {{0.5, 0}, {254.5, 254},    {255.5, 255},
                                       {-1, 0},  {-kInfinity, 0}, {kInfinity, 255}};
  for (const auto& [value, code] : u8) EXPECT_EQ(RoundToCode<uint8_t>(value), code) << value;
  EXPECT_EQ(RoundToCode<int8_t>(std::nan("")), 0);
}

}  // namespace
}  // namespace actserve::testing
