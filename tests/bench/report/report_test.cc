// The arithmetic of reports, on measurements made up.
#include "tests/bench/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/bench/report/arithmetic.h"
#include "tests/bench/report/generated_part.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Entrant Took(std::string_view name, std::vector<double> seconds, int64_t elements = 1000) {
  return {.name = std::string(name), .elements = elements, .bytes = elements * 8, .seconds = std::move(seconds)};
}

Result Of(std::string function, std::string size, std::vector<Entrant> entrants) {
  return {.subject = {.group = "sizes",
                      .function = std::move(function),
                      .direction = "forward",
                      .type = "f32",
                      .size = std::move(size),
                      .data = "normal",
                      .target = "AVX3"},
          .entrants = std::move(entrants)};
}

const Goal* Find(const std::vector<Goal>& goals, std::string_view name) {
  for (const Goal& goal : goals) {
    if (goal.name == name) return &goal;
  }
  return nullptr;
}

TEST(Statistics, Median) {
  EXPECT_EQ(Median(std::vector<double>{3, 1, 2}), 2);
  EXPECT_EQ(Median(std::vector<double>{4, 1, 2, 3}), 2.5);
  EXPECT_EQ(Median(std::vector<double>{7}), 7);
  EXPECT_TRUE(std::isnan(Median({})));
}

TEST(Statistics, GeometricMean) {
  EXPECT_DOUBLE_EQ(GeometricMean(std::vector<double>{1, 4}), 2);
  EXPECT_DOUBLE_EQ(GeometricMean(std::vector<double>{0.5, 2, 8}), 2);
  EXPECT_TRUE(std::isnan(GeometricMean({})));
}

TEST(Statistics, PairedRatioIsNotThatOfMedians) {
  // The machine is ten times as slow in the second and third round, for both.
  EXPECT_DOUBLE_EQ(PairedRatio(std::vector<double>{2, 20, 20}, std::vector<double>{1, 10, 10}), 2);
  // In each round but one twice as slow, whatever the medians (4 and 10) say.
  EXPECT_DOUBLE_EQ(PairedRatio(std::vector<double>{2, 20, 4}, std::vector<double>{1, 10, 10}), 2);
  EXPECT_TRUE(std::isnan(PairedRatio({}, {})));
}

TEST(Result, SpeedupIsPerElement) {
  EXPECT_DOUBLE_EQ(Speedup(Took("a", {1}, 100), Took("b", {3}, 100)), 3);
  EXPECT_DOUBLE_EQ(Speedup(Took("a", {1}, 200), Took("b", {1}, 100)), 2);
  EXPECT_DOUBLE_EQ(GigaElements(Took("a", {1e-6, 2e-6, 3e-6}, 4000)), 2);
}

TEST(Result, RoofIsTheFastest) {
  const Result result = Of("relu", "DRAM", {Took(kOurs, {1}), Took("roof: slow", {3}), Took("roof: fast", {2})});
  ASSERT_NE(result.Roof(), nullptr);
  EXPECT_EQ(result.Roof()->name, "roof: fast");
  EXPECT_EQ(Of("relu", "L1", {Took(kOurs, {1})}).Roof(), nullptr);
}

TEST(Goals, JudgesBothWays) {
  EXPECT_EQ((Goal{.name = "", .measured = 1.5, .target = 1.5, .note = ""}).verdict(), "met");
  EXPECT_EQ((Goal{.name = "", .measured = 1.49, .target = 1.5, .note = ""}).verdict(), "short");
  EXPECT_EQ((Goal{.name = "", .measured = 0, .target = 0, .at_most = true, .note = ""}).verdict(), "met");
  EXPECT_EQ((Goal{.name = "", .measured = 1, .target = 0, .at_most = true, .note = ""}).verdict(), "short");
  EXPECT_EQ((Goal{.name = "", .measured = std::nan(""), .target = 1, .note = ""}).verdict(), "none");
}

