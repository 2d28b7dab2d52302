// entmax at the alphas that have functions of their own, and the sum that its gradient by alpha is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/inputs.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

Answer AnswerOf(std::string_view function, Direction direction, const Tensor& input, Arguments arguments) {
  Problem problem{.function = FindFunction(function), .direction = direction, .input = input};
  problem.arguments = std::move(arguments);
  if (direction == Direction::kGradient) {
    problem.upstream = Tensor::Of(input.type(), input.shape(), MixedValues(input.elements(), 5));
  }
  return Solve(problem);
}

TEST(Entmax, AgreesWithEntmax15AndSparsemax) {
  for (const DataType type : {DataType::kF64, DataType::kF32}) {
    const double unit = std::ldexp(1, type == DataType::kF64 ? -52 : -23);
    for (const int64_t n : {1, 2, 33, 500}) {
      const Tensor x = Tensor::Of(type, MixedValues(n, static_cast<uint64_t>(n)));
      for (const auto& [alpha, name] : {std::pair(1.5, "entmax15"), {2.0, "sparsemax"}}) {
        for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
          const Tensor y = AnswerOf("entmax", direction, x, {{"alpha", alpha}}).output;
          const Tensor expected = AnswerOf(name, direction, x, {}).output;
          for (int64_t i = 0; i < n; ++i) {
            EXPECT_EQ(y[i] == 0, expected[i] == 0) << name << ", " << n << ", element " << i;
            const double most = direction == Direction::kEvaluate ? std::fabs(expected[i]) : 8;  // terms cancel
            EXPECT_NEAR(y[i], expected[i], 4 * unit * most) << name << ", " << n << ", element " << i;
          }
        }
      }
    }
  }
}

// A member that lies at the threshold, to the last digit, in rows short and long.
TEST(Entmax, WhatIsAtTheThresholdHasNoShare) {
  for (const DataType type : kWideTypes) {
    for (const auto& [name, reach] : {std::pair("entmax15", 2.0), {"sparsemax", 1.0}}) {
      for (const std::vector<double>& x : {std::vector<double>{0, reach}, {reach, 0, 0, 0}, {5, 5 - reach, -1}}) {
        const Tensor y = AnswerOf(name, Direction::kEvaluate, Tensor::Of(type, x), {}).output;
        for (size_t i = 0; i < x.size(); ++i) {
          const double expected = x[i] == *std::max_element(x.begin(), x.end()) ? 1 : 0;
          EXPECT_NEAR(y[static_cast<int64_t>(i)], expected, 1e-15) << name << " of " << Name(type) << ", element " << i;
        }
      }
    }
  }
}

// A row with a NaN has none, and so has the sum.
TEST(Entmax, OneNanIsTheSums) {
  std::vector<double> x = MixedValues(60, 1);
  x[17] = std::nan("");
  const Tensor input = Tensor::Of(DataType::kF32, MakeShape({6, 10}), x);
  EXPECT_TRUE(std::isnan(AnswerOf("entmax", Direction::kGradient, input, {{"alpha", 1.25}}).param_gradients[0][0]));
}

// The sums of rows are added in their order, whatever the axis.
TEST(Entmax, ByAlphaIsTheSameAlongAnotherAxis) {
  const int64_t rows = 70, n = 40;
  const std::vector<double> x = MixedValues(rows * n, 2);
  std::vector<double> across(x.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < n; ++i) across[static_cast<size_t>(i * rows + r)] = x[static_cast<size_t>(r * n + i)];
  }
  Problem problem{.function = FindFunction("entmax"),
                  .direction = Direction::kGradient,
                  .input = Tensor::Of(DataType::kF32, MakeShape({rows, n}), x)};
  problem.arguments = {{"alpha", 1.25}};
  problem.upstream = problem.input;
  const Answer expected = Solve(problem);
  problem.input = Tensor::Of(DataType::kF32, MakeShape({n, rows}), across);
  problem.upstream = problem.input;
  problem.axis = 0;
  EXPECT_TRUE(Solve(problem, Order::kFourThreads).param_gradients == expected.param_gradients);
}

}  // namespace
}  // namespace actserve::testing
