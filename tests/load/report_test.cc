// What becomes of measurements: warnings, tables, files, the page.
#include "client/load/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "client/load/progress.h"
#include "client/load/report/chart.h"
#include "client/load/report/format.h"
#include "tests/client/process.h"
#include "tests/load/simulated_driver.h"
#include "tests/server/temporary_file.h"

namespace actserve::load {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Pace kPace = {.warm_up = 0, .window = kSecond, .duration = 5 * kSecond, .stable_within = 0};

StepReport Step(const Offer& offer, SimulatedServer server = {}) {
  SimulatedDriver driver(std::move(server));
  Observer nobody;
  return {.result = MeasureStep(driver, offer, kPace, nobody)};
}

Report Sweep() {
  Report report{.version = "1.2.3",
                .grpc = "1.51.1",
                .date = "2026-11-23 17:04 UTC",
                .server = "unix:/a&b",
                .settings = "rate: \"1k..4k*2\"\ncall { function: '<gelu>' }\n",
                .machine = {.cpu = "A processor", .l1 = 1, .l2 = 1, .last = 1}};
  report.kinds = {{.name = "gelu f32[1024]", .elements = 1024, .bytes = 4096}};
  for (const double rate : {1000, 2000, 4000}) {
    StepReport& step = report.steps.emplace_back(Step({.rate = rate}));
    step.server = ServerWork{.requests = rate * 5, .request = 4e-4, .queue = 1e-4, .kernel = 2e-4, .cpu = 1};
    step.server_windows.assign(step.result.windows.size(), *step.server);
  }
  return report;
}

std::vector<std::string> Sections(const Report& report) {
  const TemporaryFile file("report.html", ToHtml(report));
  const auto checked = actserve::testing::RunProcess(
      {"/usr/bin/python3", std::string(LOAD_TESTS_FOLDER) + "/self_contained.py", file.path()});
  EXPECT_EQ(checked.status, 0) << checked.err;
  return absl::StrSplit(checked.out, '\n', absl::SkipEmpty());
}

TEST(Page, OfASweepIsSelfContainedAndWellFormed) {
  EXPECT_THAT(
      Sections(Sweep()),
      ElementsAre("Throughput and latency: chart", "Latency distribution: chart", "Latency over time: chart",
                  "Where the time goes: chart", "Who works: chart", "Calls that failed: none",
                  "Load, throughput, latency: table", "Where a request's time goes (means), and cores in use: table"));
}

TEST(Page, OfOneStepOfOneCallWithoutMetrics) {
  Report report = Sweep();
  report.steps = {Step({.rate = 0.3})};
  EXPECT_THAT(Sections(report), Contains("Latency distribution: chart"));
  EXPECT_THAT(Sections(report), ::testing::Not(Contains("Where the time goes: chart")));
}

TEST(Page, OfARunWithoutAnyAnswer) {
  Report report = Sweep();
  SimulatedServer dead;
  dead.dies = 0;
  report.steps = {Step({.rate = 100}, dead)};
  report.status = report.steps[0].result.status;
  EXPECT_THAT(Sections(report), Contains("Calls that failed: chart"));
  EXPECT_THAT(ToHtml(report), HasSubstr("The run ended early: connection refused"));
  report.steps.clear();
  EXPECT_FALSE(Sections(report).empty());
}

// As when calls take longer than a step lasts.
TEST(Page, OfAStepWithoutAnswersInItsWindows) {
  Report report = Sweep();
  report.steps.resize(1);
  for (Window& window : report.steps[0].result.windows) window.p50 = window.p99 = window.max = 0;
  EXPECT_THAT(Sections(report), Contains("Latency over time: chart"));
}

TEST(LogAxis, OfNoValuesIsAroundOne) {
  const Axis axis = LogAxis("latency", INFINITY, 0, FormatNanos);
  EXPECT_LT(axis.low, 1);
  EXPECT_GT(axis.high, 1);
  EXPECT_LT(axis.high, 10);
}

TEST(Page, WhatOthersSayIsEscaped) {
  Report report = Sweep();
  SimulatedServer dead;
  dead.dies = kSecond;
  report.steps = {Step({.rate = 100}, dead)};
  report.status = absl::UnavailableError("<script>alert('x')</script> & \x01");
  EXPECT_THAT(ToHtml(report), ::testing::Not(HasSubstr("<script")));
  Sections(report);
}

TEST(Page, OfASearchShowsTheObjective) {
  Report report = Sweep();
  report.search =
      SearchReport{.objective = {.quantile = 0.99, .limit = 5 * kMillisecond}, .kept = 4000, .missed = 5000};
  EXPECT_THAT(ToHtml(report), HasSubstr("p99=5ms is kept at 4000/s, and missed at 5000/s."));
  Sections(report);
  report.search->kept.reset();
  EXPECT_EQ(SearchText(report), "p99=5ms is missed at every rate tried, down to 5000/s.");
}

TEST(Warnings, NoneOfAGoodRun) { EXPECT_THAT(Warnings(Sweep()), IsEmpty()); }

TEST(Warnings, WhatAReaderMustKnow) {
  Report report = Sweep();
  report.steps[1].limits = {"a thread was busy for 95 % of the time"};
  report.steps[2].result.total.calls.ends[kWrong] = 3;
  report.steps[2].result.total.messages[kWrong] = "item 0: element 1 is 2; expected 3";
  report.steps[0].server->requests = 9000;
  report.metrics_error = "http://x/metrics: no";
  report.status = absl::CancelledError("interrupted");
  EXPECT_THAT(Warnings(report),
              ElementsAre(HasSubstr("ended early: interrupted"), HasSubstr("3 answers were wrong; the first: item 0"),
                          HasSubstr("actload itself could not keep up at 2000/s (a thread was busy for 95 %"),
                          HasSubstr("1000/s: the server answered 9000 requests"), HasSubstr("http://x/metrics")));
  const std::string page = ToHtml(report);
  for (const std::string& warning : Warnings(report)) EXPECT_THAT(page, HasSubstr(Escape(warning)));
  const auto json = nlohmann::json::parse(ToJson(report));
  EXPECT_EQ(json["warnings"].size(), 5);
  EXPECT_THAT(json["steps"][1]["actload"]["limits"][0].get<std::string>(), HasSubstr("busy"));
}

TEST(Json, HasAllFigures) {
  const auto json = nlohmann::json::parse(ToJson(Sweep()));
  ASSERT_EQ(json["steps"].size(), 3);
  const auto& step = json["steps"][2];
  EXPECT_EQ(step["offered_rate"], 4000);
  EXPECT_NEAR(step["rate"].get<double>(), 4000, 100);
  EXPECT_NEAR(step["latency"]["p99"].get<double>(), 1e-3, 2e-5);
  EXPECT_EQ(step["windows"].size(), 5);
  EXPECT_EQ(step["windows"][0]["server"]["queue_seconds"], 1e-4);
  EXPECT_EQ(step["ends"]["OK"].get<int64_t>(), step["kinds"][0]["ends"]["OK"].get<int64_t>());
  EXPECT_EQ(step["distribution"].back()[0], 1);
  EXPECT_EQ(json["status"], "OK");
}

TEST(Csv, HasAColumnForEachName) {
  Report report = Sweep();
  report.steps[1].server.reset();
  const std::vector<std::string> lines = absl::StrSplit(ToCsv(report), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 4);
  const std::vector<std::string> names = absl::StrSplit(lines[0], ',');
  for (const std::string& line : lines) {
    EXPECT_EQ(std::vector<std::string>(absl::StrSplit(line, ',')).size(), names.size()) << line;
  }
  EXPECT_THAT(lines[1], HasSubstr("open,1000,0,"));
}

TEST(Tables, RowsAreAsLongAsHeaders) {
  Report report = Sweep();
  report.kinds.push_back(report.kinds[0]);
  for (StepReport& step : report.steps) step.result.total.kinds.resize(2);
  report.steps[0].server.reset();
  const auto tables = Tables(report);
  ASSERT_EQ(tables.size(), 3);
  for (const measure::Table& table : tables) {
    EXPECT_FALSE(table.rows.empty()) << table.title;
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size()) << table.title;
  }
}

