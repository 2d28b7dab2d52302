// The arithmetic of the service's report, on measurements made up.
#include "tests/bench/service/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bench/service/goals.h"

namespace actserve::bench::service {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Round Took(int64_t calls, double latency = 1e-3, double cpu_seconds = 1) {
  return {.calls = calls,
          .seconds = 1,
          .p50 = latency,
          .p99 = 2 * latency,
          .p999 = 3 * latency,
          .cpu_seconds = cpu_seconds};
}

Entrant Of(std::string_view server, std::vector<Round> rounds, std::string_view form = kUnary, int64_t bytes = 64) {
  return {.server = std::string(server), .form = std::string(form), .bytes = bytes, .rounds = std::move(rounds)};
}

Result Payload(std::string payload, Entrant ours, Entrant echo) {
  return {.subject = {.group = "payload",
                      .rpc = "evaluate",
                      .transport = "tcp",
                      .payload = std::move(payload),
                      .in_flight = 8},
          .entrants = {std::move(echo), std::move(ours)}};
}

std::vector<Goal> GoalsOf(std::vector<Result> results) {
  Report report;
  report.results = std::move(results);
  return JudgeGoals(report);
}

const Goal* Find(const std::vector<Goal>& goals, std::string_view name) {
  for (const Goal& goal : goals) {
    if (goal.name == name) return &goal;
  }
  return nullptr;
}

TEST(ServiceResult, FindsByServerAndForm) {
  const Result result{.subject = {},
                      .entrants = {Of(kEcho, {Took(1)}), Of(kOurs, {Took(2)}), Of(kOurs, {Took(3)}, kStream)}};
  EXPECT_EQ(result.Find(kOurs)->rounds[0].calls, 2);
  EXPECT_EQ(result.Find(kOurs, kStream)->rounds[0].calls, 3);
  EXPECT_EQ(result.Find(kEcho, kStream), nullptr);
}

TEST(ServiceResult, RatiosAreTakenWithinRounds) {
  // The machine is slow in the last two rounds, for both.
  const Entrant ours = Of(kOurs, {Took(800), Took(80), Took(80)}), echo = Of(kEcho, {Took(1000), Took(100), Took(100)});
  EXPECT_DOUBLE_EQ(Ratio(ours, echo, CallsPerSecond), 0.8);
  EXPECT_DOUBLE_EQ(Typical(ours, CallsPerSecond), 80);
}

TEST(ServiceResult, ItemsAndCpu) {
  Entrant ours = Of(kOurs, {Took(100, 1e-3, 0.5)});
  ours.items = 16;
  ours.kernel_seconds = 1e-3;
  EXPECT_DOUBLE_EQ(Typical(ours, ItemsPerSecond), 1600);
  EXPECT_DOUBLE_EQ(Typical(ours, CpuPerCall), 5e-3);
  EXPECT_DOUBLE_EQ(Typical(ours, CpuPerCallBesideKernel), 4e-3);
}

TEST(ServiceGoals, WorstOfCallsAndLatency) {
  const std::vector<Result> results = {Payload("64B", Of(kOurs, {Took(95, 1e-3)}), Of(kEcho, {Took(100, 1e-3)})),
                                       Payload("4KiB", Of(kOurs, {Took(50, 2e-3)}), Of(kEcho, {Took(100, 1e-3)}))};
  const std::vector<Goal> goals = GoalsOf(results);
  const Goal* calls = Find(goals, "evaluate, tcp: calls/s / echo");
  ASSERT_NE(calls, nullptr);
  EXPECT_DOUBLE_EQ(calls->measured, 0.5);
  EXPECT_THAT(calls->note, HasSubstr("4KiB x 8, least of 2"));
  EXPECT_EQ(calls->verdict(), "short");
  const Goal* p50 = Find(goals, "evaluate, tcp: p50 / echo");
  ASSERT_NE(p50, nullptr);
  EXPECT_DOUBLE_EQ(p50->measured, 2);
  EXPECT_THAT(p50->note, HasSubstr("most of 2"));
  EXPECT_EQ(Find(goals, "evaluate, unix: calls/s / echo"), nullptr) << "nothing was measured for it";
  EXPECT_EQ(Find(goals, "gradient, tcp: calls/s / echo"), nullptr);
}

TEST(ServiceGoals, CpuOfLargeCallsIsBesideTheKernels) {
  Entrant ours = Of(kOurs, {Took(100, 1e-3, 0.3)}, kUnary, 1 << 20);
  ours.kernel_seconds = 1e-3;
  const std::vector<Goal> goals = GoalsOf({Payload("1MiB", ours, Of(kEcho, {Took(100, 1e-3, 0.2)}, kUnary, 1 << 20))});
  const Goal* cpu = Find(goals, "evaluate, tcp, 1 MiB and more: CPU per GB beside the kernel's / echo");
  ASSERT_NE(cpu, nullptr);
  EXPECT_DOUBLE_EQ(cpu->measured, 1);
  EXPECT_EQ(cpu->verdict(), "met");
  EXPECT_EQ(Find(goals, "evaluate, tcp, 64 B: CPU per call / echo"), nullptr);
}

TEST(ServiceGoals, BatchesAndStreams) {
  Result batch{.subject = {.group = "batch", .rpc = "evaluate", .transport = "tcp", .payload = "256B", .in_flight = 8},
               .entrants = {Of(kOurs, {Took(1000)}, "1"), Of(kOurs, {Took(25)}, "1024")}};
  batch.entrants[1].items = 1024;
  const Result stream{
      .subject = {.group = "stream", .rpc = "evaluate", .transport = "unix", .payload = "64B", .in_flight = 1},
      .entrants = {Of(kOurs, {Took(100)}), Of(kOurs, {Took(140)}, kStream)}};
  const std::vector<Goal> goals = GoalsOf({batch, stream});
  const Goal* items = Find(goals, "1024 items of 64 floats in a call: items/s / one's");
  ASSERT_NE(items, nullptr);
  EXPECT_DOUBLE_EQ(items->measured, 25.6);
  const Goal* streams = Find(goals, "streams, unix: calls/s / unary");
  ASSERT_NE(streams, nullptr);
  EXPECT_DOUBLE_EQ(streams->measured, 1.4);
}

TEST(ServiceGoals, OverloadAndCrowd) {
  Report report;
  report.overload = {.peak = 1000, .goodput = 850, .p99_at_peak = 0.1, .p99 = 0.15, .answered = 1700, .refused = 6300};
  report.crowd = {.before_bytes = 20 << 20, .peak_bytes = 300 << 20, .after_bytes = 30 << 20, .answered = 90};
  const std::vector<Goal> goals = JudgeGoals(report);
  ASSERT_EQ(goals.size(), 5);
  EXPECT_DOUBLE_EQ(goals[0].measured, 0.85);
  EXPECT_EQ(goals[0].verdict(), "short");
  EXPECT_DOUBLE_EQ(goals[1].measured, 1.5);
  EXPECT_EQ(goals[1].verdict(), "met");
  EXPECT_THAT(goals[1].note, HasSubstr("1700 calls answered, 6300 refused, 0 failed"));
  EXPECT_DOUBLE_EQ(goals[2].measured, 300);
  EXPECT_DOUBLE_EQ(goals[3].measured, 10);
  EXPECT_EQ(goals[4].verdict(), "met");
}

TEST(ServiceTables, OfWhatWasMeasured) {
  Report report;
  report.results = {Payload("64B", Of(kOurs, {Took(95)}), Of(kEcho, {Took(100)}))};
  const std::vector<measure::Table> tables = Tables(report);
  ASSERT_EQ(tables.size(), 3);
  EXPECT_EQ(tables[0].title, "Goals");
  EXPECT_EQ(tables[1].title, "evaluate over tcp");
  for (const measure::Table& table : tables) {
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size());
  }
  EXPECT_EQ(tables[1].rows[0][2], "0.95");
  report.results.clear();
  EXPECT_THAT(Tables(report)[0].rows, IsEmpty());
}

TEST(ServiceTables, AnswersWithoutZeros) {
  Report report;
  report.results = {{.subject = {.group = std::string(kZerosGroup),
                                 .rpc = "evaluate",
                                 .transport = "tcp",
                                 .payload = "1MiB, 90 % zeros"},
                     .entrants = {Of(kOurs, {Took(100)}, "dense"), Of(kOurs, {Took(150)}, "auto")}}};
  report.results[0].entrants[0].answer_bytes = 1 << 20;
  report.results[0].entrants[1].answer_bytes = 1 << 18;
  const std::vector<measure::Table> tables = Tables(report);
  ASSERT_EQ(tables.size(), 2);
  ASSERT_EQ(tables[1].rows.size(), 1);
  EXPECT_EQ(tables[1].rows[0].size(), tables[1].header.size());
  EXPECT_EQ(tables[1].rows[0][1], "256 KiB");
  EXPECT_EQ(tables[1].rows[0][2], "0.25");
  EXPECT_EQ(tables[1].rows[0][4], "1.50");
}

}  // namespace
}  // namespace actserve::bench::service
