// The ceiling's methods, on completion queues.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>
#include <vector>

#include "actserve/v1/activation.grpc.pb.h"

namespace actserve::bench::service {

// Each queue has one thread, which takes calls in and answers them. Evaluate and EvaluateStream answer with the request
// itself, Gradient with its second half, as of two tensors one comes back: in the request's slices. Not for several
// threads.
class QueueEcho {
 public:
  // Registers itself and its queues with the builder, and must outlive its server.
  QueueEcho(grpc::ServerBuilder& builder, int queues);
  // The server must have been shut down.
  ~QueueEcho();

  // Once the server has started.
  void Begin();

 private:
  using Service = v1::ActivationService::WithRawMethod_Evaluate<v1::ActivationService::WithRawMethod_Gradient<
      v1::ActivationService::WithRawMethod_EvaluateStream<v1::ActivationService::Service>>>;
  class Call;
  class UnaryCall;
  class StreamCall;

  Service service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<std::thread> threads_;
};

}  // namespace actserve::bench::service