TEST(Goals, MeanAndLeastOverOneDnn) {
  const std::vector<Result> results = {Of("relu", "L2", {Took(kOurs, {1}), Took(kPeer, {4})}),
                                       Of("silu", "L2", {Took(kOurs, {1}), Took(kPeer, {1})}),
                                       // Not among those that the goal is about.
                                       Of("softmax", "L2", {Took(kOurs, {9}), Took(kPeer, {1})})};
  const std::vector<Goal> goals = JudgeGoals(results);
  const Goal* mean = Find(goals, "L2 f32 forward / oneDNN, mean");
  ASSERT_NE(mean, nullptr);
  EXPECT_DOUBLE_EQ(mean->measured, 2);
  const Goal* least = Find(goals, "L2 f32 forward / oneDNN, least");
  ASSERT_NE(least, nullptr);
  EXPECT_DOUBLE_EQ(least->measured, 1);
  EXPECT_THAT(least->note, HasSubstr("silu"));
  EXPECT_EQ(Find(goals, "L2 f32 gradient / oneDNN, mean"), nullptr) << "nothing was measured for it";
}

TEST(Goals, FunctionsBoundByArithmeticAreNamedAndNotHeldAgainstTheCopy) {
  const std::vector<Result> results = {Of("relu", "L1", {Took(kOurs, {1})}), Of("mish", "L1", {Took(kOurs, {8})}),
                                       Of("relu", "DRAM", {Took(kOurs, {5}), Took("roof: memcpy", {4})}),
                                       Of("mish", "DRAM", {Took(kOurs, {9}), Took("roof: memcpy", {4})})};
  const std::vector<Goal> goals = JudgeGoals(results);
  const Goal* copy = Find(goals, "DRAM f32 forward / copy");
  ASSERT_NE(copy, nullptr);
  EXPECT_DOUBLE_EQ(copy->measured, 0.8);
  EXPECT_THAT(copy->note, HasSubstr("relu, least of 1; 1 bound by arithmetic"));
  const measure::Table table = ArithmeticTable(results);
  EXPECT_THAT(table.header, ElementsAre("function", "f32 forward"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("mish", "0.50")));
}

TEST(Goals, Flatness) {
  Result lengths = Of("gelu", "2^10..2^26",
                      {Took("L1 2^10", {1}), Took("L2 2^14", {2}), Took("L2 2^15", {2}), Took("L2 2^16", {3})});
  lengths.subject.group = "lengths";
  const std::vector<Goal> goals = JudgeGoals(std::vector{lengths});
  const Goal* flat = Find(goals, "cost of an element at 2^10..2^26, deviation");
  ASSERT_NE(flat, nullptr);
  EXPECT_DOUBLE_EQ(flat->measured, 0.5);
  EXPECT_EQ(flat->verdict(), "short");
  EXPECT_THAT(flat->note, HasSubstr("gelu in L2"));
}

TEST(Goals, WorstAllocations) {
  std::vector<Result> results = {Of("relu", "L1", {}), Of("silu", "L1", {})};
  results[1].allocations = 3;
  results[0].entrants = results[1].entrants = {Took(kOurs, {1})};
  const std::vector<Goal> goals = JudgeGoals(results);
  const Goal* allocations = Find(goals, "allocations in a run");
  ASSERT_NE(allocations, nullptr);
  EXPECT_EQ(allocations->measured, 3);
  EXPECT_THAT(allocations->note, HasSubstr("silu"));
}

