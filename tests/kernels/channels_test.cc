// Parameters with values per channel or segment, and the gradients of parameters.
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/exact.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

struct Layout {
  std::vector<int64_t> dims;
  int axis;
};

// The channel axis first, in the middle and last; few and many channels; runs of few and many elements of one.
std::vector<Layout> Layouts() {
  std::vector<Layout> layouts;
  for (const int64_t channels : {1, 3, 7, 64, 1000}) {
    layouts.push_back({{channels}, 0});
    layouts.push_back({{5, channels}, 1});
    for (const int64_t inner : {1, 2, 5, 100}) {
      if (channels * inner > 10000) continue;
      layouts.push_back({{channels, inner}, 0});
      layouts.push_back({{2, channels, inner}, 1});
    }
  }
  layouts.push_back({{2, 1000, 100}, 1});
  layouts.push_back({{2, 3, 2, 1, 2, 3, 1, 2}, 5});
  return layouts;
}

std::string Describe(const Layout& layout) {
  return absl::StrFormat("shape %s, channel axis %d", MakeShape(layout.dims).ToString(), layout.axis);
}

int64_t ChannelOf(const Problem& problem, int64_t i) {
  const Shape& shape = problem.input.shape();
  return i / shape.inner(*problem.axis) % shape.dim(*problem.axis);
}

// Compares the gradients of all learnable parameters with sums of exact terms; errors are relative to the sum of
// magnitudes.
void CheckParamGradients(const Problem& problem, const Answer& answer) {
  const oracle::Reference& reference = ReferenceOf(*problem.function);
  const DataType compute = ComputeType(problem.input.type(), problem.output_type);
  const std::vector<Exact> exact = ExactParamGradients(problem);
  ASSERT_FALSE(exact.empty());
  ASSERT_EQ(answer.param_gradients.size(), exact.size());
  for (size_t k = 0; k < exact.size(); ++k) {
    const Tensor& gradient = answer.param_gradients[k];
    // A sum that begins with 0 does not become -0.
    Judge judge(gradient.type(), compute, BoundOf(reference.param_gradient, compute), /*signed_zeros=*/false);
    for (size_t i = 0; i < exact[k].values.size(); ++i) {
      judge.Check(static_cast<double>(i), gradient[static_cast<int64_t>(i)], exact[k].values[i], exact[k].terms[i]);
    }
    judge.Report(absl::StrFormat("gradient %d of %s (x is the element's index)", k, problem.function->info.name));
  }
}

class ChannelsTest : public ::testing::TestWithParam<Case> {
 protected:
  const Function& function() const { return *GetParam().function; }

  // The parameters' values are small numbers of both signs; `shared` ones have no channel dimension.
  Problem MakeProblem(const Layout& layout, int64_t segments, DataType param_type, bool shared) const {
    const Shape shape = MakeShape(layout.dims);
    Problem problem{.function = &function(),
                    .direction = Direction::kGradient,
                    .input = Tensor::Of(GetParam().type, shape, MixedValues(shape.elements(), 1)),
                    .upstream = Tensor::Of(GetParam().type, shape, MixedValues(shape.elements(), 2)),
                    .axis = layout.axis};
    const int64_t channels = shape.dim(layout.axis);
    uint64_t seed = 3;
    for (const ParamInfo& param : function().info.params) {
      const bool hinges = param.shape == ParamShape::kSegmentsChannels;
      const Shape own = !hinges  ? MakeShape({shared ? 1 : channels})
                        : shared ? MakeShape({segments})
                                 : MakeShape({segments, channels});
      problem.arguments.emplace_back(param.name, Tensor::Of(param_type, own, MixedValues(own.elements(), seed++)));
    }
    return problem;
  }
};

// The parameters of one channel, as a call on that channel alone gets them.
Arguments ArgumentsOfChannel(const Problem& problem, int64_t channel) {
  return ArgumentsOf(problem.function->info, SettingOf(problem, channel));
}

