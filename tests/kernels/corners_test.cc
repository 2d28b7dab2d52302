// Inputs that once gave a wrong result: legal, finite, and far from where activations live. Expected values are from
// the mathematical definition.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

constexpr double kInf = HUGE_VAL;
const double kAny = std::nan("");  // a result whose terms cancel: not looked at

struct Corner {
  const char* name;
  const char* function;
  DataType type;
  std::vector<double> x;
  std::vector<double> dy;  // empty: Evaluate
  std::vector<double> expected;
  Arguments arguments = {};
  std::vector<double> param_gradient = {};  // of the first argument; empty: not looked at
  double tolerance = 1e-6;                  // relative
};

void PrintTo(const Corner& corner, std::ostream* out) { *out << corner.name; }

const DataType kF32 = DataType::kF32, kF64 = DataType::kF64;

const Corner kCorners[] = {
    // The sum of the upstream overflows the type.
    {"LogSoftmaxHugeUpstream", "log_softmax", kF32, {0, 0}, {3e38, 3e38}, {0, 0}},
    // A probability too small for the type meets a large upstream.
    {"LogSoftmaxTinyProbability", "log_softmax", kF32, {0, -106}, {1e38, 0}, {0, -9.2211464e-9}},
    {"LogSoftmaxSubnormalProbability", "log_softmax", kF32, {0, -100}, {1e38, 0}, {0, -3.72007586e-6}},
    {"SoftmaxTinyProbability", "softmax", kF32, {0, -106}, {0, 1e38}, {-9.2211464e-9, 9.2211464e-9}},
    {"SoftmaxSubnormalProbability", "softmax", kF32, {0, -95}, {0, 1e38}, {-5.5210821e-4, 5.5210821e-4}},
    // An intermediate overflows, the result does not.
    {"SoftmaxColdAndHuge",
     "softmax",
     kF32,
     {0, -4.6e-5},
     {0, 1e38},
     {-1.0530605e24, 1.0530605e24},
     {{"temperature", 1e-6}},
     {},
     1e-5},
    {"SoftmaxUpstreamsFarApart", "softmax", kF32, {0, -20}, {-3e38, 3e38}, {kAny, 1.23669218e30}},
    {"SoftmaxHugeUpstreamF64", "softmax", kF64, {0, 0}, {1.7e308, 1.7e308}, {0, 0}},
    {"SparsemaxHugeUpstreamF64", "sparsemax", kF64, {0, 0}, {1.7e308, 1.7e308}, {0, 0}},
    {"LogSoftmaxWarmDifference", "log_softmax", kF32, {3e38, -3e38}, {}, {0, -3e38}, {{"temperature", 2.0}}},
    {"LogSoftmaxHotDifference", "log_softmax", kF32, {3e38, -3e38}, {}, {0, -6e32}, {{"temperature", 1e6}}},
    {"LogSoftmaxWarmDifferenceF64", "log_softmax", kF64, {1e308, -1e308}, {}, {0, -5e307}, {{"temperature", 4.0}}},
    // Infinity has the limit, however small beta.
    {"SiluFlatAtInfinity", "silu", kF32, {-kInf, kInf}, {}, {-0.0, kInf}, {{"beta", 1e-40}}},
    {"SiluFlatSlopeAtInfinity", "silu", kF32, {-kInf, kInf}, {1, 1}, {-0.0, 1}, {{"beta", 1e-40}}, {0}},
    {"SiluOfBetaZeroAtInfinity", "silu", kF32, {-kInf, kInf}, {}, {-kInf, kInf}, {{"beta", 0.0}}},
    {"SiluHugeInput", "silu", kF32, {-3e38, -3.4e38}, {}, {-2.0549285e37, -1.6782325e37}, {{"beta", 8.7e-39}}},
    {"SiluByBetaHugeInput", "silu", kF32, {1e20}, {1}, {1}, {{"beta", 1e-18}}, {3.72005163e-4}},
    // A derivative too small for the type meets a large upstream.
    {"GeluTinySlope", "gelu", kF32, {-15.5, -18}, {1e38, 1e38}, {-4.16690045e-14, -3.15600813e-32}},
    {"SiluTinySlope", "silu", kF32, {-110}, {1e38}, {-1.84091395e-8}},
    {"SigmoidTinySlope", "sigmoid", kF32, {110}, {1e38}, {1.68891188e-10}},
    {"TanhTinySlope", "tanh", kF32, {60}, {1e38}, {3.06705923e-14}},
    {"MishTinySlope", "mish", kF32, {-110}, {1e38}, {-1.84091395e-8}},
    {"GeluTanhTinySlope", "gelu_tanh", kF32, {-11.5}, {1e38}, {-2.72207958e-15}},
    // A slope that cancels all but a little is still a slope.
    {"ApluCancellingSlopes",
     "aplu",
     kF32,
     {-kInf, -1e31},
     {},
     {kInf, 1e28},
     {{"a", Tensor::Of(kF32, std::vector<double>{1e6, 1e-3, -1e6})},
      {"b", Tensor::Of(kF32, std::vector<double>{0, 0, 0})}}},
};

