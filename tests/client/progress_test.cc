#include "client/cli/progress.h"

#include "gtest/gtest.h"

namespace actserve::client {
namespace {

TEST(Progress, ShowsABarAndTheRate) {
  EXPECT_EQ(RenderProgress("gelu", 50'000'000, 100'000'000, absl::Seconds(2), 50),
            "gelu  [#########----------]   50%  25.0 MB/s  0:02");
  EXPECT_EQ(RenderProgress("gelu", 100, 100, absl::Seconds(125), 50),
            "gelu  [####################]  100%  0.0 MB/s  2:05");
}

TEST(Progress, ShowsTheTimeAloneWhereNothingElseIsKnown) {
  EXPECT_EQ(RenderProgress("3 items", 0, 100, absl::Seconds(61), 80), "3 items  1:01");
}

TEST(Progress, FitsTheTerminal) {
  for (int width = 1; width < 120; ++width) {
    EXPECT_LE(RenderProgress("a_function", 1, 3, absl::Seconds(1), width).size(), static_cast<size_t>(width));
    EXPECT_LE(RenderProgress("a_function", 0, 3, absl::Seconds(1), width).size(), static_cast<size_t>(width));
  }
}

}  // namespace
}  // namespace actserve::client
