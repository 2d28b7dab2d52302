// Functions of rows: close to the exact values for rows of every length and kind, the same along every axis.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/exact.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

const double kNaN = std::nan("");

struct RowKind {
  const char* name;
  double (*element)(Random& random, int64_t i, int64_t n);
};

constexpr RowKind kRowKinds[] = {
    {"normal", [](Random& random, int64_t, int64_t) { return random.Normal(); }},
    {"wide", [](Random& random, int64_t, int64_t) { return 30 * random.Normal(); }},
    {"close together", [](Random& random, int64_t, int64_t) { return 1 + 1e-3 * random.Normal(); }},
    {"ties", [](Random& random, int64_t, int64_t) { return 0.25 * static_cast<double>(random.Below(3)); }},
    {"all equal", [](Random&, int64_t, int64_t) { return 0.3; }},
    {"very low", [](Random&, int64_t, int64_t) { return -1e30; }},
    {"far below zero", [](Random& random, int64_t, int64_t) { return -5e4 + 40 * random.Normal(); }},
    {"huge", [](Random& random, int64_t, int64_t) { return 1e30 * random.Normal(); }},
    {"descending", [](Random&, int64_t i, int64_t) { return -0.5 * static_cast<double>(i); }},
    {"one stands out", [](Random& random, int64_t i, int64_t n) { return i == n / 3 ? 40.0 : random.Normal(); }},
    {"masked", [](Random& random, int64_t i, int64_t) { return i % 3 == 1 ? -HUGE_VAL : 3 * random.Normal(); }},
};

class RowwiseTest : public ::testing::TestWithParam<Case> {
 protected:
  const Function& function() const { return *GetParam().function; }
  const oracle::Reference& reference() const { return ReferenceOf(function()); }
  Direction direction() const { return GetParam().direction; }
  DataType type() const { return GetParam().type; }
  double nothing() const { return reference().rowwise->nothing; }

  Problem MakeProblem(Tensor input) const {
    Problem problem{.function = &function(), .direction = direction(), .input = std::move(input)};
    problem.arguments = RequiredArgumentsOf(function().info, reference().settings[0]);
    if (direction() == Direction::kGradient) {
      problem.upstream = Tensor::Of(type(), problem.input.shape(), MixedValues(problem.input.elements(), 5));
    }
    return problem;
  }

  Tensor MakeRow(const RowKind& kind, int64_t n) const {
    Random random(static_cast<uint64_t>(n));
    std::vector<double> row;
    const double most = type() == DataType::kF16 ? 65504 : HUGE_VAL;  // f16 has no 1e30
    for (int64_t i = 0; i < n; ++i) {
      const double value = kind.element(random, i, n);
      row.push_back(std::isinf(value) ? nothing() : std::clamp(value, -most, most));
    }
    return Tensor::Of(type(), row);
  }

  // On every target: one row against the reference, and the same bits everywhere.
  void CheckRow(const Problem& problem, const std::string& what) const {
    const DataType compute = ComputeType(type(), type());
    const Exact exact = ExactOutput(problem);
    std::optional<Tensor> first;
    ForEachTarget([&](const std::string& target) {
      const Tensor output = Solve(problem).output;
      if (first) {
        EXPECT_TRUE(output == *first) << what << ": other bits than on " << CpuTargets().front();
        return;
      }
      first = output;
      Judge judge(type(), compute, BoundOf(reference(), direction(), compute), /*signed_zeros=*/false);
      for (int64_t i = 0; i < output.elements(); ++i) {
        judge.Check(problem.input[i], output[i], exact.values[static_cast<size_t>(i)],
                    exact.terms[static_cast<size_t>(i)]);
      }
      judge.Report(what);
    });
  }
};

TEST_P(RowwiseTest, IsWithinBounds) {
  for (const RowKind& kind : kRowKinds) {
    for (const int64_t n : {1, 2, 3, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1000}) {
      CheckRow(MakeProblem(MakeRow(kind, n)), absl::StrFormat("row of %d, %s", n, kind.name));
    }
  }
}

TEST_P(RowwiseTest, IsWithinBoundsForLongRows) {
  const int64_t n = SlowTests() ? 1000000 : 100000;
  for (const int kind : {0, 1, 3, 5}) {
    const RowKind& row = kRowKinds[kind];
    CheckRow(MakeProblem(MakeRow(row, n)), absl::StrFormat("row of %d, %s", n, row.name));
  }
}

TEST_P(RowwiseTest, IsWithinBoundsForOtherParameters) {
  for (size_t s = 1; s < reference().settings.size(); ++s) {
    for (const RowKind& kind : kRowKinds) {
      for (const int64_t n : {3, 257}) {
        if (!FitsRow(function().info, reference().settings[s], n)) continue;
        Problem problem = MakeProblem(MakeRow(kind, n));
        problem.arguments = ArgumentsOf(function().info, reference().settings[s]);
        CheckRow(problem, absl::StrFormat("row of %d, %s, setting %d", n, kind.name, s));
      }
    }
  }
}

