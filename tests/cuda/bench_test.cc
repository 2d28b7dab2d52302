// The benchmark of GPUs, on a device that is none: that it runs to its end, checks what it times, and judges rightly.
#include "tests/bench/cuda/bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"
#include "tests/cuda/fake_device.h"

namespace actserve::bench::cuda {
namespace {

using actserve::cuda::FakeDevice;
using ::testing::HasSubstr;

Options Little(const std::string& only) {
  return {.elements = 131072, .rounds = 2, .small_launches = 2, .wants = [only](const std::string& name) {
            return name.find(only) == 0;
          }};
}
int DoNothing(actserve::cuda::Device::Stream) { return 0; }

TEST(CudaBench, TimesEveryKindOfFunctionAndLeavesNothingBehind) {
  FakeDevice device({.multiprocessors = 4, .shared_bytes = 64 << 10});
  for (const char* function :
       {"relu", "prelu", "aplu", "gelu/forward", "softmax/gradient", "sparsemax/forward", "swiglu", "maxout"}) {
    const absl::StatusOr<Report> report = Measure(device, Little(function), DoNothing);
    ASSERT_TRUE(report.ok()) << function << ": " << report.status();
    EXPECT_FALSE(report->results.empty()) << function;
    EXPECT_FALSE(report->small.empty()) << function;
    for (const Result& result : report->results) {
      EXPECT_EQ(result.seconds.size(), 2u) << result.name();
      EXPECT_EQ(result.roof_seconds.size(), 2u) << result.name();
    }
    EXPECT_EQ(device.live_allocations(), 0u);
  }
}

// A device that computes something else for one element, as a race might.
class WrongDevice : public FakeDevice {
 public:
  using FakeDevice::FakeDevice;
  absl::Status Launch(Stream stream, const actserve::cuda::Program& program,
                      const actserve::cuda::Addresses& at) override {
    const absl::Status status = FakeDevice::Launch(stream, program, at);
    auto* const outputs = static_cast<std::byte*>(at.output);
    outputs[4 * 131071] ^= std::byte{1};
    return status;
  }
};

TEST(CudaBench, TimesNothingThatIsWrong) {
  WrongDevice device({.multiprocessors = 4, .shared_bytes = 64 << 10});
  const absl::StatusOr<Report> report = Measure(device, Little("relu/forward/f32"), DoNothing);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("relu/forward/f32: element 131071 differs"));
}

TEST(CudaBench, PassesOnWhatADeviceFailsAt) {
  FakeDevice device({.multiprocessors = 4, .shared_bytes = 64 << 10});
  device.FailNext(FakeDevice::Deed::kLaunch, absl::UnavailableError("lost"));
  EXPECT_EQ(Measure(device, Little("relu/forward/f32"), DoNothing).status().message(), "lost");
  device.Mend();
  const absl::StatusOr<Report> report =
      Measure(device, Little("relu/forward/f32"), [](actserve::cuda::Device::Stream) { return 999; });
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("999"));
}

Result Measured(const char* function, int64_t row, double seconds) {
  return {.function = function,
          .direction = "forward",
          .type = "f32",
          .row = row,
          .elements = 1,
          .bytes = 8,
          .seconds = {seconds},
          .roof_seconds = {1}};
}

TEST(CudaBench, JudgesByTheSlowest) {
  Report report{.device = "", .results = {}, .small = {}};
  report.results = {Measured("gelu", 0, 1.0), Measured("mish", 0, 1.25), Measured("softmax", 1024, 1.1),
                    Measured("sparsemax", 1024, 2.2), Measured("softmax", 32768, 1.0)};
  report.small = {{"gelu", "forward", "f32", 2, 2}, {"silu", "forward", "f32", 3, 2}};
  const std::vector<Goal> goals = Goals(report);
  ASSERT_EQ(goals.size(), 4u);
  EXPECT_NEAR(goals[0].measured, 0.8, 1e-12);
  EXPECT_EQ(goals[0].note, "mish/forward/f32");
  EXPECT_FALSE(goals[0].met());
  EXPECT_NEAR(goals[1].measured, 1 / 1.1, 1e-12);
  EXPECT_TRUE(goals[1].met());
  EXPECT_NEAR(goals[2].measured, 0.5, 1e-12);
  EXPECT_FALSE(goals[2].met());
  EXPECT_NEAR(goals[3].measured, 1.5, 1e-12);
  EXPECT_FALSE(goals[3].met());
}

constexpr char kTorchJson[] = R"({"torch": "2.9", "device": "a GPU", "elements": 1, "results": [
  {"name": "gelu/forward/f32", "seconds": [3, 0.9, 1]},
  {"name": "softmax/forward/f32/rows of 1024", "seconds": [2.2]}]})";

TEST(CudaBench, ShowsPyTorchBesideAndJudgesByTheSlowest) {
  Report report{.device = "", .results = {}, .small = {}};
  report.results = {Measured("gelu", 0, 2.0), Measured("aplu", 0, 1.0), Measured("softmax", 1024, 1.1)};
  const absl::StatusOr<TorchTimes> times = ParseTorchTimes(kTorchJson);
  ASSERT_TRUE(times.ok()) << times.status();
  report.torch = *times;
  const Goal goal = Goals(report).back();
  EXPECT_EQ(goal.note, "gelu/forward/f32");
  EXPECT_DOUBLE_EQ(goal.measured, 0.5);
  EXPECT_FALSE(goal.met());
  const measure::Table table = Tables(report)[1];
  EXPECT_EQ(table.header.back(), "of PyTorch");
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size());
  EXPECT_EQ(table.rows[0].back(), "0.50");
  EXPECT_EQ(table.rows[1].back(), "") << "which PyTorch has not";
  EXPECT_EQ(table.rows[2].back(), "2.00");

  report.torch.reset();
  EXPECT_EQ(Tables(report)[1].header.back(), "of a copy");
  for (const Goal& each : Goals(report)) EXPECT_EQ(each.name.find("PyTorch"), std::string::npos);
}

TEST(CudaBench, SaysWhatIsWrongWithPyTorchsTimes) {
  for (const char* json : {"", "{}", R"({"torch": "2", "device": "", "elements": 1, "results": [{"name": "x"}]})",
                           R"({"torch": "2", "device": "", "elements": "many", "results": []})"}) {
    const absl::Status status = ParseTorchTimes(json).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(std::string(status.message()), HasSubstr("torch_peer.py"));
  }
  for (const char* seconds : {"[]", "[0]", "[1, -1]"}) {
    const absl::Status status =
        ParseTorchTimes(
            absl::StrFormat(R"({"torch": "2", "device": "", "elements": 1, "results": [{"name": "x", "seconds": %s}]})",
                            seconds))
            .status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("x: expected seconds")) << seconds;
  }
}

}  // namespace
}  // namespace actserve::bench::cuda