class CornersTest : public ::testing::TestWithParam<Corner> {};

void ExpectNear(double got, double expected, double tolerance, const char* what) {
  if (std::isnan(expected)) return;
  if (expected == 0 || std::isinf(expected)) {
    EXPECT_EQ(got, expected) << what;
  } else {
    EXPECT_NEAR(got / expected, 1, tolerance) << what << ": got " << got << ", expected " << expected;
  }
}

TEST_P(CornersTest, HasTheMathematicalValue) {
  const Corner& corner = GetParam();
  const bool is_gradient = !corner.dy.empty();
  Problem problem{.function = FindFunction(corner.function),
                  .direction = is_gradient ? Direction::kGradient : Direction::kEvaluate,
                  .input = Tensor::Of(corner.type, corner.x),
                  .arguments = corner.arguments};
  if (is_gradient) problem.upstream = Tensor::Of(corner.type, corner.dy);
  ForEachTarget([&](const std::string&) {
    const Answer answer = Solve(problem);
    for (size_t i = 0; i < corner.expected.size(); ++i) {
      ExpectNear(answer.output[i], corner.expected[i], corner.tolerance, "result");
    }
    for (size_t i = 0; i < corner.param_gradient.size(); ++i) {
      ExpectNear(answer.param_gradients[0][i], corner.param_gradient[i], corner.tolerance, "parameter gradient");
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Kernels, CornersTest, ::testing::ValuesIn(kCorners),
                         [](const auto& info) { return std::string(info.param.name); });

// The axis has no channels, so the parameter has no values.
TEST(CornersTest, NoChannelsNeedNoParameters) {
  const Problem problem{.function = FindFunction("prelu"),
                        .direction = Direction::kGradient,
                        .input = Tensor(kF32, MakeShape({2, 0})),
                        .arguments = {{"alpha", Tensor(kF32, MakeShape({0}))}}};
  const Answer answer = Solve(problem);
  EXPECT_EQ(answer.output.elements(), 0);
  ASSERT_EQ(answer.param_gradients.size(), 1u);
  EXPECT_EQ(answer.param_gradients[0].elements(), 0);
}

// Channels without elements: the parameters' gradients are empty sums.
TEST(CornersTest, ChannelsWithoutElementsHaveZeroGradients) {
  const Problem problem{.function = FindFunction("prelu"),
                        .direction = Direction::kGradient,
                        .input = Tensor(kF32, MakeShape({0, 3})),
                        .arguments = {{"alpha", Tensor::Of(kF32, std::vector<double>{1, 2, 3})}}};
  EXPECT_EQ(Solve(problem).param_gradients[0].values(), (std::vector<double>{0, 0, 0}));
}

}  // namespace
}  // namespace actserve::testing
