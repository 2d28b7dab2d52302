// One EvaluateStream or GradientStream call.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "server/service/service_context.h"

namespace actserve {

// Answers requests in their order, while at most kReadAhead of them are read and not yet answered. A request that
// cannot be answered ends the stream, with the status that it would have had as a call of its own, after the answers to
// those before it.
//
// Kept alive by gRPC until OnDone, and by the requests that are in the pool.
class StreamCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  static constexpr size_t kReadAhead = 2;

  StreamCall(const ServiceContext& service, Rpc rpc, grpc::CallbackServerContext& call);

  bool entered() const { return entered_; }  // the gate

  // Begins to read, or refuses the call if the gate is closed; once. `on_done` is called when gRPC is
  // done with a call that was not refused, just before the call leaves the gate.
  void Begin(std::function<void()> on_done);

  // Ends the stream with UNAVAILABLE if nothing has been going on for `idle`, since a client that keeps a stream open
  // for later would else keep the server from stopping.
  void EndIfIdle(SteadyClock::duration idle);

 private:
  // A request that was read.
  struct Slot {
    std::shared_ptr<Batch> batch;  // until it is done
    absl::Status status;
    grpc::ByteBuffer response;

    bool done() const { return batch == nullptr; }
  };

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  std::shared_ptr<Batch> Take();                    // of what was read, under the lock
  void Advance(std::unique_lock<std::mutex> lock);  // does whatever can be done next
  void End(std::unique_lock<std::mutex> lock, const absl::Status& status);

  const ServiceContext& service_;
  grpc::CallbackServerContext& call_;
  const Rpc rpc_;
  const bool entered_;
  const SteadyClock::time_point deadline_;

  std::mutex mutex_;                  // guards what follows
  std::shared_ptr<StreamCall> self_;  // gRPC's share
  std::function<void()> on_done_;
  std::deque<Slot> slots_;  // a slot stays where it is until its answer was written
  grpc::ByteBuffer incoming_;
  bool reading_ = false;
  bool writing_ = false;
  bool half_closed_ = false;  // the client sends no more
  bool ended_ = false;
  SteadyClock::time_point last_activity_;
};

}  // namespace actserve
