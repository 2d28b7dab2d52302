#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <thread>

#include "kernels/api/registry.h"
#include "prometheus/text_serializer.h"
#include "server/observe/log.h"
#include "server/observe/metrics.h"
#include "server/observe/metrics_server.h"
#include "server/observe/zeros.h"

namespace actserve {
namespace {

using config::ServerConfig;
using std::chrono::microseconds;
using ::testing::HasSubstr;

TEST(HistogramTest, BucketsAreCumulativeAndTheirBoundsInclusive) {
  Histogram<kCountBounds> histogram;
  for (const double value : {1.0, 2.0, 2.0, 3.0, 1e9}) histogram.Observe(value);
  const auto collected = histogram.Collect();
  EXPECT_EQ(collected.bucket[0].cumulative_count, 1u);  // <= 1
  EXPECT_EQ(collected.bucket[1].cumulative_count, 3u);  // <= 2
  EXPECT_EQ(collected.bucket[2].cumulative_count, 4u);  // <= 4
  EXPECT_EQ(collected.bucket.back().cumulative_count, 4u);
  EXPECT_EQ(collected.sample_count, 5u);  // +Inf
  EXPECT_EQ(collected.sample_sum, 1e9 + 8);
}

TEST(HistogramTest, LosesNothingWhenManyThreadsObserve) {
  Histogram<kSecondBounds> histogram;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) histogram.Observe(0.5);
    });
  }
  for (int i = 0; i < 100; ++i) {
    const auto collected = histogram.Collect();
    uint64_t last = 0;
    for (const auto& bucket : collected.bucket) {
      EXPECT_GE(bucket.cumulative_count, last);
      last = bucket.cumulative_count;
    }
    EXPECT_GE(collected.sample_count, last);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.Collect().sample_count, 40'000u);
  EXPECT_EQ(histogram.Collect().sample_sum, 20'000);
}

std::shared_ptr<Metrics> MakeMetrics() {
  return std::make_shared<Metrics>(BuildInfo{.version = "1.2.3", .simd_target = "AVX2", .cuda = "none"},
                                   [] { return LoadSample{.waiting = 1, .running = 2, .bytes = 3, .threads = 4}; });
}

std::string Text(const Metrics& metrics) { return prometheus::TextSerializer().Serialize(metrics.Collect()); }

TEST(MetricsTest, CountsUnderTheLabelsOfTheCatalogue) {
  const auto metrics = MakeMetrics();
  const Function& relu = *FindFunction("relu");
  metrics->CountRequest(Rpc::kEvaluate, 0, microseconds(7));
  metrics->CountRequest(Rpc::kGradientStream, 3, microseconds(7));
  metrics->CountRequest(Rpc::kGetFunction, 999, microseconds(7));
  metrics->CountItem(Rpc::kEvaluate, relu.index, static_cast<int>(BackendId::kCpu), 0);
  metrics->CountItem(Rpc::kGradient, Metrics::kNoFunction, Metrics::kNoBackend, 5);
  metrics->CountKernel(Rpc::kEvaluate, relu.index, 0, microseconds(3), 1000, 0.25);
  metrics->CountOutput(Encoding::kBitmap, 300, 4000);
  metrics->CountQueued(BackendId::kCpu, microseconds(3));
  metrics->CountBatch(5);
  metrics->CountBytes(Bytes::kSent, 77);
  metrics->CountRejected(Rejected::kQueueFull);
  metrics->AddInFlight(Rpc::kGradient, 1);
  const std::string text = Text(*metrics);
  for (const char* line : {
           R"(actserve_requests_total{rpc="Evaluate",code="OK"} 1)",
           R"(actserve_requests_total{rpc="Gradient",code="OK"} 0)",
           R"(actserve_requests_total{rpc="GradientStream",code="INVALID_ARGUMENT"} 1)",
           R"(actserve_requests_total{rpc="GetFunction",code="UNKNOWN"} 1)",
           R"(actserve_items_total{rpc="Evaluate",function="relu",backend="cpu",code="OK"} 1)",
           R"(actserve_items_total{rpc="Gradient",function="unknown",backend="none",code="NOT_FOUND"} 1)",
           R"(actserve_kernel_duration_seconds_count{rpc="Evaluate",function="relu",backend="cpu"} 1)",
           R"(actserve_elements_total{rpc="Evaluate",function="relu",backend="cpu"} 1000)",
           R"(actserve_output_bytes_total{encoding="bitmap"} 300)",
           R"(actserve_dense_output_bytes_total{encoding="bitmap"} 4000)",
           R"(actserve_output_bytes_total{encoding="two_four"} 0)",
           R"(actserve_zero_elements_total{rpc="Evaluate",function="relu",backend="cpu"} 250)",
           R"(actserve_queue_duration_seconds_count{backend="cpu"} 1)",
           R"(actserve_request_duration_seconds_bucket{rpc="Evaluate",le="5e-06"} 0)",
           R"(actserve_request_duration_seconds_bucket{rpc="Evaluate",le="1e-05"} 1)",
           R"(actserve_batch_items_bucket{le="8"} 1)",
           R"(actserve_bytes_total{direction="sent"} 77)",
           R"(actserve_rejected_total{reason="queue_full"} 1)",
           R"(actserve_in_flight{rpc="Gradient"} 1)",
           R"(actserve_pool_requests{state="running"} 2)",
           R"(actserve_byte_table_calls_total{table="found"} )",
           R"(actserve_byte_table_calls_total{table="computed"} )",
           "actserve_byte_table_bytes ",
           R"(actserve_build_info{version="1.2.3",simd_target="AVX2",cuda="none"} 1)",
           "process_resident_memory_bytes",
           "process_open_fds",
           "process_cpu_seconds_total",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, EveryFunctionHasItsOwnSeries) {
  const auto metrics = MakeMetrics();
  for (const Function& function : Functions()) {
    for (int i = 0; i <= function.index; ++i) {
      metrics->CountItem(Rpc::kGradientStream, function.index, 1, 16);
      metrics->CountKernel(Rpc::kGradientStream, function.index, 1, microseconds(1), 10, 0);
    }
  }
  const std::string text = Text(*metrics);
  for (const Function& function : Functions()) {
    const std::string labels =
        "{rpc=\"GradientStream\",function=\"" + std::string(function.info.name) + "\",backend=\"cuda\"";
    EXPECT_THAT(text, HasSubstr("actserve_items_total" + labels + ",code=\"UNAUTHENTICATED\"} " +
                                std::to_string(function.index + 1)));
    EXPECT_THAT(text, HasSubstr("actserve_elements_total" + labels + "} " + std::to_string(10 * (function.index + 1))));
  }
}

template <class T>
double ShareOfZerosIn(DataType type, std::vector<T> elements, int64_t skipped_bytes = 0,
                      const Quantization& quantization = {}) {
  std::vector<std::byte> bytes(skipped_bytes + elements.size() * sizeof(T));
  if (!elements.empty()) std::memcpy(bytes.data() + skipped_bytes, elements.data(), elements.size() * sizeof(T));
  const int64_t count = elements.size();
  return ShareOfZeros({type, *Shape::Make({&count, 1}), bytes.data() + skipped_bytes}, quantization);
}

TEST(ShareOfZerosTest, IsExactForSmallTensorsOfEveryType) {
  EXPECT_EQ(ShareOfZerosIn<float>(DataType::kF32, {}), 0);
  EXPECT_EQ(ShareOfZerosIn<float>(DataType::kF32, {0.0f, -0.0f, 1.0f, 1e-45f}), 0.5);
  EXPECT_EQ(ShareOfZerosIn<float>(DataType::kF32, {0.0f, -0.0f, 1.0f, NAN}, /*skipped_bytes=*/3), 0.5);
  EXPECT_EQ(ShareOfZerosIn<double>(DataType::kF64, {0.0, -0.0, 5e-324, -2.0, 3.0}), 0.4);
  EXPECT_EQ(ShareOfZerosIn<uint16_t>(DataType::kF16, {0x0000, 0x8000, 0x0001, 0x8001}), 0.5);
  EXPECT_EQ(ShareOfZerosIn<uint16_t>(DataType::kBF16, {0x0000, 0x8000, 0x8000, 0x3f80}), 0.75);
  EXPECT_EQ(ShareOfZerosIn<uint8_t>(DataType::kF8E4M3, {0x00, 0x80, 0x7f, 0x01}), 0.5);
  const float scales[] = {1, 1, 1, 1};
  const int32_t zero_points[] = {-3, 0, 7, 7};
  EXPECT_EQ(ShareOfZerosIn<int8_t>(DataType::kI8, {-3, 0, 7, -3}, 0, {std::span(scales).first(1), zero_points, {}}),
            0.5);
  EXPECT_EQ(ShareOfZerosIn<int8_t>(DataType::kI8, {-3, 0, 7, -3}, 0, {scales, zero_points, 0}), 0.75);
  EXPECT_EQ(ShareOfZerosIn<uint8_t>(DataType::kU8, {0, 1}, 0, {std::span(scales).first(1), {}, {}}), 0.5);
  EXPECT_EQ(ShareOfZerosIn(DataType::kF32, std::vector<float>(kZerosSample)), 1);
}

TEST(ShareOfZerosTest, IsRightOnAverageForLargeTensors) {
  // Zeros in one part only, which every place of a run has to be as likely as any other to get right.
  std::vector<float> elements(1000, 1.0f);
  std::fill(elements.begin() + 300, elements.begin() + 550, 0.0f);
  double sum = 0;
  constexpr int kTensors = 20'000;
  for (int i = 0; i < kTensors; ++i) sum += ShareOfZerosIn(DataType::kF32, elements);
  EXPECT_NEAR(sum / kTensors, 0.25, 0.01);
  EXPECT_EQ(ShareOfZerosIn(DataType::kBF16, std::vector<uint16_t>(kZerosSample + 1)), 1);
  EXPECT_EQ(ShareOfZerosIn(DataType::kF64, std::vector<double>(100'000, 7.0)), 0);
}

TEST(MetricsServerTest, TellsThePortInUseAndRefusesOneThatIsTaken) {
  const auto server = MetricsServer::Start(*ParseAddress("127.0.0.1:0"), MakeMetrics());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto address = ParseAddress((*server)->address());
  ASSERT_TRUE(address.ok());
  EXPECT_GT(address->port, 0);
  const auto second = MetricsServer::Start(*address, MakeMetrics());
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("cannot listen on 127.0.0.1:"));
}

TEST(LogTest, RendersTextThatSplitsAtSpaces) {
  EXPECT_EQ(log::Render(ServerConfig::TEXT, "listening", {{"address", "127.0.0.1:1"}, {"n", 3}, {"empty", ""}}),
            R"(event=listening address=127.0.0.1:1 n=3 empty="")");
  EXPECT_EQ(log::Render(ServerConfig::TEXT, "failed", {{"message", "no \"x\"\n"}}),
            R"(event=failed message="no \"x\"\u000a")");
}

TEST(LogTest, RendersJsonWithNumbersAsNumbers) {
  EXPECT_EQ(log::Render(ServerConfig::JSON, "ready", {{"threads", 2}, {"version", "1"}, {"quote", "a\"b\\c\td"}}),
            R"("event":"ready","threads":2,"version":"1","quote":"a\"b\\c\u0009d")");
}

}  // namespace
}  // namespace actserve
