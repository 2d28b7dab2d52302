// NaN, infinities and zeros, for every element-wise and per-channel function, direction, type and SIMD target.
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

using oracle::Real;

const double kNaN = std::nan("");

class SpecialValuesTest : public ::testing::TestWithParam<Case> {
 protected:
  const Function& function() const { return *GetParam().function; }
  const FunctionInfo& info() const { return function().info; }
  DataType type() const { return GetParam().type; }
  const oracle::Reference& reference() const { return ReferenceOf(function()); }

  Problem MakeProblem(Direction direction, Tensor input) const {
    return {.function = &function(),
            .direction = direction,
            .input = std::move(input),
            .arguments = RequiredArgumentsOf(info(), reference().settings[0])};
  }
};

// Codes of NaNs: both signs, quiet and signalling, all sorts of payloads.
std::vector<uint64_t> NanCodes(DataType type) {
  const uint64_t sign = uint64_t{1} << (8 * SizeOf(type) - 1);
  const uint64_t infinity = oracle::Encode(HUGE_VAL, type);
  const uint64_t quiet = oracle::Encode(kNaN, type) & ~infinity;
  std::vector<uint64_t> codes;
  for (const uint64_t payload :
       {uint64_t{1}, uint64_t{2}, quiet - 1, quiet, quiet + 1, quiet | (quiet - 1), quiet | (quiet >> 1)}) {
    codes.push_back(infinity | payload);
    codes.push_back(sign | infinity | payload);
  }
  return codes;
}

TEST_P(SpecialValuesTest, NanGivesTheCanonicalNanAndLeavesNeighboursAlone) {
  const std::vector<uint64_t> nans = NanCodes(type());
  const uint64_t ordinary = oracle::Encode(0.75, type());
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    // NaNs alone, and NaNs at odd places among others.
    std::vector<uint64_t> codes = nans;
    for (const uint64_t nan : nans) {
      codes.insert(codes.end(), {ordinary, nan, ordinary, ordinary});
    }
    const Problem problem = MakeProblem(direction, Tensor::OfBits(type(), codes));
    const Problem single = MakeProblem(direction, Tensor::OfBits(type(), std::vector{ordinary}));
    ForEachTarget([&](const std::string& target) {
      const Tensor output = Solve(problem).output;
      const uint64_t expected = Solve(single).output.bits(0);
      for (int64_t i = 0; i < output.elements(); ++i) {
        const bool nan = codes[static_cast<size_t>(i)] != ordinary;
        ASSERT_EQ(output.bits(i), nan ? oracle::Encode(kNaN, type()) : expected)
            << Name(direction) << absl::StrFormat(" of code %#x, element %d", codes[static_cast<size_t>(i)], i);
      }
    });
  }
}

TEST_P(SpecialValuesTest, NanOfUpstreamPropagatesAndEveryNanIsCanonical) {
  const std::vector<uint64_t> upstream_codes = [&] {
    std::vector<uint64_t> codes = NanCodes(type());
    codes.push_back(oracle::Encode(HUGE_VAL, type()));
    codes.push_back(oracle::Encode(-HUGE_VAL, type()));
    codes.push_back(oracle::Encode(0, type()));
    return codes;
  }();
  for (const double x : {-HUGE_VAL, -2.0, 0.0, 1.5, HUGE_VAL}) {
    const auto n = static_cast<int64_t>(upstream_codes.size());
    Problem problem = MakeProblem(Direction::kGradient, Tensor::Of(type(), std::vector(static_cast<size_t>(n), x)));
    problem.upstream = Tensor::OfBits(type(), upstream_codes);
    ForEachTarget([&](const std::string& target) {
      const Tensor output = Solve(problem).output;
      for (int64_t i = 0; i < n; ++i) {
        if (std::isnan((*problem.upstream)[i])) {
          ASSERT_TRUE(std::isnan(output[i])) << "x = " << x << ", upstream NaN " << i;
        }
        if (std::isnan(output[i])) {
          ASSERT_EQ(output.bits(i), oracle::Encode(kNaN, type())) << "x = " << x << ", upstream " << i;
        }
      }
    });
  }
}

// Functions whose parameters have defaults: the metadata states the limits at those.
class LimitsTest : public SpecialValuesTest {};

