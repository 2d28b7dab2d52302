// Shapes and schedules: scalars, empty tensors, rank 8, and pieces run in any order by any number of threads.
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

class ShapesTest : public ::testing::TestWithParam<Case> {
 protected:
  const Function& function() const { return *GetParam().function; }

  // With every parameter given, so that all gradients are computed.
  Problem MakeProblem(DataType type, const Shape& shape) const {
    Problem problem{.function = &function(),
                    .direction = GetParam().direction,
                    .input = Tensor::Of(type, shape, MixedValues(shape.elements())),
                    .arguments = ArgumentsOf(function().info, ReferenceOf(function()).settings[0])};
    if (problem.direction == Direction::kGradient) {
      problem.upstream = Tensor::Of(type, shape, MixedValues(shape.elements(), 9));
    }
    return problem;
  }

  // The same parameters, but with a value of its own for each channel.
  Arguments PerChannel(int64_t channels) const {
    Arguments arguments;
    const oracle::Setting& setting = ReferenceOf(function()).settings[0];
    for (size_t i = 0; i < function().info.params.size(); ++i) {
      const ParamInfo& param = function().info.params[i];
      const auto segments = static_cast<int64_t>(setting[i].size());
      if (param.shape == ParamShape::kScalar) {
        arguments.emplace_back(param.name, setting[i][0]);
        continue;
      }
      const bool hinges = param.shape == ParamShape::kSegmentsChannels;
      const Shape shape = hinges ? MakeShape({segments, channels}) : MakeShape({channels});
      arguments.emplace_back(param.name, Tensor::Of(DataType::kF32, shape, MixedValues(shape.elements(), 11 + i)));
    }
    return arguments;
  }

  bool HasChannels() const { return function().info.kind == FunctionKind::kPerChannel; }
};

TEST_P(ShapesTest, AScalarIsARowOfOne) {
  for (const DataType type : kWideTypes) {
    const Problem scalar = MakeProblem(type, Shape());
    const Problem row = MakeProblem(type, MakeShape({1}));
    ForEachTarget([&](const std::string& target) {
      const Answer expected = Solve(row);
      const Answer actual = Solve(scalar);
      EXPECT_EQ(actual.output.bits(0), expected.output.bits(0));
      EXPECT_TRUE(actual.param_gradients == expected.param_gradients);
    });
  }
}

TEST_P(ShapesTest, EmptyTensorsAreFine) {
  const std::vector<std::vector<int64_t>> shapes = {{0}, {0, 5}, {5, 0}, {2, 0, 3}, {0, 0}, {1, 2, 3, 0, 5, 6, 7, 8}};
  for (const std::vector<int64_t>& dims : shapes) {
    const Shape shape = MakeShape(dims);
    Problem problem = MakeProblem(DataType::kF32, shape);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      SCOPED_TRACE(absl::StrFormat("shape %s, axis %d", shape.ToString(), axis));
      if (function().info.kind != FunctionKind::kElementwise) problem.axis = axis;
      ForEachTarget([&](const std::string& target) {
        for (const Tensor& gradient : Solve(problem).param_gradients) {
          for (int64_t i = 0; i < gradient.elements(); ++i) EXPECT_EQ(gradient[i], 0) << "sum over nothing";
        }
      });
    }
  }
}

class PointwiseShapesTest : public ShapesTest {};  // of rows: rowwise_test.cc

TEST_P(PointwiseShapesTest, RankEightIsLikeFlat) {
  const Problem flat = MakeProblem(DataType::kF32, MakeShape({48}));
  const Problem deep = MakeProblem(DataType::kF32, MakeShape({2, 1, 3, 1, 2, 1, 2, 2}));
  const Tensor expected = Solve(flat).output;
  const Tensor actual = Solve(deep).output;
  for (int64_t i = 0; i < expected.elements(); ++i) ASSERT_EQ(actual.bits(i), expected.bits(i)) << i;
}

// Outputs that are larger than caches are written by other instructions.
TEST_P(PointwiseShapesTest, IsTheSameInAHugeTensor) {
  for (const DataType type : {DataType::kF32, DataType::kBF16}) {
    SCOPED_TRACE(actserve::Name(type));
    const int64_t elements = 10007, times = (int64_t{32} << 20) / static_cast<int64_t>(SizeOf(type)) / elements + 1;
    const Problem small = MakeProblem(type, MakeShape({elements}));
    Problem huge = small;
    huge.input = Repeated(small.input, times);
    if (small.upstream) huge.upstream = Repeated(*small.upstream, times);
    const Tensor expected = Repeated(Solve(small).output, times);
    EXPECT_TRUE(Solve(huge).output == expected);
    EXPECT_TRUE(Solve(huge, Order::kFourThreads).output == expected);
  }
}

// Large enough for several pieces, of many short rows, of parts of rows, or of parts of runs that share a channel.
TEST_P(ShapesTest, NeitherOrderNorThreadsChangeABit) {
  const std::vector<std::vector<int64_t>> shapes = {{100003}, {23, 37, 61}, {2, 50001}, {50001, 2}};
  for (const std::vector<int64_t>& dims : shapes) {
    const Shape shape = MakeShape(dims);
    for (const DataType type : {DataType::kF32, DataType::kBF16}) {
      Problem problem = MakeProblem(type, shape);
      for (int axis = 0; axis < shape.rank(); ++axis) {
        SCOPED_TRACE(absl::StrFormat("%s%s, axis %d", actserve::Name(type), shape.ToString(), axis));
        if (function().info.kind != FunctionKind::kElementwise) {
          problem.axis = axis;
        } else if (axis > 0) {
          break;
        }
        if (HasChannels() && shape.dim(axis) < 1000) problem.arguments = PerChannel(shape.dim(axis));
        std::optional<Answer> first;
        ForEachTarget([&](const std::string& target) {
          const Answer in_order = Solve(problem);
          EXPECT_TRUE(Solve(problem, Order::kReversed) == in_order) << "reversed";
          EXPECT_TRUE(Solve(problem, Order::kFourThreads) == in_order) << "four threads";
          if (!first) first = in_order;
          EXPECT_TRUE(in_order == *first) << "other bits than on " << CpuTargets().front();
        });
        problem.arguments = ArgumentsOf(function().info, ReferenceOf(function()).settings[0]);
      }
    }
  }
}

// What a piece covers is the backend's business, but there must be several to share among threads.
TEST_P(ShapesTest, LargeTensorsHaveManyPieces) {
  const Problem problem = MakeProblem(DataType::kF32, MakeShape({1024, 1024}));
  const auto request = MakeRequest(problem);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto call = CheckCall(*request);
  ASSERT_TRUE(call.ok()) << call.status();
  Answer answer{Tensor(DataType::kF32, problem.input.shape()), {}};
  for (const int param : call->gradient_params) {
    answer.param_gradients.emplace_back(call->gradient_type(param), call->gradient_shape(param));
  }
  std::vector<MutableTensorView> views;
  for (Tensor& tensor : answer.param_gradients) views.push_back(tensor.mutable_view());
  EXPECT_GE(CpuBackend().Prepare(*call, answer.output.mutable_view(), views)->pieces(), 16);
}

INSTANTIATE_TEST_SUITE_P(Kernels, ShapesTest, ::testing::ValuesIn(CasesByDirection(All)), NameOf);
INSTANTIATE_TEST_SUITE_P(Kernels, PointwiseShapesTest, ::testing::ValuesIn(CasesByDirection(IsPointwise)), NameOf);

}  // namespace
}  // namespace actserve::testing
