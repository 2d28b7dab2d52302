#include "client/cli/split.h"

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
  EXPECT_EQ(plan->pieces(), 11);
  EXPECT_EQ(plan->begin(0), 0);
  for (int64_t i = 0; i + 1 < plan->pieces(); ++i) {
    EXPECT_EQ(plan->end(i), plan->begin(i + 1));
    EXPECT_EQ(plan->end(i) - plan->begin(i), 100);
  }
  EXPECT_EQ(plan->end(10), 1050);
}

TEST(Split, CutsOthersAlongTheFirstDimension) {
  for (const v1::FunctionKind kind : {kPerChannel, kRowwise}) {
    const auto plan = Plan({100, 3, 10}, kind);
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->shape.ToString(), "[100, 3, 10]");
    EXPECT_EQ(plan->slices_per_piece, 3);  // of 30 elements
    EXPECT_EQ(plan->pieces(), 34);
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

}  // namespace
}  // namespace actserve::client
