#include "client/cpp/split.h"

#include <vector>

#include "gtest/gtest.h"

namespace actserve::client {
namespace {

constexpr auto kElementwise = v1::FUNCTION_KIND_ELEMENTWISE;
constexpr auto kPerChannel = v1::FUNCTION_KIND_PER_CHANNEL;
constexpr auto kRowwise = v1::FUNCTION_KIND_ROWWISE;

std::optional<SplitPlan> Plan(const std::vector<int64_t>& dims, v1::FunctionKind kind, std::optional<int> axis = {}) {
  return PlanSplit(*Shape::Make(dims), kind, axis, 4, 400);  // 100 elements a piece
}

TEST(Split, CutsElementwiseAnywhere) {
  const auto plan = Plan({3, 7, 50}, kElementwise);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->shape.ToString(), "[1050]");
  EXPECT_EQ(plan->pieces, 11);
  EXPECT_EQ(plan->begin(0), 0);
  for (int64_t i = 0; i < plan->pieces; ++i) {
    EXPECT_EQ(plan->end(i), plan->begin(i + 1));
    EXPECT_GE(plan->end(i) - plan->begin(i), 95);  // all of about the same size
    EXPECT_LE(plan->end(i) - plan->begin(i), 96);
  }
  EXPECT_EQ(plan->end(10), 1050);
  EXPECT_EQ(Plan({100}, kElementwise)->pieces, 1);
  EXPECT_EQ(Plan({101}, kElementwise)->pieces, 2);
}

TEST(Split, CutsOthersAlongTheFirstDimension) {
  for (const v1::FunctionKind kind : {kPerChannel, kRowwise}) {
    const auto plan = Plan({100, 3, 10}, kind);
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->shape.ToString(), "[100, 3, 10]");
    EXPECT_EQ(plan->pieces, 34);  // of 3 slices of 30 elements, or fewer
    EXPECT_EQ(plan->end(33), 100);
    EXPECT_TRUE(Plan({100, 3, 10}, kind, 1).has_value());
    EXPECT_TRUE(Plan({100, 3, 10}, kind, -1).has_value());
  }
}

TEST(Split, LeavesWholeWhatCannotBeCut) {
  for (const v1::FunctionKind kind : {kPerChannel, kRowwise}) {
    EXPECT_FALSE(Plan({1000}, kind).has_value());  // the only dimension is the axis
    EXPECT_FALSE(Plan({}, kind).has_value());
    EXPECT_FALSE(Plan({1000, 2}, kind, 0).has_value());
    EXPECT_FALSE(Plan({1000, 2}, kind, -2).has_value());
    EXPECT_FALSE(Plan({1000, 2}, kind, 2).has_value());  // no axis of the shape
    EXPECT_FALSE(Plan({1000, 2}, kind, -3).has_value());
    EXPECT_FALSE(Plan({2, 101}, kind).has_value());  // a slice too large for a piece
    EXPECT_FALSE(Plan({1000, 0}, kind).has_value());
  }
  EXPECT_FALSE(Plan({0}, kElementwise).has_value());
  EXPECT_FALSE(Plan({1000}, kElementwise, 0).has_value());  // the server refuses the axis
}

TEST(Split, LeavesGradientsOfParametersWhole) {
  const Tensor x = Tensor::Vector(std::vector<float>(1000));
  GradientItem item{.function = "silu", .input = x};
  EXPECT_TRUE(PlanSplit(item, kElementwise, 400).has_value());
  item.parameters = {{"beta", 1.5}};
  EXPECT_FALSE(PlanSplit(item, kElementwise, 400).has_value());  // sums over the whole tensor
  item.input_gradient_only = true;
  EXPECT_TRUE(PlanSplit(item, kElementwise, 400).has_value());
  item.upstream = Tensor::Vector(std::vector<float>(999));
  EXPECT_FALSE(PlanSplit(item, kElementwise, 400).has_value());  // the server says what is wrong
}

TEST(Split, LeavesScalesWhole) {
  const auto shape = *Shape::Make(std::vector<int64_t>{100, 3, 10});
  const auto scaled = [&](std::optional<int> axis) {
    Quantization quantization{.scales = std::vector<float>(axis ? shape.dim(*axis) : 1, 1.5f), .axis = axis};
    return *Tensor::Make(DataType::kI8, shape, std::string(3000, 'a'), quantization);
  };
  EvaluateItem item{.function = "silu", .input = scaled({})};
  EXPECT_EQ(PlanSplit(item, kElementwise, 400)->shape.ToString(), "[3000]");
  item.input = scaled(1);
  item.output_type = DataType::kU8;
  item.output_quantization = {.scales = std::vector<float>(10, 1), .axis = -1};
  const auto plan = PlanSplit(item, kElementwise, 1200);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->shape, shape);
  const EvaluateItem piece = Piece(item, *plan, 1);
  EXPECT_EQ(piece.input.shape().ToString(), "[33, 3, 10]");
  EXPECT_EQ(*piece.input.quantization(), *item.input.quantization());
  EXPECT_EQ(piece.output_quantization, item.output_quantization);
  const Tensor last = item.input.Slice(0, 34);
  const auto joined = Join(std::vector<EvaluateResult>{{piece.input}, {piece.input}, {last}}, shape);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->output, item.input);
  item.input = scaled(0);
  EXPECT_FALSE(PlanSplit(item, kElementwise, 1200).has_value());
}

TEST(Split, CutsAndJoinsWithoutCopying) {
  const Tensor x = *Tensor::Make(std::vector<float>(3000, 1.5f), {10, 300});
  GradientItem item{.function = "silu", .input = x, .upstream = x};
  const auto plan = PlanSplit(item, kElementwise, 8000);
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->pieces, 3);
  std::vector<GradientResult> results;
  for (int64_t i = 0; i < 3; ++i) {
    const GradientItem piece = Piece(item, *plan, i);
    EXPECT_EQ(piece.input.elements(), 1000);
    EXPECT_EQ(piece.input.bytes().data(), x.bytes().data() + 4000 * i);
    EXPECT_EQ(piece.upstream->bytes().data(), x.bytes().data() + 4000 * i);
    results.push_back({.input_gradient = piece.input, .compute_time = absl::Seconds(1)});
  }
  const auto joined = Join(results, x.shape());
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->input_gradient, x);
  EXPECT_EQ(joined->compute_time, absl::Seconds(3));
  results.pop_back();
  EXPECT_EQ(Join(results, x.shape()).status().code(), absl::StatusCode::kInternal);
  results.push_back({.input_gradient = Tensor::Vector(std::vector<double>(500))});
  EXPECT_EQ(Join(results, x.shape()).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace actserve::client
