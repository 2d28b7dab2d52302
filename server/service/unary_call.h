// One Evaluate or Gradient call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>

#include "server/service/queues.h"
#include "server/service/raw_service.h"
#include "server/service/reception.h"
#include "server/service/service_context.h"
#include "server/service/service_queue.h"

namespace actserve {

// Deletes itself when gRPC is done with it.
class UnaryCall final : private Reception::Receiver {
 public:
  // Takes in the next call of `rpc`, kEvaluate or kGradient, and then another one, until the server shuts down.
  static void Await(const ServiceContext& service, RawService& methods, Rpc rpc, ServiceQueue& queue) {
    new UnaryCall(service, methods, rpc, queue);
  }

 private:
  UnaryCall(const ServiceContext& service, RawService& methods, Rpc rpc, ServiceQueue& queue);
  ~UnaryCall() override;

  void OnArrived(bool ok);
  void Receive() override { stream_.Read(&request_, &received_event_); }
  void OnReceived(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);  // whether answered or cancelled
  void DeleteIfOver();

  void Answer(const absl::Status& status, const grpc::ByteBuffer& response);

  const ServiceContext& service_;
  RawService& methods_;
  const Rpc rpc_;
  ServiceQueue& queue_;
  CallEvent<UnaryCall> arrived_event_{*this, &UnaryCall::OnArrived};
  CallEvent<UnaryCall> received_event_{*this, &UnaryCall::OnReceived};
  CallEvent<UnaryCall> finished_event_{*this, &UnaryCall::OnFinished};
  CallEvent<UnaryCall> done_event_{*this, &UnaryCall::OnDone};

  grpc::ServerContext call_;
  grpc::ByteBuffer request_;
  RawService::UnaryStream stream_{&call_};
  SteadyClock::time_point arrived_;
  bool entered_ = false;
  size_t received_ = 0;  // bytes
  std::shared_ptr<Batch> batch_;
  // The queue's thread's.
  bool is_finished_ = false, is_done_ = false;
};

}  // namespace actserve
