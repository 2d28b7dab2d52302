#include <gtest/gtest.h>

#include "client/load/metrics/page.h"
#include "client/load/metrics/server_work.h"

namespace actserve::load {
namespace {

TEST(Page, SumsOverLabels) {
  const Page page = Page::Parse(
      "# HELP a_total Things.\n# TYPE a_total counter\n"
      "a_total{rpc=\"Evaluate\",code=\"OK\"} 5\na_total{rpc=\"Gradient\",code=\"OK\"} 2.5\n"
      "a_total_more 100\nb 1e3\nno number\nc{text=\"two words}\"} 7");
  EXPECT_EQ(page.Sum("a_total"), 7.5);
  EXPECT_EQ(page.Sum("a_total", "rpc=\"Evaluate\""), 5);
  EXPECT_EQ(page.Sum("b"), 1000);
  EXPECT_EQ(page.Sum("c"), 7);
  EXPECT_EQ(page.Sum("a"), 0);
  EXPECT_EQ(page.Sum("no"), 0);
}

TEST(ServerWork, MeansOfARequest) {
  const Page before = Page::Parse(
      "actserve_request_duration_seconds_count{rpc=\"Evaluate\"} 100\n"
      "actserve_request_duration_seconds_sum{rpc=\"Evaluate\"} 1\n"
      "actserve_request_duration_seconds_count{rpc=\"ListFunctions\"} 1\n"
      "process_cpu_seconds_total 3\n");
  const Page after = Page::Parse(
      "actserve_request_duration_seconds_count{rpc=\"Evaluate\"} 200\n"
      "actserve_request_duration_seconds_sum{rpc=\"Evaluate\"} 2\n"
      "actserve_request_duration_seconds_count{rpc=\"GradientStream\"} 100\n"
      "actserve_request_duration_seconds_sum{rpc=\"GradientStream\"} 3\n"
      "actserve_request_duration_seconds_count{rpc=\"ListFunctions\"} 1000\n"
      "actserve_queue_duration_seconds_sum{backend=\"cpu\"} 0.4\n"
      "actserve_kernel_duration_seconds_sum{rpc=\"Evaluate\",function=\"gelu\",backend=\"cpu\"} 0.6\n"
      "actserve_rejected_total{reason=\"queue_full\"} 4\n"
      "process_cpu_seconds_total 5\nactserve_pool_threads 2\n");
  const ServerWork work = WorkBetween(before, after);
  EXPECT_EQ(work.requests, 200) << "of the calls that compute";
  EXPECT_DOUBLE_EQ(work.request, 0.02);
  EXPECT_DOUBLE_EQ(work.queue, 0.002);
  EXPECT_DOUBLE_EQ(work.kernel, 0.003);
  EXPECT_DOUBLE_EQ(work.rest(), 0.015);
  EXPECT_EQ(work.rejected, 4);
  EXPECT_EQ(work.cpu, 2);
  EXPECT_EQ(work.threads, 2);
}

TEST(ServerWork, OfNothing) {
  EXPECT_EQ(WorkBetween({}, {}).requests, 0);
  EXPECT_EQ(WorkBetween({}, {}).request, 0);
}

TEST(ServerWork, ThreadsSideBySideLeaveNoRest) {
  EXPECT_EQ((ServerWork{.requests = 1, .request = 0.01, .kernel = 0.04}).rest(), 0);
}

TEST(Scrape, SaysWhyThereIsNothing) {
  const auto page = Scrape("127.0.0.1:1");
  ASSERT_FALSE(page.ok());
  EXPECT_NE(std::string(page.status().message()).find("http://127.0.0.1:1/metrics"), std::string::npos);
}

}  // namespace
}  // namespace actserve::load
