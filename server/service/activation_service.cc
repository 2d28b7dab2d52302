#include "server/service/activation_service.h"

#include <utility>
#include <vector>

#include "kernels/api/registry.h"
#include "kernels/api/status.h"
#include "server/service/unary_call.h"
#include "server/wire/function_message.h"
#include "server/wire/status.h"

namespace actserve {

ActivationService::ActivationService(const ServiceContext& context) : context_(context) {
  for (const Function& function : Functions()) *functions_.add_functions() = ToMessage(function.info);
}

grpc::ServerUnaryReactor* ActivationService::Evaluate(grpc::CallbackServerContext* call,
                                                      const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return new UnaryCall(context_, Rpc::kEvaluate, *call, *request, response);
}

grpc::ServerUnaryReactor* ActivationService::Gradient(grpc::CallbackServerContext* call,
                                                      const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return new UnaryCall(context_, Rpc::kGradient, *call, *request, response);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ActivationService::EvaluateStream(
    grpc::CallbackServerContext* call) {
  return OpenStream(Rpc::kEvaluateStream, call);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ActivationService::GradientStream(
    grpc::CallbackServerContext* call) {
  return OpenStream(Rpc::kGradientStream, call);
}

StreamCall* ActivationService::OpenStream(Rpc rpc, grpc::CallbackServerContext* call) {
  const auto stream = std::make_shared<StreamCall>(context_, rpc, *call);
  if (stream->entered()) {
    std::lock_guard lock(mutex_);
    streams_.insert(stream.get());
  }
  stream->Begin([this, raw = stream.get()] {
    std::lock_guard lock(mutex_);
    streams_.erase(raw);
  });
  return stream.get();
}

void ActivationService::EndIdleStreams(SteadyClock::duration idle) {
  std::vector<std::shared_ptr<StreamCall>> streams;
  {
    std::lock_guard lock(mutex_);
    for (StreamCall* stream : streams_) streams.push_back(stream->shared_from_this());
  }
  for (const auto& stream : streams) stream->EndIfIdle(idle);
}

template <class Answer>
grpc::ServerUnaryReactor* ActivationService::AnswerNow(Rpc rpc, grpc::CallbackServerContext* call, Answer answer) {
  const SteadyClock::time_point arrived = SteadyClock::now();
  const bool entered = context_.gate->Enter();
  const absl::Status status = entered ? answer() : ShuttingDown(context_);
  if (entered) context_.gate->Leave();
  RecordAnswer(context_, rpc, arrived, status, 0);
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  reactor->Finish(EndOf(*call, status, context_.retry_delay));
  return reactor;
}

grpc::ServerUnaryReactor* ActivationService::ListFunctions(grpc::CallbackServerContext* call,
                                                           const v1::ListFunctionsRequest*,
                                                           v1::ListFunctionsResponse* response) {
  return AnswerNow(Rpc::kListFunctions, call, [&] {
    *response = functions_;
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ActivationService::GetFunction(grpc::CallbackServerContext* call,
                                                         const v1::GetFunctionRequest* request,
                                                         v1::Function* response) {
  return AnswerNow(Rpc::kGetFunction, call, [&]() -> absl::Status {
    absl::StatusOr<const Function*> function = LookUp(request->name());
    if (!function.ok()) return UnderField("name", function.status());
    *response = functions_.functions((*function)->index);
    return absl::OkStatus();
  });
}

}  // namespace actserve
