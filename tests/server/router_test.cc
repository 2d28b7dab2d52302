#include "server/router/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/api/status.h"

namespace actserve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RouterTest, FindsEveryFunctionByNameAndAlias) {
  const Router router(absl::OkStatus());
  for (const Function& function : Functions()) {
    std::vector<std::string_view> names = Aliases(function.info);
    names.push_back(function.info.name);
    for (const std::string_view name : names) {
      const auto route = router.Find(name, BackendChoice::kAuto);
      ASSERT_TRUE(route.ok()) << route.status();
      EXPECT_EQ(route->function, &function);
      EXPECT_EQ(route->backend, BackendChoice::kAuto);
    }
  }
}

TEST(RouterTest, NamesTheNearestFunctions) {
  const auto route = Router(absl::OkStatus()).Find("sillu", BackendChoice::kAuto);
  EXPECT_TRUE(absl::IsNotFound(route.status()));
  EXPECT_EQ(FieldOf(route.status()), "function");
  EXPECT_THAT(std::string(route.status().message()),
              AllOf(HasSubstr("\"sillu\" is not a known function"), HasSubstr("the nearest names are silu")));
}

TEST(RouterTest, SaysWhereNamesAreListedIfNoneIsNear) {
  for (const std::string name : {"frobnicate_completely", "%%%%%%%%%%%%%%%%%"}) {
    const auto route = Router(absl::OkStatus()).Find(name, BackendChoice::kAuto);
    EXPECT_TRUE(absl::IsNotFound(route.status()));
    EXPECT_THAT(std::string(route.status().message()), HasSubstr("ListFunctions tells the names"));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Router(absl::OkStatus()).Find("", BackendChoice::kAuto).status()));
}

TEST(RouterTest, KeepsMessagesShortAndPrintable) {
  const auto huge = Router(absl::OkStatus()).Find(std::string(1'000'000, 'x'), BackendChoice::kAuto);
  EXPECT_TRUE(absl::IsNotFound(huge.status()));
  EXPECT_LT(huge.status().message().size(), 300u);
  EXPECT_THAT(std::string(huge.status().message()), HasSubstr("has 1000000 bytes"));
  const auto binary = Router(absl::OkStatus()).Find("\n\xff\"", BackendChoice::kAuto);
  EXPECT_THAT(std::string(binary.status().message()), HasSubstr(R"("\n\377\"")"));
}

TEST(RouterTest, CudaMustBeThereToBeAskedFor) {
  const auto none = Router(absl::FailedPreconditionError("no device")).Find("relu", BackendChoice::kCuda);
  EXPECT_TRUE(absl::IsFailedPrecondition(none.status()));
  EXPECT_EQ(FieldOf(none.status()), "backend");
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("no device"));
  EXPECT_EQ(Router(absl::OkStatus()).Find("relu", BackendChoice::kCuda)->backend, BackendChoice::kCuda);
}

TEST(RouterTest, WhatRequestsLeaveOpenIsOfTheRoute) {
  std::vector<BackendChoice> backends(Functions().size(), BackendChoice::kAuto);
  backends[FindFunction("mish")->index] = BackendChoice::kCuda;
  backends[FindFunction("relu")->index] = BackendChoice::kCpu;
  const Router router(absl::OkStatus(), backends);
  EXPECT_EQ(router.Find("Mish", BackendChoice::kAuto)->backend, BackendChoice::kCuda);
  EXPECT_EQ(router.Find("mish", BackendChoice::kCpu)->backend, BackendChoice::kCpu);
  EXPECT_EQ(router.Find("relu", BackendChoice::kAuto)->backend, BackendChoice::kCpu);
  EXPECT_EQ(router.Find("silu", BackendChoice::kAuto)->backend, BackendChoice::kAuto);
}

}  // namespace
}  // namespace actserve
