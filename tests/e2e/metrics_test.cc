// What the real binary exports, scraped over HTTP and held against what was sent.
#include <gmock/gmock.h>

#include "tests/e2e/fixture.h"
#include "tests/e2e/metrics_page.h"
#include "tests/server/messages.h"
#include "tests/server/raw_call.h"

namespace actserve {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// What the server sent: an item's time always has six bytes.
template <class Response>
size_t BytesSent(const Response& response) {
  size_t bytes = response.ByteSizeLong();
  for (const auto& result : response.results()) {
    if (result.backend() == v1::BACKEND_UNSPECIFIED) continue;
    bytes += 6 - google::protobuf::io::CodedOutputStream::VarintSize64(result.compute_time_ns());
  }
  return bytes;
}

class MetricsPageTest : public testing::Test {
 protected:
  MetricsPageTest() : server_({}, "127.0.0.1:0") {}
  ~MetricsPageTest() override {
    server_.process->Signal(SIGTERM);
    EXPECT_EQ(server_.process->Wait(), 0);
  }
  MetricsPage Page() { return Scrape(server_.process->MetricsAddress()); }

  RunningServer server_;
};

TEST_F(MetricsPageTest, CountsWhatWasSent) {
  v1::EvaluateRequest request = Relu({-1, 2, 3});
  AddItem(request, "swish", F32({4, 5}));
  AddItem(request, "<script>\"\n", F32({4}));
  AddItem(request, "relu", RawTensor(v1::DATA_TYPE_F32, {2}, "short"));
  size_t received = 0, sent = 0;
  for (int i = 0; i < 10; ++i) {
    v1::EvaluateResponse response;
    ASSERT_TRUE(server_.Evaluate(request, &response).ok());
    received += request.ByteSizeLong();
    sent += BytesSent(response);
  }
  const std::string garbage = "\xff\xff";
  EXPECT_FALSE(RawCall(server_.channels[1], "/actserve.v1.ActivationService/Gradient", garbage).ok());
  received += garbage.size();
  grpc::ClientContext context;
  auto stream = server_.stub->GradientStream(&context);
  v1::GradientRequest gradient;
  AddItem(gradient, "softmax", F32({1, 2, 3, 4}));
  v1::GradientResponse gradient_response;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->Write(gradient));
    ASSERT_TRUE(stream->Read(&gradient_response));
    received += gradient.ByteSizeLong();
    sent += BytesSent(gradient_response);
  }

  const MetricsPage page = Page();
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_EQ(page[R"(actserve_in_flight{rpc="GradientStream"})"], 1);
  EXPECT_EQ(page[R"(actserve_requests_total{rpc="Evaluate",code="OK"})"], 10);
  EXPECT_EQ(page[R"(actserve_requests_total{rpc="Gradient",code="INVALID_ARGUMENT"})"], 1);
  EXPECT_EQ(page[R"(actserve_requests_total{rpc="GradientStream",code="OK"})"], 3);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="Evaluate",function="relu",backend="cpu",code="OK"})"], 10);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="Evaluate",function="relu",backend="none",code="INVALID_ARGUMENT"})"], 10);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="Evaluate",function="silu",backend="cpu",code="OK"})"], 10);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="Evaluate",function="unknown",backend="none",code="NOT_FOUND"})"], 10);
  EXPECT_EQ(page[R"(actserve_items_total{rpc="GradientStream",function="softmax",backend="cpu",code="OK"})"], 3);
  EXPECT_EQ(page[R"(actserve_elements_total{rpc="Evaluate",function="relu",backend="cpu"})"], 30);
  EXPECT_EQ(page[R"(actserve_elements_total{rpc="Evaluate",function="silu",backend="cpu"})"], 20);
  EXPECT_EQ(page[R"(actserve_zero_elements_total{rpc="Evaluate",function="relu",backend="cpu"})"], 10);  // of -1
  EXPECT_GT(page[R"(actserve_output_bytes_total{encoding="dense"})"], 200);
  EXPECT_EQ(page[R"(actserve_output_bytes_total{encoding="dense"})"],
            page[R"(actserve_dense_output_bytes_total{encoding="dense"})"]);
  EXPECT_EQ(page[R"(actserve_output_bytes_total{encoding="bitmap"})"], 0);
  EXPECT_EQ(page[R"(actserve_zero_elements_total{rpc="Evaluate",function="silu",backend="cpu"})"], 0);
  EXPECT_EQ(page[R"(actserve_kernel_duration_seconds_count{rpc="Evaluate",function="silu",backend="cpu"})"], 10);
  EXPECT_EQ(page[R"(actserve_request_duration_seconds_count{rpc="Evaluate"})"], 10);
  EXPECT_EQ(page[R"(actserve_queue_duration_seconds_count{backend="cpu"})"], 13);
  EXPECT_EQ(page[R"(actserve_batch_items_bucket{le="4"})"], 13);
  EXPECT_EQ(page["actserve_batch_items_sum"], 43);
  EXPECT_EQ(page[R"(actserve_rejected_total{reason="malformed"})"], 1);
  EXPECT_EQ(page[R"(actserve_bytes_total{direction="received"})"], received);
  EXPECT_EQ(page[R"(actserve_bytes_total{direction="sent"})"], sent);
  EXPECT_GT(page["process_resident_memory_bytes"], 1e6);
  EXPECT_GE(page["actserve_pool_threads"], 1);
  for (const auto& [series, value] : page.samples) EXPECT_THAT(series, Not(HasSubstr("script")));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(MetricsPageTest, HistogramsAreCumulativeAndEndInTheCount) {
  v1::EvaluateResponse response;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(server_.Evaluate(Relu(std::vector<float>(1 << (i / 2))), &response).ok());
  const std::string body = HttpGet(server_.process->MetricsAddress(), "/metrics");
  EXPECT_THAT(body, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(body, HasSubstr("text/plain"));
  // In the page's order: buckets, each not below the one before, and +Inf equal to the count.
  std::istringstream lines(body);
  double last = 0, infinite = -1;
  int histograms = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("actserve_")) continue;
    const double value = std::strtod(line.substr(line.rfind(' ')).c_str(), nullptr);
    if (line.find("_bucket{") != std::string::npos) {
      EXPECT_GE(value, last) << line;
      last = value;
      if (line.find("le=\"+Inf\"") != std::string::npos) {
        infinite = last;
        last = 0;
        ++histograms;
        EXPECT_GE(infinite, 0);
      }
    }
  }
  EXPECT_GE(histograms, 9);
  const MetricsPage page = ParseMetrics(body.substr(body.find("\r\n\r\n") + 4));
  for (const auto& [series, value] : page.samples) {
    const size_t bucket = series.find("_bucket{");
    const size_t le = series.find("le=\"+Inf\"");
    if (bucket == std::string::npos || le == std::string::npos) continue;
    std::string labels = series.substr(bucket + 7, le - bucket - 7);  // "{a=\"b\"," or "{"
    labels = labels == "{" ? "" : labels.substr(0, labels.size() - 1) + "}";
    EXPECT_EQ(page[series.substr(0, bucket) + "_count" + labels], value) << series;
  }
}

TEST_F(MetricsPageTest, TellsTheBuild) {
  const MetricsPage page = Page();
  const auto ready = server_.process->Find("ready");
  EXPECT_EQ(page["actserve_build_info{version=\"" + ready.at("version") + "\",simd_target=\"" +
                 ready.at("simd_target") + "\",cuda=\"none\"}"],
            1);
  EXPECT_EQ(std::to_string(static_cast<int>(page["actserve_pool_threads"])), ready.at("threads"));
}

TEST(MetricsPageParserTest, FindsWhatIsWrong) {
  EXPECT_THAT(ParseMetrics("# TYPE a counter\na{b=\"c\"} 1\n").errors, IsEmpty());
  for (const char* bad : {"a 1\n", "# TYPE a counter\na\n", "# TYPE a counter\na{b=c} 1\n", "# TYPE a counter\na 1x\n",
                          "# TYPE a thing\n", "# TYPE a counter\na 1\na 2\n", "# TYPE a histogram\na 1\n"}) {
    EXPECT_EQ(ParseMetrics(bad).errors.empty(), false) << bad;
  }
}

}  // namespace
}  // namespace actserve
