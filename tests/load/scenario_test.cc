// Scenarios and flags: what is read, and where mistakes are said to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/load/calls/workload.h"
#include "client/load/command_line.h"
#include "client/load/scenario/plan.h"
#include "tests/server/temporary_file.h"

namespace actserve::load {
namespace {

using testing::HasSubstr;

// Nothing if it cannot be read.
Settings Read(const TemporaryFile& file) {
  Settings settings;
  const absl::Status status = ReadText(file.path(), settings.scenario, settings.origins);
  EXPECT_TRUE(status.ok()) << status;
  return settings;
}

std::string PlanError(const std::string& text) {
  const TemporaryFile file("scenario.txtpb", text);
  const auto plan = MakePlan(Read(file));
  return plan.ok() ? "none" : std::string(plan.status().message());
}

std::string WorkloadError(const std::string& text) {
  const TemporaryFile file("scenario.txtpb", text);
  const auto workload = MakeWorkload(Read(file));
  return workload.ok() ? "none" : std::string(workload.status().message());
}

TEST(Plan, OfNothingIsAClosedLoop) {
  const auto plan = MakePlan({});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->steps.size(), 1);
  EXPECT_FALSE(plan->steps[0].is_open());
  EXPECT_EQ(plan->steps[0].concurrency, 8);
  EXPECT_EQ(plan->pace.duration, 10 * kSecond);
  EXPECT_EQ(plan->deadline, 10 * kSecond);
}

TEST(Plan, OfASweep) {
  const TemporaryFile file("scenario.txtpb",
                           "rate: '1k..4k*2' arrivals: CONSTANT warm_up: '0s' window: '250ms' max_in_flight: 9");
  const auto plan = MakePlan(Read(file));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->steps.size(), 3);
  EXPECT_EQ(plan->steps[2].rate, 4000);
  EXPECT_EQ(plan->steps[2].arrivals, ArrivalProcess::kConstant);
  EXPECT_EQ(plan->steps[2].max_in_flight, 9);
  EXPECT_EQ(plan->pace.warm_up, 0);
  EXPECT_EQ(plan->pace.window, 250 * kMillisecond);
}

TEST(Plan, OfASearch) {
  const TemporaryFile file("scenario.txtpb", "slo: 'p99=5ms' rate: '100..50k' slo_precision: 0.1");
  const auto plan = MakePlan(Read(file));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->search);
  EXPECT_EQ(plan->search->bounds.low, 100);
  EXPECT_EQ(plan->search->bounds.high, 50'000);
  EXPECT_EQ(plan->search->precision, 0.1);
}

TEST(Plan, MistakesAreOnTheirLines) {
  EXPECT_THAT(PlanError("\n\nrate: '0'"), HasSubstr("scenario.txtpb:3: rate: \"0\" is no load"));
  EXPECT_THAT(PlanError("rate: '1e9'"), HasSubstr(":1: rate: 1000000000 is out of range; expected 0.001 to 10000000"));
  EXPECT_THAT(PlanError("concurrency: '1.5'"), HasSubstr("1.5 is not whole"));
  EXPECT_THAT(PlanError("rate: '1'\nconcurrency: '1'"), HasSubstr(":2: concurrency: is given, and so is rate"));
  EXPECT_THAT(PlanError("slo: 'p99'"), HasSubstr("such as p99=5ms"));
  EXPECT_THAT(PlanError("slo: 'p99=1ms'\nconcurrency: '1'"), HasSubstr("slo, which searches for a rate"));
  EXPECT_THAT(PlanError("duration: '10'"), HasSubstr(":1: duration: \"10\" is no duration"));
  EXPECT_THAT(PlanError("warm_up: '-1s'"), HasSubstr("warm_up"));
  EXPECT_THAT(PlanError("check: nan"), HasSubstr("check: nan is out of range; expected 0 to 1"));
  EXPECT_THAT(PlanError("connections: 0"), HasSubstr("connections: 0 is out of range"));
  EXPECT_THAT(PlanError("connections: 2\nthreads: 3"), HasSubstr(":2: threads: 3 is more than the 2 connections"));
}

TEST(Workload, OfNothingIsGelu) {
  const auto workload = MakeWorkload({});
  ASSERT_TRUE(workload.ok()) << workload.status();
  ASSERT_EQ(workload->size(), 1);
  EXPECT_EQ(workload->front()->name(), "gelu f32[1024]");
  EXPECT_EQ(workload->front()->elements(), 1024);
}

TEST(Workload, NamesSayWhatIsCalled) {
  const TemporaryFile file(
      "scenario.txtpb",
      "call { function: 'silu' direction: GRADIENT type: BF16 shape: [2, 3] items: 4 stream: true }"
      "call { function: 'relu' name: 'mine' weight: 3 }");
  const auto workload = MakeWorkload(Read(file));
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_EQ((*workload)[0]->name(), "silu gradient bf16[2, 3] x4 stream");
  EXPECT_EQ((*workload)[0]->elements(), 24);
  EXPECT_STREQ((*workload)[0]->method(), "/actserve.v1.ActivationService/GradientStream");
  EXPECT_EQ((*workload)[1]->name(), "mine");
  EXPECT_THAT(MixOf(*workload, 1).weights, testing::ElementsAre(1, 3));
}

