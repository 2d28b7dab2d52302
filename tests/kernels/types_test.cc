// Inputs and outputs of different types: a call computes in f64 if either is f64, else in f32, and rounds once. So its
// result is, bit for bit, the one for inputs widened to the type of computation, with that type's output rounded once.
// A function from a 16-bit type to the same does as if it computed in f64, but for those of rows and two by channel.
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

class TypesTest : public ::testing::TestWithParam<Case> {};

// Numbers of `type` of every exponent: 2040 of them, for rows of 40 or 51.
std::vector<double> Inputs(DataType type, bool moderate) {
  Random random(3);
  const oracle::Format format = oracle::FormatOf(type);
  const int low = moderate ? -20 : format.min_exponent - format.precision;
  const int high = moderate ? 4 : format.max_exponent;
  std::vector<double> values;
  while (values.size() < 2040) {
    const double sign = random.Below(2) == 0 ? -1 : 1;
    const int exponent = values.size() % 2 == 0 ? static_cast<int>(random.Below(12)) - 7
                                                : low + static_cast<int>(random.Below(high - low));
    values.push_back(sign * oracle::Round(std::ldexp(random.Uniform(1, 2), exponent), type));
  }
  return values;
}

// Whether 16-bit results are rounded from f32 even where inputs have their type.
bool IsInF32(const FunctionInfo& info) {
  return info.kind == FunctionKind::kRowwise || info.name == "prelu" || info.name == "aplu";
}

TEST_P(TypesTest, RoundOnceFromTheTypeOfComputation) {
  const Function* function = GetParam().function;
  const Direction direction = GetParam().direction;
  const oracle::Reference& reference = ReferenceOf(*function);
  const bool rowwise = function->info.kind == FunctionKind::kRowwise;
  const Shape shape = MakeShape({40, 51});
  for (const DataType in : kWideTypes) {
    const std::vector<double> x = Inputs(in, rowwise);
    Problem problem{.function = function,
                    .direction = direction,
                    .input = Tensor::Of(in, shape, x),
                    .arguments = RequiredArgumentsOf(function->info, reference.settings[0])};
    if (direction == Direction::kGradient) problem.upstream = Tensor::Of(in, shape, MixedValues(shape.elements()));
    for (const DataType out : kWideTypes) {
      SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
      const bool nearest = !IsInF32(function->info) && SizeOf(in) == 2 && in == out;
      const DataType compute = nearest || function->info.in_f64 ? DataType::kF64 : ComputeType(in, out);
      Problem widened = problem;
      widened.input = Tensor::Of(compute, shape, x);
      if (problem.upstream) widened.upstream = Tensor::Of(compute, shape, problem.upstream->values());
      widened.output_type = compute;
      if (nearest) widened.arguments = ArgumentsOf(function->info, Rounded(reference.settings[0], DataType::kF32));
      problem.output_type = out;
      ForEachTarget([&](const std::string& target) {
        const Tensor output = Solve(problem).output;
        const Tensor wide = Solve(widened).output;
        for (int64_t i = 0; i < output.elements(); ++i) {
          ASSERT_EQ(output.bits(i), oracle::Encode(oracle::Round(wide[i], out), out))
              << absl::StrFormat("x = %.17g (%a): %.17g, rounded from %.17g", x[static_cast<size_t>(i)],
                                 x[static_cast<size_t>(i)], output[i], wide[i]);
        }
      });
    }
  }
}

// With a direct look at the values: against the exact ones, for every pair of types. For rows, see rowwise_test.cc.
class PointwiseTypesTest : public ::testing::TestWithParam<Case> {};

TEST_P(PointwiseTypesTest, AreWithinBounds) {
  const Function* function = GetParam().function;
  const Direction direction = GetParam().direction;
  const oracle::Reference& reference = ReferenceOf(*function);
  const oracle::Pointwise& f = *reference.pointwise;
  const auto exact = direction == Direction::kEvaluate ? f.value : f.derivative;
  const auto terms = direction == Direction::kEvaluate ? f.value_terms : f.derivative_terms;
  for (const DataType in : kWideTypes) {
    for (const DataType out : kWideTypes) {
      if (in == out) continue;  // accuracy_test.cc
      const DataType compute = ComputeType(in, out);
      const oracle::Setting setting = Rounded(reference.settings[0], compute);
      const Problem problem{.function = function,
                            .direction = direction,
                            .input = Tensor::Of(in, Inputs(in, false)),
                            .output_type = out,
                            .arguments = RequiredArgumentsOf(function->info, reference.settings[0])};
      const Tensor output = Solve(problem).output;
      Judge judge(out, compute, BoundOf(reference, direction, compute));
      for (int64_t i = 0; i < output.elements(); i += 3) {
        const double x = problem.input[i];
        if (!std::isfinite(x)) continue;
        judge.Check(x, output[i], exact(x, setting), terms == nullptr ? oracle::Real(0) : terms(x, setting));
      }
      judge.Report(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, TypesTest, ::testing::ValuesIn(CasesByDirection(All)), NameOf);
INSTANTIATE_TEST_SUITE_P(Kernels, PointwiseTypesTest, ::testing::ValuesIn(CasesByDirection(IsPointwise)), NameOf);

}  // namespace
}  // namespace actserve::testing
