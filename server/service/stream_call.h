// One EvaluateStream or GradientStream call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <deque>
#include <memory>
#include <mutex>

#include "server/service/open_streams.h"
#include "server/service/queues.h"
#include "server/service/raw_service.h"
#include "server/service/service_context.h"

namespace actserve {

// Answers requests in their order, while at most kReadAhead of them are read and not yet answered. A request that
// cannot be answered ends the stream, with the status that it would have had as a call of its own, after the answers to
// those before it.
//
// Keeps itself alive until gRPC is done with it; so do the requests that are in the pool.
class StreamCall final : public std::enable_shared_from_this<StreamCall> {
 public:
  static constexpr size_t kReadAhead = 2;

  // Takes in the next call of `rpc`, kEvaluateStream or kGradientStream, and then another one, until the server shuts
  // down. While it lasts, a call is among `streams`, which outlives it.
  static void Await(const ServiceContext& service, RawService& methods, OpenStreams& streams, Rpc rpc,
                    grpc::ServerCompletionQueue& queue);

  // Ends the stream with UNAVAILABLE if nothing has been going on for `idle`, since a client that keeps a stream open
  // for later would else keep the server from stopping.
  void EndIfIdle(SteadyClock::duration idle);

  ~StreamCall();

 private:
  // A request that was read.
  struct Slot {
    std::shared_ptr<Batch> batch;  // until it is done
    absl::Status status;
    grpc::ByteBuffer response;

    bool done() const { return batch == nullptr; }
  };

  StreamCall(const ServiceContext& service, RawService& methods, OpenStreams& streams, Rpc rpc,
             grpc::ServerCompletionQueue& queue)
      : service_(service), methods_(methods), streams_(streams), rpc_(rpc), queue_(queue) {}
  void AwaitCall();

  void OnArrived(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);  // whether ended or cancelled

  std::shared_ptr<Batch> Take();                    // of what was read, under the lock
  void Advance(std::unique_lock<std::mutex> lock);  // does whatever can be done next
  void End(std::unique_lock<std::mutex> lock, const absl::Status& status);
  // Lets go of the call when the last event has happened.
  void LeaveIfOver(std::unique_lock<std::mutex> lock);

  const ServiceContext& service_;
  RawService& methods_;
  OpenStreams& streams_;
  const Rpc rpc_;
  grpc::ServerCompletionQueue& queue_;
  CallEvent<StreamCall> arrived_event_{*this, &StreamCall::OnArrived};
  CallEvent<StreamCall> read_event_{*this, &StreamCall::OnRead};
  CallEvent<StreamCall> written_event_{*this, &StreamCall::OnWritten};
  CallEvent<StreamCall> finished_event_{*this, &StreamCall::OnFinished};
  CallEvent<StreamCall> done_event_{*this, &StreamCall::OnDone};

  grpc::ServerContext call_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&call_};
  SteadyClock::time_point deadline_;
  bool arrived_ = false, entered_ = false;

  std::mutex mutex_;                  // guards what follows
  std::shared_ptr<StreamCall> self_;  // until the last event
  std::deque<Slot> slots_;            // a slot stays where it is until its answer was written
  grpc::ByteBuffer incoming_;
  bool reading_ = false;
  bool writing_ = false;
  bool half_closed_ = false;  // the client sends no more
  bool ended_ = false;
  bool is_finished_ = false, is_done_ = false;
  SteadyClock::time_point last_activity_;
};

}  // namespace actserve
