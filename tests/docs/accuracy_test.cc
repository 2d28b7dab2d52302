#include "tests/docs/accuracy.h"

#include <gtest/gtest.h>

#include "tests/docs/files.h"

namespace actserve::docs {
namespace {

TEST(Accuracy, IsReadByTypeFunctionAndDirection) {
  const auto accuracy = Accuracy::Parse(
      "# Accuracy\n\n## f32\n\n| function | direction  | max ULP | at |\n| --- | --- | --- | --- |\n"
      "| gelu     | value      | 0.98    | 1 |\n| gelu     | derivative | 0.96    | 2 |\n\n"
      "## Other parameters\n\n| function | direction | type | max ULP |\n| --- | --- | --- | --- |\n"
      "| silu | value | f32 | 7 |\n");
  ASSERT_TRUE(accuracy.ok()) << accuracy.status();
  EXPECT_EQ(accuracy->MaxUlp(DataType::kF32, "gelu", Direction::kEvaluate), "0.98");
  EXPECT_EQ(accuracy->MaxUlp(DataType::kF32, "gelu", Direction::kGradient), "0.96");
  EXPECT_EQ(accuracy->MaxUlp(DataType::kF64, "gelu", Direction::kEvaluate), "");
  EXPECT_TRUE(accuracy->Has("gelu"));
  EXPECT_FALSE(accuracy->Has("silu"));
}

TEST(Accuracy, RejectsPagesOfAnotherForm) {
  EXPECT_FALSE(Accuracy::Parse("").ok());
  EXPECT_FALSE(Accuracy::Parse("## f32\n\n| function | type | max ULP |\n").ok());
  EXPECT_FALSE(Accuracy::Read("docs/nothing.md").ok());
}

TEST(Accuracy, OfThePagesHasEveryType) {
  for (const char* page : {kAccuracyPage, kAccuracySamplePage}) {
    const auto accuracy = Accuracy::Read(page);
    ASSERT_TRUE(accuracy.ok()) << accuracy.status();
    for (const DataType type : kWideTypes) {
      for (const Direction direction : {Direction::kEvaluate, Direction::kGradient})
        EXPECT_NE(accuracy->MaxUlp(type, "gelu", direction), "") << page << ", " << Name(type);
    }
  }
}

}  // namespace
}  // namespace actserve::docs
