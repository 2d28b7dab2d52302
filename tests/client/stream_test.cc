#include "client/cpp/stream.h"

#include <thread>
#include <vector>

#include "client/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"

namespace actserve::client {
namespace {

std::vector<EvaluateItem> Batch(const std::vector<double>& values, const char* function = "double") {
  std::vector<EvaluateItem> items;
  for (const double& value : values) items.push_back({function, Tensor::Vector(std::span(&value, 1))});
  return items;
}

class StreamTest : public ::testing::Test {
 protected:
  testing::FakeServer server_;
  Client client_ = *Client::Connect(server_.address());
};

TEST_F(StreamTest, AnswersBatchesInOrder) {
  const auto stream = client_.OpenEvaluateStream();
  for (const int size : {1, 3, 2}) ASSERT_TRUE(stream->Write(Batch(std::vector<double>(size, size))).ok());
  ASSERT_TRUE(stream->CloseWrites().ok());
  EXPECT_TRUE(stream->CloseWrites().ok());
  for (const int size : {1, 3, 2}) {
    const auto results = stream->Read();
    ASSERT_TRUE(results.ok()) << results.status();
    ASSERT_TRUE(results->has_value());
    ASSERT_EQ((*results)->size(), static_cast<size_t>(size));
    EXPECT_EQ((**results)[0]->output.at(0), 2 * size);
  }
  for (int i = 0; i < 2; ++i) {
    const auto end = stream->Read();
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_FALSE(end->has_value());
  }
  EXPECT_EQ(stream->Write(Batch({1})).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(StreamTest, CarriesMoreThanFlowControlHoldsAtOnce) {
  const auto stream = client_.OpenGradientStream();
  const std::vector<double> values(100'000, 1.5);
  constexpr int kBatches = 100;  // 80 MB
  std::thread writer([&] {
    for (int i = 0; i < kBatches; ++i) {
      std::vector<GradientItem> batch = {{"double", Tensor::Vector(values), Tensor::Vector(values)}};
      ASSERT_TRUE(stream->Write(std::move(batch)).ok());
    }
    ASSERT_TRUE(stream->CloseWrites().ok());
  });
  int read = 0;
  for (auto results = stream->Read(); results.ok() && results->has_value(); results = stream->Read()) {
    EXPECT_EQ((**results)[0]->input_gradient.at(99'999), 3);
    ++read;
  }
  writer.join();
  EXPECT_EQ(read, kBatches);
}

TEST_F(StreamTest, GoesOnAfterAFailedItem) {
  const auto stream = client_.OpenEvaluateStream();
  ASSERT_TRUE(stream->Write(Batch({1}, "nothing")).ok());
  ASSERT_TRUE(stream->Write(Batch({1})).ok());
  ASSERT_TRUE(stream->CloseWrites().ok());
  const auto bad = stream->Read();
  ASSERT_TRUE(bad.ok());
  EXPECT_EQ((**bad)[0].status().code(), absl::StatusCode::kNotFound);
  const auto good = stream->Read();
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE((**good)[0].ok());
}

TEST_F(StreamTest, TellsHowItFailed) {
  server_.service().fail_stream_at = 1;
  const auto stream = client_.OpenEvaluateStream();
  ASSERT_TRUE(stream->Write(Batch({1})).ok());
  ASSERT_TRUE(stream->Write(Batch({1})).ok());
  EXPECT_TRUE(stream->Read().ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(stream->Read().status().message(), "the stream was told to fail");
  absl::Status written;
  for (int i = 0; i < 1000 && written.ok(); ++i) written = stream->Write(Batch({1}));
  EXPECT_EQ(written.code(), absl::StatusCode::kAborted);
}

TEST_F(StreamTest, MayBeLeftUnread) {
  const auto stream = client_.OpenEvaluateStream();
  ASSERT_TRUE(stream->Write(Batch({1})).ok());
}

TEST_F(StreamTest, CanBeCancelledByAnotherThread) {
  const auto stream = client_.OpenEvaluateStream();
  std::thread canceller([&] { stream->Cancel(); });
  EXPECT_EQ(stream->Read().status().code(),
            absl::StatusCode::kCancelled);  // nothing was written: it would wait for ever
  canceller.join();
}

}  // namespace
}  // namespace actserve::client