TEST(Goals, BitmapsBesideDenseOutputs) {
  std::vector<Result> results = {Of("relu", "L2", {Took(kOurs, {3}), Took(kBitmap, {4}), Took(kMadeDense, {6})}),
                                 Of("relu", "DRAM", {Took(kOurs, {3}), Took(kBitmap, {2}), Took(kMadeDense, {6})})};
  for (Result& result : results) {
    result.subject.group = "zeros";
    result.subject.data = "90 % zeros";
    result.entrants[1].bytes = 4000 + 1000;  // of 8000, of which half are the input's
  }
  const std::vector<Goal> goals = JudgeGoals(results);
  EXPECT_DOUBLE_EQ(Find(goals, "L2 bitmap / dense")->measured, 0.75);
  EXPECT_DOUBLE_EQ(Find(goals, "DRAM bitmap / dense")->measured, 1.5);
  EXPECT_THAT(Find(goals, "L2 bitmap / dense")->note, HasSubstr("relu f32, 90 % zeros"));
  Report report;
  report.results = results;
  const std::vector<measure::Table> tables = Tables(report);
  const measure::Table& table = tables.back();
  EXPECT_THAT(table.title, HasSubstr("without their zeros"));
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0][0], "relu, 90 % zeros");
  EXPECT_EQ(table.rows[0][1], "25.0 %");
  EXPECT_EQ(table.rows[0][4], "0.75");
  EXPECT_EQ(table.rows[0][8], "1.50");
}

TEST(Goals, ProfilesBesideReading) {
  std::vector<Result> results = {
      Of("Profile", "DRAM", {Took(kOurs, {3}), Took(kByChannel, {8}), Took("roof: read", {2})})};
  results[0].subject.group = "profile";
  results[0].subject.data = "50 % zeros";
  const Goal goal = *Find(JudgeGoals(results), "DRAM Profile / reading");
  EXPECT_DOUBLE_EQ(goal.measured, 0.25);
  EXPECT_THAT(goal.note, HasSubstr("f32, 50 % zeros, by channel"));
  Report report;
  report.results = results;
  const std::vector<measure::Table> tables = Tables(report);
  EXPECT_THAT(tables.back().title, HasSubstr("Profile"));
  ASSERT_EQ(tables.back().rows.size(), 1u);
  EXPECT_EQ(tables.back().rows[0][0], "f32, 50 % zeros");
  EXPECT_EQ(tables.back().rows[0][6], "0.67");
  EXPECT_EQ(tables.back().rows[0][8], "0.25");
}

TEST(Goals, OfNothing) { EXPECT_TRUE(JudgeGoals({}).empty()); }

TEST(Table, Text) {
  const measure::Table table{
      .title = "T", .header = {"name", "n", "of"}, .rows = {{"a", "1.50", "x"}, {"bcdef", "10", ""}}};
  EXPECT_EQ(Render(table, measure::TableStyle::kText),
            "T\n"
            "name      n  of\n"
            "-----  ----  --\n"
            "a      1.50  x\n"
            "bcdef    10\n");
}

TEST(Table, Markdown) {
  const measure::Table table{.title = "T", .header = {"name", "n"}, .rows = {{"a", "1.50"}}};
  EXPECT_EQ(Render(table, measure::TableStyle::kMarkdown),
            "### T\n\n"
            "| name |    n |\n"
            "| ---- | ---: |\n"
            "| a    | 1.50 |\n");
}

TEST(GeneratedPart, ReplacesWhatLiesBetweenTheMarkers) {
  const std::string begin = "<!-- generated: ./dev bench one -->\n", end = "<!-- end -->\n",
                    other = "<!-- generated: ./dev bench other -->\n\nkept\n\n" + end;
  EXPECT_EQ(*WithGeneratedPart("before\n" + begin + "old\n" + end + "after\n" + other, "./dev bench one", "new\n"),
            "before\n" + begin + "\nnew\n\n" + end + "after\n" + other);
  EXPECT_EQ(*WithGeneratedPart(other + begin + end, "./dev bench one", "new\n"), other + begin + "\nnew\n\n" + end);
  EXPECT_FALSE(WithGeneratedPart("no markers", "./dev bench one", "new").ok());
  EXPECT_FALSE(WithGeneratedPart(end + begin, "./dev bench one", "new").ok());
}

TEST(Machine, HasCaches) {
  const measure::Machine machine = measure::ThisMachine();
  EXPECT_GT(machine.l1, 0);
  EXPECT_GE(machine.l2, machine.l1);
  EXPECT_GE(machine.last, machine.l2);
}

}  // namespace
}  // namespace actserve::bench
