// Every element-wise and per-channel function, direction and type: close to the exact value, and the same bits on every
// SIMD target. Row-wise functions are in rowwise_test.cc.
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

class AccuracyTest : public ::testing::TestWithParam<Case> {
 protected:
  const Function& function() const { return *GetParam().function; }
  const oracle::Reference& reference() const { return ReferenceOf(function()); }

  // Inputs for the i-th setting of parameters: fewer for other than the first, the default.
  Tensor Inputs(size_t setting) const {
    const DataType type = GetParam().type;
    const int thinning = setting == 0 ? 1 : 7;
    return Tensor::OfBits(type,
                          SizeOf(type) == 2 ? AllCodes(thinning) : SampleCodes(type, reference().points, thinning));
  }

  void CheckAgainstExact(const Tensor& input, const Tensor& output, const oracle::Setting& setting) const {
    const auto& [name, function, direction, type, output_type] = GetParam();
    const oracle::Pointwise& f = *reference().pointwise;
    const bool evaluate = direction == Direction::kEvaluate;
    const auto exact = evaluate ? f.value : f.derivative;
    const auto terms = evaluate ? f.value_terms : f.derivative_terms;
    const DataType compute = ComputeType(type, type);
    const oracle::Bound& bound = evaluate ? reference().value : reference().gradient;
    Judge judge = SizeOf(type) == 2 ? Judge(type, type, bound.narrow) : Judge(type, compute, BoundOf(bound, compute));
    for (int64_t i = 0; i < input.elements(); ++i) {
      const double x = input[i];
      if (!std::isfinite(x)) continue;  // special_values_test.cc
      judge.Check(x, output[i], exact(x, setting), terms == nullptr ? oracle::Real(0) : terms(x, setting));
    }
    judge.Report("against the exact value");
  }
};

void ExpectSameBits(const Tensor& input, const Tensor& expected, const Tensor& actual) {
  if (expected == actual) return;
  for (int64_t i = 0; i < input.elements(); ++i) {
    ASSERT_EQ(actual.bits(i), expected.bits(i))
        << absl::StrFormat("other bits than on target %s at element %d, x = %.17g (%a): %.17g, there %.17g",
                           CpuTargets().front(), i, input[i], input[i], actual[i], expected[i]);
  }
}

TEST_P(AccuracyTest, IsWithinBoundsAndTheSameOnEveryTarget) {
  for (size_t s = 0; s < reference().settings.size(); ++s) {
    const oracle::Setting& given = reference().settings[s];
    const oracle::Setting setting = Rounded(given, ComputeType(GetParam().type, GetParam().type));
    SCOPED_TRACE(absl::StrFormat("setting %d of %s", s, function().info.name));
    const FunctionInfo& info = function().info;
    const Problem problem{.function = &function(),
                          .direction = GetParam().direction,
                          .input = Inputs(s),
                          .arguments = s == 0 ? RequiredArgumentsOf(info, given) : ArgumentsOf(info, given)};
    std::optional<Tensor> first;
    ForEachTarget([&](const std::string& target) {
      const Answer answer = Solve(problem);
      if (first) return ExpectSameBits(problem.input, *first, answer.output);
      first = answer.output;
      CheckAgainstExact(problem.input, answer.output, setting);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, AccuracyTest, ::testing::ValuesIn(CasesByDirectionAndType(IsPointwise)), NameOf);

}  // namespace
}  // namespace actserve::testing
