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
  UnaryCall(const ServiceContext& service, Rpc rpc, const grpc::CallbackServerContext& call,
            const grpc::ByteBuffer& request, grpc::ByteBuffer* response);

 private:
  void OnCancel() override;
  void OnDone() override;
  // What gRPC says is for reactors with trivial reactions, as these are: each would else wake a thread of the library's
  // executor, which costs as much as all the rest of a small call.
  bool InternalInlineable() override { return true; }
  void Answer(const absl::Status& status, const grpc::ByteBuffer& response);

  const ServiceContext& service_;
  const Rpc rpc_;
  const SteadyClock::time_point arrived_;
  const absl::Status entered_;
  grpc::ByteBuffer* const response_;
  std::shared_ptr<Batch> batch_;
};

}  // namespace actserve
