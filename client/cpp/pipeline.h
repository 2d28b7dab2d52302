// Batches over one call, several of them in progress, for callers with one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/channel_pool.h"
#include "client/cpp/item.h"
#include "client/cpp/options.h"
#include "client/cpp/pipeline_call.h"
#include "client/cpp/wire.h"

namespace actserve::client {

struct PipelineOptions {
  // Batches that are submitted and not yet answered, at most; less than 1 is 1. Memory is bounded by it: it holds so
  // many requests, and one answer.
  int in_flight = 4;
  CallOptions call = {};
};

// The caller's thread submits batches; their answers come in the same order, one at a time, on threads of gRPC's. One
// thread may use it, and any may cancel.
template <class Item>
class Pipeline {
 public:
  // The answer to batch number `batch`, counted from 0: the items' results, or why the stream ended before it had come.
  // Called exactly once for each batch that Submit took, the last time before Finish returns. May Cancel; may neither
  // Submit nor Finish nor destroy the pipeline, and should not take long, or everything waits for it.
  using OnAnswer = std::function<void(int64_t batch, absl::StatusOr<Results<ResultOf<Item>>> answer)>;

  // For the Client, which opens them.
  Pipeline(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, Backend backend, bool decode,
           int in_flight, OnAnswer on_answer);
  // Cancels what has not been answered.
  ~Pipeline() = default;

  // Takes a batch, when fewer than `in_flight` are in progress: it waits until then. If the stream has ended the batch
  // is not taken, and the result is the stream's status (ABORTED if that is OK). FAILED_PRECONDITION after Finish.
  absl::Status Submit(const std::vector<Item>& items);

  // Waits for the last answer. How the stream ended: OK if every batch was answered. Idempotent.
  absl::Status Finish() { return call_->Finish(); }

  // Ends the stream with CANCELLED, unless it has ended.
  void Cancel() { call_->Cancel(); }

 private:
  const Backend backend_;
  const std::unique_ptr<PipelineCall> call_;
};

extern template class Pipeline<EvaluateItem>;
extern template class Pipeline<GradientItem>;
using EvaluatePipeline = Pipeline<EvaluateItem>;
using GradientPipeline = Pipeline<GradientItem>;

}  // namespace actserve::client
