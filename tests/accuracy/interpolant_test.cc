// The stand-in for the oracle is within its bound, and does not stand in where the curve is not smooth.
#include <gtest/gtest.h>

#include "tests/accuracy/polynomial.h"
#include "tests/kernels/inputs.h"

namespace actserve::accuracy {
namespace {

struct Shape {
  const char* name;
  Real (*exact)(const Real& x);
};

constexpr Shape kSmooth[] = {
    {"exp", [](const Real& x) { return Exp(x); }},
    {"cubic with a root in 1.5", [](const Real& x) { return (x - 1.5) * (1 + Square(x)); }},
    {"logistic", [](const Real& x) { return 1 / (1 + Exp(-x)); }},
    {"pole at 0", [](const Real& x) { return 1 / x; }},
};

TEST(Interpolant, BoundHoldsAtRandomPoints) {
  testing::Random random(1);
  for (const Shape& shape : kSmooth) {
    for (const DataType type : {DataType::kF32, DataType::kF64}) {
      const Curve curve{.type = type, .exact = shape.exact};
      for (int i = 0; i < 50; ++i) {
        const int field = (type == DataType::kF32 ? 127 : 1023) + static_cast<int>(random.Below(12)) - 6;
        Block block = Binade(type, i % 2 != 0, field);
        for (int64_t halvings = random.Below(12); halvings > 0; --halvings) block = block.Half(i % 3 == 0);
        const Interpolant f(curve, block);
        const DoublePolynomial narrow(f);
        const PairPolynomial pair(f);
        for (int j = 0; j < 20; ++j) {
          const double u = block.U(random.Below(block.count()));
          const Real exact = curve.exact(block.At(u));
          SCOPED_TRACE(::testing::Message() << shape.name << " at " << block.At(u).ToString());
          EXPECT_TRUE(Abs(f.At(u) - exact) <= f.bound);
          EXPECT_TRUE(Abs(narrow.At(u) - exact) <= narrow.bound);
          const PairPolynomial::Pair p = pair.At(u);
          EXPECT_TRUE(Abs(Real(p.high) + p.low - exact.TimesPowerOfTwo(pair.scale)) <= pair.bound);
        }
      }
    }
  }
}

TEST(Interpolant, SuitsWhereTheCurveIsSmooth) {
  const Interpolant f({.type = DataType::kF32, .exact = kSmooth[0].exact}, Binade(DataType::kF32, false, 127));
  EXPECT_TRUE(f.Suits(20));
  EXPECT_EQ(f.sign, 1);
}

// Each defect is at a place of its own in every block.
TEST(Interpolant, DoesNotSuitAKinkOrAJump) {
  testing::Random random(2);
  for (int i = 0; i < 200; ++i) {
    const Block block = Binade(DataType::kF32, false, 127).Half(0);
    const double at = random.Uniform(1.001, 1.499);
    const auto suits = [&](auto exact) {
      return Interpolant({.type = DataType::kF32, .exact = exact}, block).Suits(20);
    };
    EXPECT_FALSE(suits([&](const Real& x) { return x + Max(0, x - at) / 1000; })) << "kink at " << at;
    EXPECT_FALSE(suits([&](const Real& x) { return x < at ? x : x * (1 + Real::PowerOfTwo(-40)); }))
        << "jump at " << at;
  }
}

// A constant may lie halfway between two results, where no bound but 0 would tell what it rounds to.
TEST(Interpolant, AConstantHasNoError) {
  const Interpolant f({.type = DataType::kF32, .exact = [](const Real&) { return Real(1 + 0x1p-24); }},
                      Binade(DataType::kF32, true, 127));
  EXPECT_TRUE(f.bound.IsZero());
  EXPECT_EQ(DoublePolynomial(f).bound, 0);
  EXPECT_EQ(DoublePolynomial(f).At(0.3), 1 + 0x1p-24);
  EXPECT_EQ(PairPolynomial(f).bound, 0);
}

// As are a quarter of half the subnormal numbers.
TEST(Interpolant, ALineThatDoublesHoldHasNoError) {
  const Block block = Binade(DataType::kF32, true, 0).Half(1);
  const Interpolant quarter({.type = DataType::kF32, .exact = [](const Real& x) { return x / 4; }}, block);
  EXPECT_TRUE(quarter.bound.IsZero());
  const DoublePolynomial line(quarter);
  EXPECT_EQ(line.bound, 0);
  for (const int64_t i : {int64_t{0}, int64_t{1}, int64_t{12345}, block.count() - 1}) {
    EXPECT_EQ(line.At(block.U(i)), block.At(block.U(i)).ToDouble() / 4);
  }
  const Interpolant third({.type = DataType::kF32, .exact = [](const Real& x) { return x / 3; }}, block);
  EXPECT_GT(DoublePolynomial(third).bound, 0);
}

TEST(Block, MapsItsNumbersToTheInterval) {
  const Block block{DataType::kF32, 0x3F800100, 5};
  EXPECT_EQ(block.U(0), -1);
  EXPECT_EQ(block.U(16), 0);
  for (int64_t i = 0; i < block.count(); ++i) {
    EXPECT_EQ(block.At(block.U(i)).ToDouble(), oracle::Decode(block.first + static_cast<uint64_t>(i), block.type));
  }
}

}  // namespace
}  // namespace actserve::accuracy
