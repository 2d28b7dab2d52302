// Batches over one call, written while earlier ones are computed and read: for callers with a thread for each
// direction. pipeline.h needs but one.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/channel_pool.h"
#include "client/cpp/item.h"
#include "client/cpp/wire.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/sync_stream.h"

namespace actserve::client {

// One thread may write while another reads. Reading must go on while batches are written: flow control stops the writer
// when nobody takes the answers. Destroying a stream that was not read to its end cancels it; the Client that opened it
// may go first.
template <class Item>
class Stream {
 public:
  // For the Client, which opens them.
  Stream(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, Backend backend, bool decode);
  ~Stream();

  // Sends a batch, waiting while flow control asks to. ABORTED if the stream has ended: Read says why.
  absl::Status Write(std::vector<Item> items);
  // Says that no batch follows; without it Read never comes to the end. Idempotent; by the writing thread.
  absl::Status CloseWrites();

  // The results of the next batch, in the order they were written; none after the last. The stream's own failure
  // (UNAVAILABLE, DEADLINE_EXCEEDED, …) ends it, and is what every later Read gives.
  absl::StatusOr<std::optional<Results<ResultOf<Item>>>> Read();

  // Makes pending and later reads and writes fail. From any thread.
  void Cancel() { context_->TryCancel(); }

 private:
  absl::Status Finish();

  ChannelPool::Lease place_;
  std::unique_ptr<grpc::ClientContext> context_;  // outlives call_
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> call_;
  Backend backend_;
  bool decode_;
  bool writes_closed_ = false;          // the writer's
  std::optional<absl::Status> status_;  // the reader's: how the stream ended
  std::mutex mutex_;
  std::deque<size_t> batch_sizes_;  // of those written and not yet read; guarded by mutex_
};

extern template class Stream<EvaluateItem>;
extern template class Stream<GradientItem>;
using EvaluateStream = Stream<EvaluateItem>;
using GradientStream = Stream<GradientItem>;

}  // namespace actserve::client