TEST_P(ChannelsTest, EachChannelIsAsIfItWereAlone) {
  for (const Layout& layout : Layouts()) {
    for (const bool shared : {false, true}) {
      SCOPED_TRACE(Describe(layout) + (shared ? ", shared" : ""));
      const Problem gradient = MakeProblem(layout, 3, DataType::kF32, shared);
      Problem value = gradient;
      value.direction = Direction::kEvaluate;
      value.upstream.reset();
      const int64_t channels = gradient.input.shape().dim(layout.axis);
      std::vector<std::vector<int64_t>> members(static_cast<size_t>(channels));
      for (int64_t i = 0; i < gradient.input.elements(); ++i)
        members[static_cast<size_t>(ChannelOf(gradient, i))].push_back(i);
      ForEachTarget([&](const std::string& target) {
        for (const Problem& problem : {value, gradient}) {
          const Tensor output = Solve(problem).output;
          for (int64_t c = 0; c<channels; c += channels> 100 ? 37 : 1) {
            const std::vector<int64_t>& own = members[static_cast<size_t>(c)];
            const Shape flat = MakeShape({static_cast<int64_t>(own.size())});
            Problem alone{.function = problem.function,
                          .direction = problem.direction,
                          .input = Tensor(problem.input.type(), flat),
                          .arguments = ArgumentsOfChannel(problem, c)};
            if (problem.upstream) alone.upstream = Tensor(problem.input.type(), flat);
            for (size_t k = 0; k < own.size(); ++k) {
              alone.input.SetBits(static_cast<int64_t>(k), problem.input.bits(own[k]));
              if (problem.upstream) alone.upstream->SetBits(static_cast<int64_t>(k), problem.upstream->bits(own[k]));
            }
            const Tensor expected = Solve(alone).output;
            for (size_t k = 0; k < own.size(); ++k) {
              ASSERT_EQ(output.bits(own[k]), expected.bits(static_cast<int64_t>(k)))
                  << Name(problem.direction) << ", channel " << c << ", element " << own[k]
                  << ", x = " << problem.input[own[k]];
            }
          }
        }
      });
    }
  }
}

TEST_P(ChannelsTest, ParamGradientsAreWithinBounds) {
  for (const Layout& layout : Layouts()) {
    for (const int64_t segments : {1, 2, 7, 64}) {
      const bool hinges = function().info.params[0].shape == ParamShape::kSegmentsChannels;
      if (!hinges && segments > 1) break;
      if (MakeShape(layout.dims).elements() * segments > 60000) continue;
      for (const bool shared : {false, true}) {
        for (const DataType param_type : {DataType::kF32, DataType::kF64}) {
          SCOPED_TRACE(absl::StrFormat("%s, %d segments, %s %s parameters", Describe(layout), segments,
                                       shared ? "shared" : "own", actserve::Name(param_type)));
          const Problem problem = MakeProblem(layout, segments, param_type, shared);
          std::optional<Answer> first;
          ForEachTarget([&](const std::string& target) {
            const Answer answer = Solve(problem);
            if (first) {
              EXPECT_TRUE(answer == *first) << "other bits than on " << CpuTargets().front();
              return;
            }
            first = answer;
            if (param_type == DataType::kF32 || segments < 7) CheckParamGradients(problem, answer);
          });
        }
      }
    }
  }
}

TEST_P(ChannelsTest, TheSecondAxisIsTheDefault) {
  Problem problem = MakeProblem({{4, 3, 5}, 1}, 2, DataType::kF16, false);
  const Answer expected = Solve(problem);
  problem.axis.reset();
  EXPECT_TRUE(Solve(problem) == expected);
  problem.axis = -2;
  EXPECT_TRUE(Solve(problem) == expected);
}

INSTANTIATE_TEST_SUITE_P(Kernels, ChannelsTest, ::testing::ValuesIn(CasesByType(IsPerChannel)), NameOf);

class ScalarGradientTest : public ::testing::TestWithParam<Case> {};

TEST_P(ScalarGradientTest, IsWithinBounds) {
  const Function* function = GetParam().function;
  const DataType type = GetParam().type;
  for (const oracle::Setting& setting : ReferenceOf(*function).settings) {
    for (const int64_t n : {1, 2, 100, 10007}) {
      for (const bool with_upstream : {false, true}) {
        Problem problem{.function = function,
                        .direction = Direction::kGradient,
                        .input = Tensor::Of(type, MixedValues(n, 4)),
                        .arguments = ArgumentsOf(function->info, setting)};
        if (with_upstream) problem.upstream = Tensor::Of(type, MixedValues(n, 5));
        SCOPED_TRACE(absl::StrFormat("%d elements, first parameter %g", n, setting[0][0]));
        std::optional<Answer> first;
        ForEachTarget([&](const std::string& target) {
          const Answer answer = Solve(problem);
          if (first) {
            EXPECT_TRUE(answer == *first) << "other bits than on " << CpuTargets().front();
            return;
          }
          first = answer;
          CheckParamGradients(problem, answer);
        });
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ScalarGradientTest, ::testing::ValuesIn(CasesByType(IsLearnable)), NameOf);

}  // namespace
}  // namespace actserve::testing
