#include "server/service/unary_call.h"

#include <utility>

#include "server/wire/status.h"

namespace actserve {

UnaryCall::UnaryCall(const ServiceContext& service, Rpc rpc, grpc::CallbackServerContext& call,
                     const grpc::ByteBuffer& request, grpc::ByteBuffer* response)
    : service_(service),
      call_(call),
      rpc_(rpc),
      entered_(service.gate->Enter()),
      response_(response),
      arrived_(SteadyClock::now()) {
  service_.metrics().AddInFlight(rpc_, 1);
  if (!entered_) {
    Answer(ShuttingDown(service_), grpc::ByteBuffer());
    return;
  }
  batch_ = std::make_shared<Batch>(
      service_.batch, rpc_, request, DeadlineOf(call),
      [this](const absl::Status& status, const grpc::ByteBuffer& response) { Answer(status, response); });
  Run(service_, batch_);  // may answer at once; gRPC calls OnDone only after it has got the reactor
}

void UnaryCall::Answer(const absl::Status& status, const grpc::ByteBuffer& response) {
  RecordAnswer(service_, rpc_, arrived_, status, response.Length());
  if (status.ok()) *response_ = response;
  Finish(EndOf(call_, status, service_.retry_delay));
}

void UnaryCall::OnCancel() {
  if (batch_ != nullptr) batch_->Cancel();
}

void UnaryCall::OnDone() {
  service_.metrics().AddInFlight(rpc_, -1);
  if (entered_) service_.gate->Leave();
  delete this;
}

}  // namespace actserve
