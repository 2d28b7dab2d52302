// One Evaluate or Gradient call.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "server/service/service_context.h"

namespace actserve {

// Deletes itself when gRPC is done with it.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const ServiceContext& service, Rpc rpc, grpc::CallbackServerContext& call, const grpc::ByteBuffer& request,
            grpc::ByteBuffer* response);

 private:
  void OnCancel() override;
  void OnDone() override;
  // What gRPC says is for reactors with trivial reactions, as these are: each would else wake a thread of the library's
  // executor, which costs as much as all the rest of a small call.
  bool InternalInlineable() override { return true; }
  void Answer(const absl::Status& status, const grpc::ByteBuffer& response);

  const ServiceContext& service_;
  grpc::CallbackServerContext& call_;
  const Rpc rpc_;
  const bool entered_;
  grpc::ByteBuffer* const response_;
  const SteadyClock::time_point arrived_;
  std::shared_ptr<Batch> batch_;
};

}  // namespace actserve