// The row of element `i`'s line along `axis`, as offsets of its elements.
std::vector<int64_t> RowOffsets(const Shape& shape, int axis, int64_t outer, int64_t inner) {
  std::vector<int64_t> offsets;
  offsets.reserve(static_cast<size_t>(shape.dim(axis)));
  for (int64_t k = 0; k < shape.dim(axis); ++k) {
    offsets.push_back((outer * shape.dim(axis) + k) * shape.inner(axis) + inner);
  }
  return offsets;
}

Tensor Gather(const Tensor& from, const std::vector<int64_t>& offsets) {
  std::vector<uint64_t> bits;
  for (const int64_t offset : offsets) bits.push_back(from.bits(offset));
  return Tensor::OfBits(from.type(), bits);
}

TEST_P(RowwiseTest, IsTheSameAlongEveryAxis) {
  const std::vector<std::vector<int64_t>> shapes = {{1, 1, 1},
                                                    {2, 3, 4},
                                                    {5, 1, 7},
                                                    {2, 2, 2, 2, 2, 2, 2, 2},
                                                    {1, 3, 2, 1, 2, 5, 1, 2},
                                                    {3, 1000},
                                                    {1000, 3},
                                                    {2, 257, 33},
                                                    {300, 17},
                                                    {2, 5, 131},
                                                    {1, 66, 63},
                                                    {19, 300}};
  for (const std::vector<int64_t>& dims : shapes) {
    const Shape shape = MakeShape(dims);
    Problem problem = MakeProblem(Tensor::Of(type(), shape, MixedValues(shape.elements())));
    for (int axis = 0; axis < shape.rank(); ++axis) {
      SCOPED_TRACE(absl::StrFormat("shape %s, axis %d", shape.ToString(), axis));
      problem.axis = axis;
      ForEachTarget([&](const std::string& target) {
        const Tensor output = Solve(problem).output;
        Problem negative = problem;
        negative.axis = axis - shape.rank();
        EXPECT_TRUE(Solve(negative).output == output) << "axis " << *negative.axis << " differs";
        for (int64_t outer = 0; outer < shape.outer(axis); ++outer) {
          for (int64_t inner = 0; inner < shape.inner(axis); ++inner) {
            const std::vector<int64_t> offsets = RowOffsets(shape, axis, outer, inner);
            Problem alone = MakeProblem(Gather(problem.input, offsets));
            if (problem.upstream) alone.upstream = Gather(*problem.upstream, offsets);
            ASSERT_TRUE(Solve(alone).output == Gather(output, offsets)) << "row " << outer << ", " << inner;
          }
        }
      });
    }
  }
}

// Rows beside each other may be computed together: those of one kind, and of all kinds; with large upstreams too.
TEST_P(RowwiseTest, IsTheSameBesideRowsOfAnyKind) {
  constexpr int64_t kTogether = 16, kKinds = std::size(kRowKinds);
  const double large = type() == DataType::kF16 ? 6e4 : type() == DataType::kF64 ? 1e300 : 1e38;
  for (const int64_t n : {1, 2, 15, 17, 48, 64, 65, 130, 1024, 1025, 3000}) {
    const int64_t columns = (kKinds + 2) * kTogether + 3;
    Problem problem = MakeProblem(Tensor(type(), MakeShape({n, columns})));
    problem.axis = 0;
    std::vector<Problem> alone;
    for (int64_t c = 0; c < columns; ++c) {
      const RowKind& kind = kRowKinds[(c < kKinds * kTogether ? c / kTogether : c) % kKinds];
      alone.push_back(MakeProblem(MakeRow(kind, n)));
      if (problem.upstream && c % 50 == 49) {
        alone.back().upstream = Tensor::Of(type(), std::vector<double>(static_cast<size_t>(n), large));
      }
      for (int64_t i = 0; i < n; ++i) {
        problem.input.SetBits(i * columns + c, alone.back().input.bits((i + c) % n));
        if (problem.upstream) problem.upstream->SetBits(i * columns + c, alone.back().upstream->bits(i));
      }
      for (int64_t i = 0; i < n; ++i) alone.back().input.SetBits(i, problem.input.bits(i * columns + c));
    }
    for (const auto& setting : reference().settings) {
      if (!FitsRow(function().info, setting, n)) continue;
      problem.arguments = ArgumentsOf(function().info, setting);
      const Tensor output = Solve(problem).output;
      for (int64_t c = 0; c < columns; ++c) {
        Problem& row = alone[static_cast<size_t>(c)];
        row.arguments = problem.arguments;
        const Tensor expected = Solve(row).output;
        for (int64_t i = 0; i < n; ++i) {
          ASSERT_EQ(output.bits(i * columns + c), expected.bits(i)) << "row " << c << " of " << n << ", element " << i;
        }
      }
    }
  }
}