// What the metadata states is what the function does: its limits are those of the reference at ±2^10000, beyond every
// type, where the limit is reached to all digits.
TEST_P(LimitsTest, MetadataStatesTheMathematicalLimits) {
  const oracle::Pointwise& f = *reference().pointwise;
  const oracle::Setting& setting = reference().settings[0];
  const Real infinity = Real::PowerOfTwo(10000);
  const Limits& limits = info().limits;
  const auto expect = [](double stated, const Real& exact, const char* what) {
    EXPECT_EQ(stated, exact.ToDouble()) << what;
    const bool underflow = stated == 0 && !exact.IsZero();
    EXPECT_TRUE(!underflow || std::signbit(stated) == exact.IsNegative()) << what << ": sign of zero";
  };
  expect(limits.value_at_minus_infinity, f.value(-infinity, setting), "value at -inf");
  expect(limits.value_at_plus_infinity, f.value(infinity, setting), "value at +inf");
  expect(limits.derivative_at_minus_infinity, f.derivative(-infinity, setting), "derivative at -inf");
  expect(limits.derivative_at_plus_infinity, f.derivative(infinity, setting), "derivative at +inf");
  expect(limits.derivative_at_zero, f.derivative(0, setting), "derivative at 0");
}

TEST_P(LimitsTest, ResultsAtInfinitiesAndZerosAreTheMetadatas) {
  const Limits& limits = info().limits;
  const std::vector<double> x = {-HUGE_VAL, HUGE_VAL, 0.0, -0.0};
  const Problem value = MakeProblem(Direction::kEvaluate, Tensor::Of(type(), x));
  const Problem derivative = MakeProblem(Direction::kGradient, Tensor::Of(type(), x));
  const DataType compute = ComputeType(type(), type());
  const auto code = [&](double limit) {
    return oracle::Encode(oracle::Round(oracle::Round(limit, compute), type()), type());
  };
  // The metadata's values at 0 are for the default parameters, which f32 may have to round.
  const oracle::Setting setting = Rounded(reference().settings[0], compute);
  const double slope_at_zero = setting == reference().settings[0]
                                   ? limits.derivative_at_zero
                                   : reference().pointwise->derivative(0, setting).ToDouble();
  ForEachTarget([&](const std::string& target) {
    const Tensor y = Solve(value).output;
    EXPECT_EQ(y.bits(0), code(limits.value_at_minus_infinity)) << "value at -inf is " << y[0];
    EXPECT_EQ(y.bits(1), code(limits.value_at_plus_infinity)) << "value at +inf is " << y[1];
    const double at_zero = reference().pointwise->value(0, setting).ToDouble();
    EXPECT_EQ(y[2], oracle::Round(at_zero, type())) << "value at 0";
    EXPECT_EQ(y[3], oracle::Round(at_zero, type())) << "value at -0";
    const Tensor d = Solve(derivative).output;
    EXPECT_EQ(d.bits(0), code(limits.derivative_at_minus_infinity)) << "derivative at -inf is " << d[0];
    EXPECT_EQ(d.bits(1), code(limits.derivative_at_plus_infinity)) << "derivative at +inf is " << d[1];
    EXPECT_EQ(d.bits(2), code(slope_at_zero)) << "derivative at 0 is " << d[2];
    EXPECT_EQ(d.bits(3), code(slope_at_zero)) << "derivative at -0 is " << d[3];
  });
}

// For any parameters, results at ±inf are the reference's beyond the range of the type.
TEST_P(SpecialValuesTest, ResultsAtInfinitiesAreTheLimitsForAnyParameters) {
  const oracle::Pointwise& f = *reference().pointwise;
  const DataType compute = ComputeType(type(), type());
  for (size_t s = 0; s < reference().settings.size(); ++s) {
    const oracle::Setting setting = Rounded(reference().settings[s], compute);
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      Problem problem = MakeProblem(direction, Tensor::Of(type(), std::vector{-HUGE_VAL, HUGE_VAL}));
      problem.arguments = ArgumentsOf(info(), reference().settings[s]);
      const auto exact = direction == Direction::kEvaluate ? f.value : f.derivative;
      // A derivative may be a sum of parameters; a value is a limit, to be met exactly.
      const auto terms = direction == Direction::kEvaluate ? nullptr : f.derivative_terms;
      ForEachTarget([&](const std::string& target) {
        const Tensor output = Solve(problem).output;
        Judge judge(type(), compute, BoundOf(reference(), direction, compute));
        for (const int64_t i : {0, 1}) {
          const Real x = (i == 0 ? -1 : 1) * Real::PowerOfTwo(10000);
          judge.Check(problem.input[i], output[i], exact(x, setting), terms == nullptr ? Real(0) : terms(x, setting));
        }
        judge.Report(absl::StrFormat("%s, setting %d", Name(direction), s));
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, SpecialValuesTest, ::testing::ValuesIn(CasesByType(IsPointwise)), NameOf);
INSTANTIATE_TEST_SUITE_P(Kernels, LimitsTest, ::testing::ValuesIn(CasesByType(HasLimits)), NameOf);

}  // namespace
}  // namespace actserve::testing