TEST(Distribution, ReachesAsFarAsThereAreValues) {
  EXPECT_THAT(DistributionQuantiles(0), IsEmpty());
  EXPECT_THAT(DistributionQuantiles(1), ElementsAre(0, 1));
  const std::vector<double> quantiles = DistributionQuantiles(1000);
  EXPECT_NEAR(quantiles[quantiles.size() - 2], 0.999, 1e-9);
  EXPECT_TRUE(std::is_sorted(quantiles.begin(), quantiles.end()));
}

TEST(Format, ThreeDigitsAndAUnit) {
  EXPECT_EQ(FormatNanos(0), "0 ns");
  EXPECT_EQ(FormatNanos(999), "999 ns");
  EXPECT_EQ(FormatNanos(999.6), "1.00 us");
  EXPECT_EQ(FormatNanos(12'345), "12.3 us");
  EXPECT_EQ(FormatNanos(999.6e3), "1.00 ms");
  EXPECT_EQ(FormatNanos(1.5e9), "1.50 s");
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(4000), "4000");
  EXPECT_EQ(FormatCount(12'340), "12.3k");
  EXPECT_EQ(FormatCount(1.5e6), "1.50M");
  EXPECT_EQ(FormatCount(0.5), "0.5");
  EXPECT_EQ(FormatBytes(64), "64 B");
  EXPECT_EQ(FormatBytes(65'536), "64.0 KiB");
  EXPECT_EQ(FormatPercent(0.123), "12 %");
}

TEST(Progress, FitsTheTerminal) {
  const Window window{.begin = 0, .end = kSecond, .completed = 3990, .p50 = 210'000, .p99 = 1'400'000};
  EXPECT_EQ(RenderProgress("2/5  4000/s", 0.5, window, 0, 200),
            "2/5  4000/s  [##########----------]  3990/s  p50 210 us  p99 1.40 ms  failed 0");
  EXPECT_EQ(RenderProgress("2/5  4000/s", 2, window, 0, 30).size(), 30);
  EXPECT_EQ(RenderProgress("x", 2, window, 0, 0), "");
}

}  // namespace
}  // namespace actserve::load