// Outputs that are larger than caches are written by other instructions.
TEST_P(RowwiseTest, IsTheSameInAHugeTensor) {
  const Shape slice = MakeShape({33, 1000});
  const int64_t slices = ((int64_t{32} << 20) / static_cast<int64_t>(SizeOf(type())) + slice.elements()) / 33000;
  const Problem small = MakeProblem(Tensor::Of(type(), slice, MixedValues(slice.elements())));
  Problem huge = small;
  huge.input = Repeated(small.input, slices);
  if (small.upstream) huge.upstream = Repeated(*small.upstream, slices);
  Problem slice_along = small;
  slice_along.axis = 0;
  huge.axis = 1;
  const Tensor expected = Repeated(Solve(slice_along).output, slices);
  EXPECT_TRUE(Solve(huge).output == expected);
  EXPECT_TRUE(Solve(huge, Order::kFourThreads).output == expected);
}

TEST_P(RowwiseTest, TheLastAxisIsTheDefault) {
  Problem problem = MakeProblem(Tensor::Of(type(), MakeShape({3, 4, 5}), MixedValues(60)));
  const Tensor by_default = Solve(problem).output;
  problem.axis = 2;
  EXPECT_TRUE(Solve(problem).output == by_default);
}

TEST_P(RowwiseTest, RowsWithNanOrTheWrongInfinityOrNothingButTheOtherAreNan) {
  for (const int64_t n : {1, 2, 5, 64, 300}) {
    const Shape by_row = MakeShape({7, n});
    std::vector<double> x = MixedValues(by_row.elements());
    const auto place = [&](int64_t row, double value, bool whole) {
      for (int64_t i = 0; i < n; ++i) {
        if (whole || i == n - 1) x[static_cast<size_t>(row * n + i)] = value;
      }
    };
    place(1, kNaN, false);
    place(3, -nothing(), false);
    place(5, nothing(), true);
    const Problem problem = MakeProblem(Tensor::Of(type(), by_row, x));
    const Shape by_column = MakeShape({n, 7});
    Problem strided = MakeProblem(Tensor(type(), by_column));
    strided.axis = 0;
    for (int64_t i = 0; i < by_row.elements(); ++i) {
      strided.input.SetBits(i % n * 7 + i / n, problem.input.bits(i));
      if (problem.upstream) strided.upstream->SetBits(i % n * 7 + i / n, problem.upstream->bits(i));
    }
    ForEachTarget([&](const std::string& target) {
      const Tensor output = Solve(problem).output;
      const Tensor strided_output = Solve(strided).output;
      for (int64_t i = 0; i < output.elements(); ++i) {
        ASSERT_EQ(output.bits(i), strided_output.bits(i % n * 7 + i / n)) << "strided differs";
        if (i / n % 2 == 1) {
          ASSERT_EQ(output.bits(i), oracle::Encode(kNaN, type()))
              << "row " << i / n << " of " << n << ": " << output[i];
        } else {
          ASSERT_FALSE(std::isnan(output[i])) << "row " << i / n << " of " << n;
        }
      }
    });
  }
}

// The support of sparsemax may have any size; others just have such rows.
TEST_P(RowwiseTest, IsWithinBoundsForSupportsOfEverySize) {
  for (const int64_t n : {64, 300}) {
    for (int64_t k = 1; k <= n; k += n == 64 ? 1 : 13) {
      std::vector<double> x;
      for (int64_t i = 0; i < n; ++i) {
        const auto rank = static_cast<double>(i * 37 % n);  // a permutation: 37 is prime to both
        const auto size = static_cast<double>(k);
        x.push_back(rank < size ? 2 - 0.5 * rank / size / size : 0.5 - 0.01 * rank);
      }
      const Problem problem = MakeProblem(Tensor::Of(type(), x));
      CheckRow(problem, absl::StrFormat("support of %d in %d", k, n));
      if (function().info.name == "sparsemax" && direction() == Direction::kEvaluate && SizeOf(type()) > 2) {
        const std::vector<double> y = Solve(problem).output.values();
        EXPECT_EQ(std::count_if(y.begin(), y.end(), [](double value) { return value > 0; }), k);
        EXPECT_NEAR(std::accumulate(y.begin(), y.end(), 0.0), 1, 1e-6);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, RowwiseTest, ::testing::ValuesIn(CasesByDirectionAndType(IsRowwise)), NameOf);

}  // namespace
}  // namespace actserve::testing
