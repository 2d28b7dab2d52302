// topk_softmax: the same bits as softmax of a row in which all but the k largest, of equal ones the first, are -inf.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_format.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/tensor.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

constexpr double kInf = HUGE_VAL;

std::vector<double> Masked(const std::vector<double>& x, int64_t k) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return x[i] > x[j]; });
  std::vector<double> masked(x.size(), -kInf);
  for (size_t i = 0; i < static_cast<size_t>(k); ++i) masked[order[i]] = x[order[i]];
  return masked;
}

using Element = double (*)(Random& random, int64_t i, int64_t n);
constexpr Element kRows[] = {
    [](Random& random, int64_t, int64_t) { return random.Normal(); },
    // Large outliers, and numbers next to each other.
    [](Random& random, int64_t i, int64_t) {
      return i % 50 == 7 ? 1e30 * random.Normal() : 1 + 1e-6 * random.Normal();
    },
    // Every exponent of f32.
    [](Random& random, int64_t, int64_t) {
      return std::ldexp(random.Normal(), static_cast<int>(random.Below(250)) - 140);
    },
    [](Random& random, int64_t, int64_t) { return static_cast<double>(random.Below(4)); },
    [](Random& random, int64_t i, int64_t) { return i % 3 == 0 ? -kInf : static_cast<double>(random.Below(100)) / 8; },
    [](Random& random, int64_t, int64_t) { return random.Below(2) == 0 ? 0.0 : -0.0; },
    [](Random&, int64_t i, int64_t) { return static_cast<double>(i); },
    [](Random&, int64_t i, int64_t) { return -static_cast<double>(i); },
};

void Compare(DataType type, Direction direction, const std::vector<double>& x, int64_t k, double temperature) {
  Problem problem{.function = FindFunction("topk_softmax"), .direction = direction, .input = Tensor::Of(type, x)};
  problem.arguments = {{"k", static_cast<double>(k)}, {"temperature", temperature}};
  Problem masked{.function = FindFunction("softmax"),
                 .direction = direction,
                 .input = Tensor::Of(type, Masked(problem.input.values(), k))};
  masked.arguments = {{"temperature", temperature}};
  if (direction == Direction::kGradient) {
    problem.upstream = masked.upstream =
        Tensor::Of(type, problem.input.shape(), MixedValues(problem.input.elements(), 3));
  }
  ForEachTarget([&](const std::string& target) {
    EXPECT_TRUE(Solve(problem).output == Solve(masked).output)
        << absl::StrFormat("%d of %d, %s, on %s", k, x.size(), Name(type), target);
  });
}

TEST(TopkSoftmax, IsSoftmaxOfTheLargest) {
  for (const DataType type : kDataTypes) {
    for (const Element& element : kRows) {
      for (const int64_t n : {1, 2, 3, 8, 17, 64, 257, 1500}) {
        Random random(static_cast<uint64_t>(n));
        std::vector<double> x;
        for (int64_t i = 0; i < n; ++i) {
          const double value = element(random, i, n);
          x.push_back(type == DataType::kF16 && std::isfinite(value) ? std::clamp(value, -6e4, 6e4) : value);
        }
        for (const int64_t k : {int64_t{1}, int64_t{2}, int64_t{5}, n / 4, n / 2, n - 1, n}) {
          if (k < 1 || k > n) continue;
          Compare(type, Direction::kEvaluate, x, k, 1);
          Compare(type, Direction::kGradient, x, k, 0.5);
        }
      }
    }
  }
}

TEST(TopkSoftmax, IsTheSameInALongRow) {
  Random random(1);
  std::vector<double> x;
  for (int64_t i = 0; i < 200000; ++i) x.push_back(std::round(random.Normal() * 64) / 64);  // a vocabulary's, in bf16
  for (const int64_t k : {1, 50, 1000, 150000}) Compare(DataType::kF32, Direction::kEvaluate, x, k, 1);
}

TEST(TopkSoftmax, TakesTheFirstOfEqualOnes) {
  const Problem problem{.function = FindFunction("topk_softmax"),
                        .direction = Direction::kEvaluate,
                        .input = Tensor::Of(DataType::kF32, std::vector<double>{0, 1, 0, 1, 1, 0}),
                        .arguments = {{"k", 2.0}}};
  EXPECT_EQ(Solve(problem).output.values(), (std::vector<double>{0, 0.5, 0, 0.5, 0, 0}));
}

// Along another axis, where rows are not computed side by side.
TEST(TopkSoftmax, IsTheSameAlongTheFirstAxis) {
  const Shape shape = MakeShape({20, 40});
  Problem problem{.function = FindFunction("topk_softmax"),
                  .direction = Direction::kEvaluate,
                  .input = Tensor::Of(DataType::kF32, shape, MixedValues(shape.elements())),
                  .arguments = {{"k", 3.0}}};
  problem.axis = 0;
  const Tensor output = Solve(problem).output;
  for (int64_t c = 0; c < 40; ++c) {
    std::vector<double> column, expected;
    for (int64_t i = 0; i < 20; ++i) column.push_back(problem.input[i * 40 + c]);
    Problem alone = problem;
    alone.axis = {};
    alone.input = Tensor::Of(DataType::kF32, column);
    for (int64_t i = 0; i < 20; ++i) expected.push_back(output[i * 40 + c]);
    EXPECT_EQ(Solve(alone).output.values(), expected);
  }
}

}  // namespace
}  // namespace actserve::testing
