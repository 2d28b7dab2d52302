#include "client/cpp/pipeline.h"

#include <atomic>
#include <numeric>
#include <vector>

#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"

namespace actserve::client {
namespace {

std::vector<EvaluateItem> Batch(double value, size_t size = 1, const char* function = "double") {
  return {{function, Tensor::Vector(std::vector<double>(size, value))}};
}

class PipelineTest : public ::testing::Test {
 protected:
  // Keeps what it is told.
  EvaluatePipeline::OnAnswer Keep() {
    return [this](int64_t batch, absl::StatusOr<Results<EvaluateResult>> answer) {
      batches_.push_back(batch);
      answers_.push_back(std::move(answer));
    };
  }
  // Each of the first `count` batches was answered once, in order.
  void ExpectAnswered(size_t count) {
    std::vector<int64_t> expected(count);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(batches_, expected);
  }

  testing::FakeServer server_;
  Client client_ = *Client::Connect(server_.address(), {.retry = {.attempts = 1}});
  // Of the reactions, and of the test once Finish has returned.
  std::vector<int64_t> batches_;
  std::vector<absl::StatusOr<Results<EvaluateResult>>> answers_;
};

TEST_F(PipelineTest, AnswersInOrder) {
  for (const int in_flight : {0, 1, 2, 7}) {
    batches_.clear();
    answers_.clear();
    const auto pipeline = client_.OpenEvaluatePipeline(Keep(), {.in_flight = in_flight});
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pipeline->Submit(Batch(i)).ok());
    EXPECT_TRUE(pipeline->Finish().ok());
    EXPECT_TRUE(pipeline->Finish().ok());
    ExpectAnswered(50);
    for (int i = 0; i < 50; ++i) EXPECT_EQ((*answers_[i])[0]->output.at(0), 2 * i);
    EXPECT_EQ(pipeline->Submit(Batch(1)).code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(PipelineTest, MayHaveNoBatches) {
  EXPECT_TRUE(client_.OpenEvaluatePipeline(Keep())->Finish().ok());
  ExpectAnswered(0);
}

TEST_F(PipelineTest, CarriesMoreThanFlowControlHoldsAtOnce) {
  std::atomic<int> submitted = 0;
  int most = 0;
  int right = 0;
  const auto pipeline = client_.OpenGradientPipeline(
      [&](int64_t batch, absl::StatusOr<Results<GradientResult>> answer) {
        most = std::max(most, submitted - static_cast<int>(batch));
        right += answer.ok() && (*answer)[0]->input_gradient.at(99'999) == 3 ? 1 : 0;
      },
      {.in_flight = 3});
  const Tensor values = Tensor::Vector(std::vector<double>(100'000, 1.5));
  for (int i = 0; i < 100; ++i) {  // 80 MB
    ++submitted;
    ASSERT_TRUE(pipeline->Submit({{"double", values, values}}).ok());
  }
  EXPECT_TRUE(pipeline->Finish().ok());
  EXPECT_EQ(right, 100);
  EXPECT_LE(most, 4);  // three, and the one that waits in Submit
}

TEST_F(PipelineTest, GoesOnAfterAFailedItem) {
  const auto pipeline = client_.OpenEvaluatePipeline(Keep());
  ASSERT_TRUE(pipeline->Submit(Batch(1, 1, "nothing")).ok());
  ASSERT_TRUE(pipeline->Submit(Batch(1)).ok());
  EXPECT_TRUE(pipeline->Finish().ok());
  ExpectAnswered(2);
  EXPECT_EQ((*answers_[0])[0].status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE((*answers_[1])[0].ok());
}

TEST_F(PipelineTest, TellsEveryBatchHowTheStreamFailed) {
  server_.service().fail_stream_at = 2;
  const auto pipeline = client_.OpenEvaluatePipeline(Keep(), {.in_flight = 2});
  size_t taken = 0;
  absl::Status submitted;
  while (submitted.ok()) {
    submitted = pipeline->Submit(Batch(1));
    taken += submitted.ok() ? 1 : 0;
  }
  EXPECT_EQ(submitted.message(), "the stream was told to fail");
  EXPECT_EQ(pipeline->Finish(), submitted);
  ExpectAnswered(taken);
  ASSERT_GE(taken, 3u);
  EXPECT_TRUE(answers_[0].ok() && answers_[1].ok());
  for (size_t i = 2; i < taken; ++i) EXPECT_EQ(answers_[i].status(), submitted);
}

TEST_F(PipelineTest, CanBeCancelledFromItsAnswers) {
  EvaluatePipeline* running = nullptr;
  int calls = 0;
  const auto pipeline = client_.OpenEvaluatePipeline([&](int64_t, auto) {
    ++calls;
    running->Cancel();
  });
  running = pipeline.get();
  int taken = 0;
  while (pipeline->Submit(Batch(1)).ok()) ++taken;
  EXPECT_EQ(pipeline->Finish().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(calls, taken);
}

TEST_F(PipelineTest, KeepsItsDeadline) {
  server_.service().delay_ms = 2000;
  const auto pipeline = client_.OpenEvaluatePipeline(Keep(), {.call = {.deadline = absl::Milliseconds(50)}});
  ASSERT_TRUE(pipeline->Submit(Batch(1)).ok());
  EXPECT_EQ(pipeline->Finish().code(), absl::StatusCode::kDeadlineExceeded);
  ExpectAnswered(1);
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(PipelineTest, SaysWhyNoServerAnswers) {
  const Client client = *Client::Connect("unix:/no/such/socket", {.retry = {.attempts = 1}});
  const auto pipeline = client.OpenEvaluatePipeline(Keep());
  absl::Status status;
  while (status.ok()) status = pipeline->Submit(Batch(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pipeline->Finish(), status);
}

TEST_F(PipelineTest, MayBeLeftUnfinished) {
  server_.service().delay_ms = 100;
  {
    const auto pipeline = client_.OpenEvaluatePipeline(Keep());
    ASSERT_TRUE(pipeline->Submit(Batch(1)).ok());
    ASSERT_TRUE(pipeline->Submit(Batch(2)).ok());
  }
  ExpectAnswered(2);
  EXPECT_EQ(answers_[1].status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace actserve::client
