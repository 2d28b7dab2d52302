// A call whose end comes out of a completion queue, and whoever it belongs to.
#pragma once

#include <memory>

#include "client/cpp/options.h"
#include "client/load/calls/event.h"
#include "client/load/engine/generator.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"

namespace actserve::load {

class UnaryCall;

// Safe from any thread.
class CallOwner {
 public:
  virtual ~CallOwner() = default;
  // A call has ended; `free`, if any, may be begun again.
  virtual void Ended(const Call& call, Nanos now, const Outcome& outcome, UnaryCall* free) = 0;
  virtual Outcome Judge(const Call& call, const grpc::ByteBuffer& answer) = 0;
};

Outcome OutcomeOf(const grpc::Status& status);  // of one that is not OK

// To be used again and again, and not moved meanwhile.
class UnaryCall final : public Event {
 public:
  explicit UnaryCall(CallOwner& owner) : owner_(owner) {}

  // `options` say how long it may take, and its token.
  void Begin(const Call& call, const char* method, const grpc::ByteBuffer& request,
             const std::shared_ptr<grpc::Channel>& channel, const client::ClientOptions& options,
             grpc::CompletionQueue& queue);
  void Proceed(bool ok) override;

 private:
  CallOwner& owner_;
  Call call_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
};

}  // namespace actserve::load
