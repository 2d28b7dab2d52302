#include "server/service/activation_service.h"

#include "kernels/api/registry.h"
#include "kernels/api/status.h"
#include "server/service/stream_call.h"
#include "server/service/unary_call.h"
#include "server/wire/function_message.h"
#include "server/wire/status.h"

namespace actserve {
namespace {

// Calls of a method that gRPC may hand over before the first of them has been looked at.
constexpr int kAwaitedCalls = 16;

}  // namespace

ActivationService::ActivationService(const ServiceContext& context) : context_(context) {
  for (const Function& function : Functions()) *functions_.add_functions() = ToMessage(function.info);
}

void ActivationService::Begin(const Queues& queues) {
  Reception::Limits reception = context_.reception;
  reception.bytes /= queues.queues().size();
  for (const auto& queue : queues.queues()) {
    ServiceQueue& mine = queues_.emplace_back(*queue, reception);
    for (int i = 0; i < kAwaitedCalls; ++i) {
      for (const Rpc rpc : {Rpc::kEvaluate, Rpc::kGradient}) UnaryCall::Await(context_, *this, rpc, mine);
      for (const Rpc rpc : {Rpc::kEvaluateStream, Rpc::kGradientStream})
        StreamCall::Await(context_, *this, streams_, rpc, *queue);
    }
  }
}

template <class Answer>
grpc::Status ActivationService::AnswerNow(Rpc rpc, grpc::ServerContext& call, Answer answer) {
  const SteadyClock::time_point arrived = SteadyClock::now();
  absl::Status status = Enter(context_, call);
  if (status.ok()) {
    status = answer();
    context_.gate->Leave();
  }
  RecordAnswer(context_, rpc, arrived, status, 0);
  return EndOf(call, status, context_.retry_delay);
}

grpc::Status ActivationService::ListFunctions(grpc::ServerContext* call, const v1::ListFunctionsRequest*,
                                              v1::ListFunctionsResponse* response) {
  return AnswerNow(Rpc::kListFunctions, *call, [&] {
    *response = functions_;
    return absl::OkStatus();
  });
}

grpc::Status ActivationService::GetFunction(grpc::ServerContext* call, const v1::GetFunctionRequest* request,
                                            v1::Function* response) {
  return AnswerNow(Rpc::kGetFunction, *call, [&]() -> absl::Status {
    absl::StatusOr<const Function*> function = LookUp(request->name());
    if (!function.ok()) return UnderField("name", function.status());
    *response = functions_.functions((*function)->index);
    return absl::OkStatus();
  });
}

grpc::Status ActivationService::Profile(grpc::ServerContext* call, grpc::ServerReader<v1::ProfileRequest>* requests,
                                        v1::ProfileResponse* response) {
  return AnswerNow(Rpc::kProfile, *call, [&] { return analyses_.Profile(*call, *requests, *response); });
}

grpc::Status ActivationService::Calibrate(grpc::ServerContext* call, grpc::ServerReader<v1::CalibrateRequest>* requests,
                                          v1::CalibrateResponse* response) {
  return AnswerNow(Rpc::kCalibrate, *call, [&] { return analyses_.Calibrate(*call, *requests, *response); });
}

grpc::Status ActivationService::Substitute(grpc::ServerContext* call, const v1::SubstituteRequest* request,
                                           v1::SubstituteResponse* response) {
  return AnswerNow(Rpc::kSubstitute, *call, [&] { return analyses_.Substitute(*call, *request, *response); });
}

}  // namespace actserve
