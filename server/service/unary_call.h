// One Evaluate or Gradient call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>

#include "server/service/queues.h"
#include "server/service/raw_service.h"
#include "server/service/service_context.h"

namespace actserve {

// Deletes itself when gRPC is done with it.
class UnaryCall final {
 public:
  // Takes in the next call of `rpc`, kEvaluate or kGradient, and then another one, until the server shuts down.
  static void Await(const ServiceContext& service, RawService& methods, Rpc rpc, grpc::ServerCompletionQueue& queue) {
    new UnaryCall(service, methods, rpc, queue);
  }

 private:
  UnaryCall(const ServiceContext& service, RawService& methods, Rpc rpc, grpc::ServerCompletionQueue& queue);
  ~UnaryCall();

  void OnArrived(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);  // whether answered or cancelled
  void DeleteIfOver();

  void Answer(const absl::Status& status, const grpc::ByteBuffer& response);

  const ServiceContext& service_;
  RawService& methods_;
  const Rpc rpc_;
  grpc::ServerCompletionQueue& queue_;
  CallEvent<UnaryCall> arrived_event_{*this, &UnaryCall::OnArrived};
  CallEvent<UnaryCall> finished_event_{*this, &UnaryCall::OnFinished};
  CallEvent<UnaryCall> done_event_{*this, &UnaryCall::OnDone};

  grpc::ServerContext call_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder_{&call_};
  SteadyClock::time_point arrived_;
  bool entered_ = false;
  std::shared_ptr<Batch> batch_;
  // The queue's thread's.
  bool is_finished_ = false, is_done_ = false;
};

}  // namespace actserve
