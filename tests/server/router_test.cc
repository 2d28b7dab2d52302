#include "server/router/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/api/status.h"

namespace actserve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RouterTest, FindsEveryFunctionByNameAndAlias) {
  const Router router(CpuBackend());
  for (const Function& function : Functions()) {
    std::vector<std::string_view> names = Aliases(function.info);
    names.push_back(function.info.name);
    for (const std::string_view name : names) {
      const auto route = router.Find(name, BackendChoice::kAny);
      ASSERT_TRUE(route.ok()) << route.status();
      EXPECT_EQ(route->function, &function);
      EXPECT_EQ(route->backend, &CpuBackend());
      EXPECT_EQ(route->backend_id, BackendId::kCpu);
    }
  }
}

TEST(RouterTest, NamesTheNearestFunctions) {
  const auto route = Router(CpuBackend()).Find("sillu", BackendChoice::kAny);
  EXPECT_TRUE(absl::IsNotFound(route.status()));
  EXPECT_EQ(FieldOf(route.status()), "function");
  EXPECT_THAT(std::string(route.status().message()),
              AllOf(HasSubstr("\"sillu\" is not a known function"), HasSubstr("the nearest names are silu")));
}

TEST(RouterTest, SaysWhereNamesAreListedIfNoneIsNear) {
  for (const std::string name : {"frobnicate_completely", "%%%%%%%%%%%%%%%%%"}) {
    const auto route = Router(CpuBackend()).Find(name, BackendChoice::kAny);
    EXPECT_TRUE(absl::IsNotFound(route.status()));
    EXPECT_THAT(std::string(route.status().message()), HasSubstr("ListFunctions tells the names"));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Router(CpuBackend()).Find("", BackendChoice::kAny).status()));
}

TEST(RouterTest, KeepsMessagesShortAndPrintable) {
  const auto huge = Router(CpuBackend()).Find(std::string(1'000'000, 'x'), BackendChoice::kAny);
  EXPECT_TRUE(absl::IsNotFound(huge.status()));
  EXPECT_LT(huge.status().message().size(), 300u);
  EXPECT_THAT(std::string(huge.status().message()), HasSubstr("has 1000000 bytes"));
  const auto binary = Router(CpuBackend()).Find("\n\xff\"", BackendChoice::kAny);
  EXPECT_THAT(std::string(binary.status().message()), HasSubstr(R"("\n\377\"")"));
}

TEST(RouterTest, CudaMustBeThereToBeAskedFor) {
  const auto none = Router(CpuBackend(), nullptr, "no device").Find("relu", BackendChoice::kCuda);
  EXPECT_TRUE(absl::IsFailedPrecondition(none.status()));
  EXPECT_EQ(FieldOf(none.status()), "backend");
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("no device"));
  const Router both(CpuBackend(), &CpuBackend());
  EXPECT_EQ(both.Find("relu", BackendChoice::kCuda)->backend_id, BackendId::kCuda);
  EXPECT_EQ(both.Find("relu", BackendChoice::kAny)->backend_id, BackendId::kCpu);
}

}  // namespace
}  // namespace actserve
