// The echo of Evaluate once more, on completion queues: for the comparison of transports.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "actserve/v1/activation.grpc.pb.h"

namespace actserve::bench::service {

// Each queue has one thread, which takes calls in and answers them. gRPC gives each queue a listener of its own,
// between which Linux spreads connections (SO_REUSEPORT). Not for several threads.
class QueueEcho {
 public:
  // Registers itself and its queues with the builder, and must outlive its server.
  QueueEcho(grpc::ServerBuilder& builder, int queues);
  // The server must have been shut down.
  ~QueueEcho();

  // Once the server has started.
  void Begin();

 private:
  using Service = v1::ActivationService::WithRawMethod_Evaluate<v1::ActivationService::Service>;
  class Call;

  Service service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::deque<Call> calls_;
  std::vector<std::thread> threads_;
};

}  // namespace actserve::bench::service
