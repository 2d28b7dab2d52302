// What a Pipeline does, in bytes. For the library itself.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "client/cpp/channel_pool.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_callback.h"

namespace actserve::client {

// The contract is that of Pipeline.
class PipelineCall final : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // `items` is what Submit was told of the batch.
  using OnAnswer = std::function<void(int64_t batch, size_t items, absl::StatusOr<grpc::ByteBuffer> answer)>;

  PipelineCall(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, const char* method,
               int in_flight, OnAnswer on_answer);
  ~PipelineCall() override;

  absl::Status Submit(grpc::ByteBuffer request, size_t items);
  absl::Status Finish();
  void Cancel() { context_->TryCancel(); }

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  // Under the lock.
  void WriteNext();
  void LetGo();

  const ChannelPool::Lease place_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const size_t most_;
  const OnAnswer on_answer_;

  std::mutex mutex_;  // guards what follows, but for incoming_, which is the reading reaction's
  std::condition_variable changed_;
  std::deque<grpc::ByteBuffer> outgoing_;  // the first is being written if writing_
  std::deque<size_t> in_progress_;         // the batches' items, in their order
  int64_t answered_ = 0;
  grpc::ByteBuffer incoming_;
  bool writing_ = false;
  bool closed_ = false;       // Finish was called
  bool half_closed_ = false;  // the server knows
  bool ended_ = false;        // no answer follows
  bool held_ = true;          // gRPC waits for more operations from outside of reactions
  bool done_ = false;
  absl::Status status_;  // once done_
};

}  // namespace actserve::client
