// The runner finds what is wrong, and nothing else: computations with known errors.
#include "tests/accuracy/sweep.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/accuracy/sample.h"
#include "tests/accuracy/special.h"
#include "tests/kernels/cases.h"

namespace actserve::accuracy {
namespace {

// A third is never close to halfway between two numbers: the double's rounding to a narrower type is the correct one.
Curve Third(DataType type) {
  return {.type = type, .exact = [](const Real& x) { return x / 3; }};
}

// x / 3, but for one input, whose result is `ulp` numbers off.
Compute ThirdBut(uint32_t wrong_code, int ulp) {
  return [=](std::span<const std::byte> x, std::span<std::byte> y) {
    for (size_t i = 0; i < x.size(); i += sizeof(float)) {
      uint32_t code;
      std::memcpy(&code, x.data() + i, sizeof code);
      auto result = std::bit_cast<uint32_t>(static_cast<float>(static_cast<double>(std::bit_cast<float>(code)) / 3));
      if (code == wrong_code) result += static_cast<uint32_t>(ulp);
      std::memcpy(y.data() + i, &result, sizeof result);
    }
  };
}

Tally SweepOne(const Curve& curve, const Compute& compute, const Block& block, Density density = {}) {
  Sweep sweep(curve, {compute}, density);
  sweep.Run(block);
  return sweep.tallies()[0];
}

TEST(Sweep, FindsTheOneWrongResult) {
  const Block block = Binade(DataType::kF32, false, 130);
  for (const uint32_t code : {0x41000000U, 0x41000001U, 0x41234567U, 0x417FFFFFU}) {
    const Tally tally = SweepOne(Third(DataType::kF32), ThirdBut(code, 3), block);
    EXPECT_EQ(tally.inputs, block.count());
    EXPECT_EQ(tally.correct, block.count() - 1);
    EXPECT_EQ(tally.over_one, 1);
    EXPECT_EQ(tally.wrong, 0);
    EXPECT_EQ(tally.worst_code, code);
    EXPECT_NEAR(tally.max_ulp, 3, 0.5);
    EXPECT_LT(tally.uncertainty, 1e-5);
  }
}

TEST(Sweep, AnErrorOfOneNumberIsNotCorrect) {
  const Tally tally = SweepOne(Third(DataType::kF32), ThirdBut(0x41234567, 1), Binade(DataType::kF32, false, 130));
  EXPECT_EQ(tally.inputs - tally.correct, 1);
  EXPECT_NEAR(tally.max_ulp, 1, 0.5);
}

TEST(Sweep, CountsSubnormalNumbersAndLeavesZeroOut) {
  const Block block = Binade(DataType::kF32, true, 0);
  const Tally tally = SweepOne(Third(DataType::kF32), ThirdBut(0x80000123, 2), block);
  EXPECT_EQ(tally.inputs, block.count() - 1);
  EXPECT_EQ(tally.inputs - tally.correct, 1);
  EXPECT_EQ(tally.over_one, 1);
  EXPECT_EQ(tally.worst_code, 0x80000123);
}

TEST(Sweep, FindsNanInfinityAndZerosOfTheWrongSign) {
  const Curve tiny{.type = DataType::kF32, .exact = [](const Real& x) { return -Exp(-1000 * x); }};
  const auto results = [](float value) {
    return [value](std::span<const std::byte> x, std::span<std::byte> y) {
      for (size_t i = 0; i < y.size(); i += sizeof value) std::memcpy(y.data() + i, &value, sizeof value);
    };
  };
  const Block block = Binade(DataType::kF32, false, 130).Half(0).Half(1).Half(0);
  EXPECT_EQ(SweepOne(tiny, results(-0.0F), block).correct, block.count());
  const Tally wrong = SweepOne(tiny, results(0), block);
  EXPECT_EQ(wrong.wrong, block.count());
  EXPECT_EQ(wrong.correct, 0);
  EXPECT_FALSE(wrong.wrong_at.empty());
  const Tally nan = SweepOne(tiny, results(NAN), block);
  EXPECT_EQ(nan.over_one, block.count());
  EXPECT_TRUE(std::isinf(nan.max_ulp));
  EXPECT_EQ(SweepOne(tiny, results(-HUGE_VALF), block).over_one, block.count());
}

TEST(Sweep, AStrideTakesEachBlocksFirstAndLastInputs) {
  const Block block = Binade(DataType::kF32, false, 130);
  const Density density{.log2_largest = 20, .stride = 64};
  for (const uint32_t code : {0x41000000U, 0x417FFFFFU}) {
    const Tally tally = SweepOne(Third(DataType::kF32), ThirdBut(code, 3), block, density);
    EXPECT_LT(tally.inputs, block.count() / 16);
    EXPECT_EQ(tally.over_one, 1);
  }
}

// The oracle would take hours for all of them.
TEST(Sweep, AStrideTakesSomeInputsOfACurveThatCannotBeInterpolated) {
  const Curve rough{.type = DataType::kF32, .exact = [](const Real& x) { return Sin(x * Real::PowerOfTwo(40)); }};
  const Block block = Binade(DataType::kF32, false, 130);
  const Tally tally = SweepOne(rough, ThirdBut(0, 0), block, {.log2_largest = 23, .stride = 64});
  EXPECT_GE(tally.inputs, 1000);
  EXPECT_LT(tally.inputs, block.count() / 64);
  EXPECT_EQ(tally.correct, 0);
}

TEST(Sweep, AStrideLeavesNothingOutAtAKink) {
  constexpr uint32_t kKink = 0x41234567;
  const double kink = std::bit_cast<float>(kKink);
  const Curve curve{.type = DataType::kF32, .exact = [=](const Real& x) { return Exp(Abs(x - kink)); }};
  int64_t near = 0;  // inputs of the least block with the kink
  const Compute count = [&](std::span<const std::byte> x, std::span<std::byte>) {
    for (size_t i = 0; i < x.size(); i += sizeof(float)) {
      uint32_t code;
      std::memcpy(&code, x.data() + i, sizeof code);
      near += code / 32 == kKink / 32;
    }
  };
  SweepOne(curve, count, Binade(DataType::kF32, false, 130), {.log2_largest = 23, .stride = 64});
  EXPECT_EQ(near, 32);
}

TEST(Sweep, JudgesEachNumberOfThe16BitTypes) {
  for (const DataType type : {DataType::kF16, DataType::kBF16}) {
    const uint64_t wrong = Binade(type, false, 16).first + 5;
    const Compute compute = [&](std::span<const std::byte> x, std::span<std::byte> y) {
      for (size_t i = 0; i < x.size(); i += 2) {
        uint16_t code;
        std::memcpy(&code, x.data() + i, 2);
        const double third = oracle::Decode(code, type) / 3;
        const auto result =
            static_cast<uint16_t>(oracle::Encode(oracle::Round(third, type), type) + (code == wrong ? 2 : 0));
        std::memcpy(y.data() + i, &result, 2);
      }
    };
    const Tally tally = SweepOne(Third(type), compute, Binade(type, false, 16));
    EXPECT_EQ(tally.inputs - tally.correct, 1);
    EXPECT_EQ(tally.worst_code, wrong);
    EXPECT_NEAR(tally.max_ulp, 2, 0.5);
  }
}

// The kernels, once with the stand-in and once with the oracle for every input: near and far, in tails, and subnormal.
TEST(Sweep, FindsWhatTheOracleFinds) {
  testing::Random random(3);
  for (const Function& function : Functions()) {
    if (!testing::IsPointwise(function.info)) continue;
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      const Subject subject{&function, direction, DataType::kF32, 0};
      for (const int field : {0, 120, 127, 128, 131, 133, 140}) {
        Block block = Binade(DataType::kF32, random.Below(4) != 0, field);
        while (block.log2_count > 9) block = block.Half(static_cast<int>(random.Below(2)));
        std::vector<uint64_t> codes;
        for (int64_t i = 0; i < block.count(); ++i) codes.push_back(block.first + static_cast<uint64_t>(i));
        const Tally exact = MeasureCodes(CurveOf(subject), KernelsOf(subject), codes);
        const Tally tally = SweepOne(CurveOf(subject), KernelsOf(subject), block);
        SCOPED_TRACE(::testing::Message() << function.info.name << " " << Name(direction) << " from " << block.first);
        EXPECT_EQ(tally.inputs, exact.inputs);
        EXPECT_EQ(tally.correct, exact.correct);
        EXPECT_EQ(tally.over_one, exact.over_one);
        EXPECT_EQ(tally.wrong, exact.wrong);
        EXPECT_NEAR(tally.max_ulp, exact.max_ulp, 1e-5);
      }
    }
  }
}

// f64 goes another way: two doubles, random inputs.
TEST(Sample, CountsExactlyTheWrongResults) {
  int64_t inputs = 0, wrong = 0;
  const Compute compute = [&](std::span<const std::byte> x, std::span<std::byte> y) {
    for (size_t i = 0; i < x.size(); i += sizeof(double)) {
      double value;
      std::memcpy(&value, x.data() + i, sizeof value);
      double result = value / 3;
      if (++inputs % 100 == 0) result = std::nextafter(std::nextafter(result, HUGE_VAL), HUGE_VAL), ++wrong;
      std::memcpy(y.data() + i, &result, sizeof result);
    }
  };
  Sample sample(Third(DataType::kF64), compute, 1);
  sample.Run(500'000, 0, 1);
  EXPECT_GT(inputs, 300'000);
  EXPECT_EQ(sample.tally().inputs, inputs);
  EXPECT_EQ(sample.tally().inputs - sample.tally().correct, wrong);
  EXPECT_EQ(sample.tally().over_one, wrong);
  EXPECT_NEAR(sample.tally().max_ulp, 2, 0.5);
}

TEST(Scan, VectorsAndOneByOneAgree) {
  const Curve curve{.type = DataType::kF32, .exact = [](const Real& x) { return Exp(-x); }};
  for (const int field : {126, 129, 132, 133}) {
    Block block = Binade(DataType::kF32, false, field);
    while (block.log2_count > 14) block = block.Half(1);
    const Interpolant f(curve, block);
    const NarrowScan scan(f);
    std::vector<float> results;
    for (int64_t i = 0; i < block.count(); ++i) {
      const double x = oracle::Decode(block.first + static_cast<uint64_t>(i), DataType::kF32);
      const auto y = static_cast<float>(std::exp(-x));
      results.push_back(i % 7 == 0 ? std::nextafterf(y, 1) : i % 1000 == 0 ? -0.0F : i % 1001 == 0 ? NAN : y);
    }
    Verdict sum;
    for (int64_t i = 0; i < block.count(); ++i) {
      const Verdict one = scan.One(i, std::bit_cast<uint32_t>(results[static_cast<size_t>(i)]), 1e30);
      sum.correct += one.correct;
      sum.over_one += one.over_one;
      sum.wrong += one.wrong;
    }
    const Verdict fast = scan.Sum(0, results, 1e30);
    EXPECT_EQ(fast.correct, sum.correct);
    EXPECT_EQ(fast.over_one, sum.over_one);
    EXPECT_EQ(fast.wrong, sum.wrong);
    EXPECT_GT(sum.correct, block.count() / 2);
  }
}

}  // namespace
}  // namespace actserve::accuracy
