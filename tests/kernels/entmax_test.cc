// entmax at the alphas that have functions of their own, next to the threshold, and the sum that its gradient by alpha
// is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/exact.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
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

// Both directions, by the oracle.
void Check(const Tensor& x, double alpha, const std::string& what) {
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    Problem problem{.function = FindFunction("entmax"), .direction = direction, .input = x};
    problem.arguments = {{"alpha", alpha}};
    if (direction == Direction::kGradient) problem.upstream = Tensor::Of(x.type(), MixedValues(x.elements(), 11));
    const Tensor y = Solve(problem).output;
    const Exact exact = ExactOutput(problem);
    const oracle::Reference& reference = ReferenceOf(*problem.function);
    const DataType compute = ComputeType(x.type(), x.type());
    Judge judge(x.type(), compute, BoundOf(reference, direction, compute), /*signed_zeros=*/false);
    for (int64_t i = 0; i < y.elements(); ++i) {
      const auto at = static_cast<size_t>(i);
      judge.Check(x[i], y[i], exact.values[at], exact.terms[at]);
    }
    judge.Report(absl::StrFormat("%s of %s, %s, alpha %g, row of %d", Name(direction), Name(x.type()), what, alpha,
                                 x.elements()));
  }
}

constexpr double kAlphas[] = {1.0078125, 1.01, 1.0625, 1.25, 1.5, 1.75, 1.984375, 2};

// What is left of k elements with a share of 1 / k each is at the threshold, exactly where these shares' bases are
// powers of two. It has no part in the gradient, not even where that would jump.
TEST(Entmax, WhatIsExactlyAtTheThresholdHasNoGradient) {
  for (const DataType type : kWideTypes) {
    for (const double beta : {1.0, 0.5, 0.25, 0.125}) {
      for (const int log_k : {0, 1, 2, 3, 4, 6, 8, 9}) {
        if (log_k * beta != std::floor(log_k * beta)) continue;
        const double above = std::ldexp(1, static_cast<int>(-log_k * beta)) / beta;
        for (const double tau : {0.0, 3.0, -above}) {
          std::vector<double> x(size_t{1} << log_k, tau + above);
          x.insert(x.end(), {tau, tau, tau, tau - 1});
          Check(Tensor::Of(type, x), 1 + beta, "some at the threshold");
          const double next = type == DataType::kF64 ? 0x1p-50 : 0x1p-20;
          x.push_back(tau + next);
          Check(Tensor::Of(type, x), 1 + beta, "some at the threshold and one above");
        }
      }
    }
  }
}

TEST(Entmax, TiesAreWithinBounds) {
  for (const double alpha : kAlphas) {
    for (const int64_t n : {2, 3, 7, 33, 100, 256, 1000}) {
      Random random(static_cast<uint64_t>(n));
      std::vector<double> x;
      for (int64_t i = 0; i < n; ++i) x.push_back(0.5 * static_cast<double>(random.Below(8)));
      Check(Tensor::Of(DataType::kF64, x), alpha, "ties");
    }
  }
}

// The threshold of a row, by the largest element's share: that is (beta (max - tau))^(1 / beta).
double ThresholdOf(const Tensor& x, double alpha) {
  Problem problem{.function = FindFunction("entmax"), .direction = Direction::kEvaluate, .input = x};
  problem.arguments = {{"alpha", alpha}};
  const std::vector<double> values = x.values();
  const auto top = std::max_element(values.begin(), values.end());
  const oracle::Real beta = oracle::Real(alpha) - 1;
  const oracle::Real share = ExactOutput(problem).values[static_cast<size_t>(top - values.begin())];
  return (*top - oracle::Exp(oracle::Log(share) * beta) / beta).ToDouble();
}

TEST(Entmax, WhatIsNextToTheThresholdIsWithinBounds) {
  for (const DataType type : kWideTypes) {
    const double unit = std::ldexp(1, type == DataType::kF64 ? -52 : -23);
    for (const double alpha : kAlphas) {
      for (const int64_t n : {1, 3, 33}) {
        Random random(static_cast<uint64_t>(n));
        std::vector<double> x;
        for (int64_t i = 0; i < n; ++i) x.push_back(random.Normal());
        const double tau = ThresholdOf(Tensor::Of(type, x), alpha);
        for (const double ulps : {0.0, -1.0, 1.0, 2.0, 16.0, 4096.0}) {
          std::vector<double> row = x;
          row.push_back(tau + ulps * unit * std::max(1.0, std::fabs(tau)));
          Check(Tensor::Of(type, row), alpha, absl::StrFormat("one %g ULP from the threshold", ulps));
        }
      }
    }
  }
}

// An element that is not 0 by less than a difference from the maximum can tell.
TEST(Entmax, WhatIsHardlyAboveTheThresholdIsAMember) {
  for (const DataType type : kWideTypes) {
    for (const double alpha : {1.5, 1.984375, 2.0}) {
      for (const double little : {0x1p-60, 0x1p-40, -0x1p-60}) {
        Check(Tensor::Of(type, std::vector{1 / (alpha - 1), little}), alpha, "hardly above, or below");
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