TEST(Workload, MistakesAreOnTheirLines) {
  EXPECT_THAT(WorkloadError("call {\n function: 'geluu' }"),
              HasSubstr(":2: call[0].function: \"geluu\" is unknown; near "
                        "it are: gelu"));
  EXPECT_THAT(WorkloadError("call { function: 'relu' }\ncall { weight: 1 }"), HasSubstr(":2: call[1]: is missing"));
  EXPECT_THAT(WorkloadError("call { function: 'relu'\n weight: 0 }"),
              HasSubstr(":2: call[0].weight: 0 is out of range"));
  EXPECT_THAT(WorkloadError("call { function: 'relu'\n\n shape: [3, -1] }"), HasSubstr(":3: call[0].shape[0]: "));
  EXPECT_THAT(WorkloadError("call { function: 'relu'\n axis: 1 }"), HasSubstr(":2: call[0].axis: "));
  EXPECT_THAT(WorkloadError("call { function: 'softmax' shape: [2, 3]\n axis: 7 }"), HasSubstr(":2: call[0].axis: "));
  EXPECT_THAT(WorkloadError("call { function: 'relu' items: 0 }"), HasSubstr("call[0].items: 0 is out of range"));
  EXPECT_THAT(WorkloadError("call { function: 'silu'\n parameter { name: 'gamma' value: 1 } }"),
              HasSubstr(":2: call[0].parameter[0]: parameters.gamma is not a known parameter"));
  EXPECT_THAT(WorkloadError("call { function: 'silu' parameter { name: 'beta' } }"), HasSubstr("beta has no value"));
  EXPECT_THAT(WorkloadError("call { function: 'silu' parameter { name: 'beta' value: [1, 2] } }"),
              HasSubstr("expected a single number"));
  EXPECT_THAT(WorkloadError("call { function: 'prelu' }"), HasSubstr("alpha is missing"));
}

TEST(Scenario, WhatIsNoneIsOnItsLine) {
  const TemporaryFile file("scenario.txtpb", "rate: '1'\nrat: '2'\n");
  Settings settings;
  const absl::Status status = ReadText(file.path(), settings.scenario, settings.origins);
  EXPECT_THAT(std::string(status.message()), HasSubstr("scenario.txtpb:2:4: "));
  EXPECT_EQ(ReadText("/nonexistent", settings.scenario, settings.origins).code(), absl::StatusCode::kNotFound);
}

std::variant<CommandLine, ExitStatus> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "actload");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, FlagsGoOverTheScenario) {
  const TemporaryFile file("scenario.txtpb", "rate: '1k' duration: '5s' call { function: 'mish' }");
  const auto parsed = Parse({"--scenario", file.path().c_str(), "--rate", "2k", "--arrivals", "constant"});
  const auto* line = std::get_if<CommandLine>(&parsed);
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(line->settings.scenario.rate(), "2k");
  EXPECT_EQ(line->settings.scenario.duration(), "5s");
  EXPECT_EQ(line->settings.scenario.arrivals(), scenario::Scenario::CONSTANT);
  EXPECT_EQ(line->settings.origins.at("rate"), "--rate");
}

TEST(CommandLine, AFlagsLoadTakesThePlaceOfTheScenarios) {
  const TemporaryFile open("open.txtpb", "slo: 'p99=1ms' rate: '1k..2k'"), closed("closed.txtpb", "concurrency: '4'");
  const auto closes = Parse({"--scenario", open.path().c_str(), "--concurrency", "2"});
  EXPECT_FALSE(std::get<CommandLine>(closes).settings.scenario.has_slo());
  EXPECT_TRUE(MakePlan(std::get<CommandLine>(closes).settings).ok());
  const auto opens = Parse({"--scenario", closed.path().c_str(), "--rate", "5"});
  EXPECT_TRUE(MakePlan(std::get<CommandLine>(opens).settings).ok());
  const auto both = Parse({"--concurrency", "1", "--rate", "5"});
  EXPECT_FALSE(MakePlan(std::get<CommandLine>(both).settings).ok());
}

TEST(CommandLine, FlagsOfTheOnlyCall) {
  const auto parsed = Parse({"--function", "softmax", "--shape", "4,10", "--type", "f16", "--direction", "gradient"});
  const auto* line = std::get_if<CommandLine>(&parsed);
  ASSERT_NE(line, nullptr);
  ASSERT_EQ(line->settings.scenario.call_size(), 1);
  const scenario::CallKind& call = line->settings.scenario.call(0);
  EXPECT_EQ(call.function(), "softmax");
  EXPECT_EQ(call.shape_size(), 2);
  EXPECT_EQ(call.type(), scenario::CallKind::F16);
  EXPECT_EQ(call.direction(), scenario::CallKind::GRADIENT);
  EXPECT_EQ(MakeWorkload(line->settings)->front()->name(), "softmax gradient f16[4, 10]");
}

TEST(CommandLine, MistakesNameTheFlag) {
  const TemporaryFile file("scenario.txtpb", "call { function: 'mish' }");
  testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<ExitStatus>(Parse({"--scenario", file.path().c_str(), "--function", "gelu"})), kUsage);
  EXPECT_EQ(std::get<ExitStatus>(Parse({"--type", "f31"})), kUsage);
  EXPECT_EQ(std::get<ExitStatus>(Parse({"--connections", "many"})), kUsage);
  EXPECT_EQ(std::get<ExitStatus>(Parse({"--nonsense"})), kUsage);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("--function: the scenario has calls of its own"));
  EXPECT_THAT(said, HasSubstr("--type: \"f31\" is not valid; expected one of f64, f32, f16, bf16"));
  EXPECT_THAT(said, HasSubstr("--connections: \"many\" is not valid"));
}

}  // namespace
}  // namespace actserve::load
