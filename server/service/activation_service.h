// The handlers: what gRPC calls, and what starts the work.
#pragma once

#include <grpcpp/server_context.h>

#include <deque>

#include "server/service/analyses.h"
#include "server/service/open_streams.h"
#include "server/service/queues.h"
#include "server/service/raw_service.h"
#include "server/service/service_context.h"
#include "server/service/service_queue.h"

namespace actserve {

// Safe from any thread. Must outlive the gRPC server that it is registered with, and the queues.
class ActivationService final : public RawService {
 public:
  explicit ActivationService(const ServiceContext& context);

  // Takes in the calls that carry tensors from these queues from now on; once, when the server runs.
  void Begin(const Queues& queues);

  grpc::Status ListFunctions(grpc::ServerContext* call, const v1::ListFunctionsRequest* request,
                             v1::ListFunctionsResponse* response) override;
  grpc::Status GetFunction(grpc::ServerContext* call, const v1::GetFunctionRequest* request,
                           v1::Function* response) override;

  grpc::Status Profile(grpc::ServerContext* call, grpc::ServerReader<v1::ProfileRequest>* requests,
                       v1::ProfileResponse* response) override;
  grpc::Status Calibrate(grpc::ServerContext* call, grpc::ServerReader<v1::CalibrateRequest>* requests,
                         v1::CalibrateResponse* response) override;
  grpc::Status Substitute(grpc::ServerContext* call, const v1::SubstituteRequest* request,
                          v1::SubstituteResponse* response) override;

  // Ends the streams on which nothing has been going on for `idle`: for a server that drains.
  void EndIdleStreams(SteadyClock::duration idle) {
    streams_.EndIdle(idle);
    analyses_.EndIdle(idle);
  }

 private:
  // Runs `answer` if the call may Enter, and returns the call's status.
  template <class Answer>
  grpc::Status AnswerNow(Rpc rpc, grpc::ServerContext& call, Answer answer);

  const ServiceContext context_;
  v1::ListFunctionsResponse functions_;
  OpenStreams streams_;
  Analyses analyses_{context_};
  std::deque<ServiceQueue> queues_;
};

}  // namespace actserve
