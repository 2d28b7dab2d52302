// The handlers: what gRPC calls, and what starts the work.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "actserve/v1/activation.grpc.pb.h"
#include "server/service/service_context.h"
#include "server/service/stream_call.h"

namespace actserve {

// The methods that carry tensors are raw: bytes are counted and admitted before they are decoded, and what cannot be
// decoded gets a message of ours.
using ActivationServiceBase = v1::ActivationService::WithRawCallbackMethod_Evaluate<
    v1::ActivationService::WithRawCallbackMethod_Gradient<v1::ActivationService::WithRawCallbackMethod_EvaluateStream<
        v1::ActivationService::WithRawCallbackMethod_GradientStream<
            v1::ActivationService::WithCallbackMethod_ListFunctions<
                v1::ActivationService::WithCallbackMethod_GetFunction<v1::ActivationService::Service>>>>>>;

// Safe from any thread. Must outlive the gRPC server that it is registered with.
class ActivationService final : public ActivationServiceBase {
 public:
  explicit ActivationService(const ServiceContext& context);

  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Gradient(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* EvaluateStream(
      grpc::CallbackServerContext* call) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* GradientStream(
      grpc::CallbackServerContext* call) override;
  grpc::ServerUnaryReactor* ListFunctions(grpc::CallbackServerContext* call, const v1::ListFunctionsRequest* request,
                                          v1::ListFunctionsResponse* response) override;
  grpc::ServerUnaryReactor* GetFunction(grpc::CallbackServerContext* call, const v1::GetFunctionRequest* request,
                                        v1::Function* response) override;

  // Ends the streams on which nothing has been going on for `idle`: for a server that drains.
  void EndIdleStreams(SteadyClock::duration idle);

 private:
  StreamCall* OpenStream(Rpc rpc, grpc::CallbackServerContext* call);
  // Runs `answer` if the call may Enter, and finishes the call with its status.
  template <class Answer>
  grpc::ServerUnaryReactor* AnswerNow(Rpc rpc, grpc::CallbackServerContext* call, Answer answer);

  const ServiceContext context_;
  v1::ListFunctionsResponse functions_;
  std::mutex mutex_;
  std::unordered_set<StreamCall*> streams_;  // guarded by mutex_
};

}  // namespace actserve
