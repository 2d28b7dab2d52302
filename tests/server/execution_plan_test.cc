#include "server/pool/execution_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/api/registry.h"

namespace actserve {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;

Call MakeCall(std::string_view function, Direction direction, const std::vector<int64_t>& shape,
              std::optional<int> axis = std::nullopt) {
  static std::vector<std::byte> bytes(1 << 20);
  CallRequest request;
  request.function = FindFunction(function);
  request.direction = direction;
  request.input = TensorView{DataType::kF32, *Shape::Make(shape), bytes.data()};
  request.params = *Params::Bind(request.function->info, {});
  request.axis = axis;
  return *CheckCall(request);
}

TEST(ExecutionPlanTest, CostsGrowWithTheWork) {
  const CostModel costs(CpuBackend());
  for (const Function& function : Functions()) {
    for (const DataType type : kWideTypes) {
      EXPECT_GT(costs.NanosecondsPerElement(function.index, Direction::kEvaluate, type), 0) << function.info.name;
    }
  }
  const auto cost = [&](const Call& call) { return costs.Estimate(call).count(); };
  const Call small = MakeCall("gelu", Direction::kEvaluate, {100}),
             large = MakeCall("gelu", Direction::kEvaluate, {100'000});
  EXPECT_GE(cost(small), costs.per_call().count());
  EXPECT_GT(cost(large), 10 * cost(small));
  EXPECT_GT(cost(MakeCall("softmax", Direction::kEvaluate, {300, 300}, 0)),
            cost(MakeCall("softmax", Direction::kEvaluate, {300, 300}, 1)));
}

TEST(ExecutionPlanTest, TheLimitIsMeasuredUnlessGiven) {
  CpuPool pool({.threads = 2});
  const ExecutionPlan measured = MakePlan(CpuBackend(), pool, std::nullopt);
  EXPECT_GT(measured.handoff, nanoseconds(0));
  EXPECT_GE(measured.inline_limit, microseconds(50));
  EXPECT_LE(measured.inline_limit, microseconds(500));
  const ExecutionPlan given = MakePlan(CpuBackend(), pool, microseconds(7));
  EXPECT_EQ(given.inline_limit, microseconds(7));
  const std::string text = Print(given, 2);
  EXPECT_THAT(text, HasSubstr("run where received up to           7.0 us"));
  for (const Function& function : Functions()) EXPECT_THAT(text, HasSubstr(std::string(function.info.name)));
}

}  // namespace
}  // namespace actserve
