#include "server/service/unary_call.h"

#include <utility>

#include "server/wire/status.h"

namespace actserve {

UnaryCall::UnaryCall(const ServiceContext& service, RawService& methods, Rpc rpc, ServiceQueue& queue)
    : service_(service), methods_(methods), rpc_(rpc), queue_(queue) {
  call_.AsyncNotifyWhenDone(&done_event_);
  if (rpc == Rpc::kEvaluate) {
    methods.RequestEvaluate(&call_, &stream_, &queue.queue, &queue.queue, &arrived_event_);
  } else {
    methods.RequestGradient(&call_, &stream_, &queue.queue, &queue.queue, &arrived_event_);
  }
}

UnaryCall::~UnaryCall() {
  if (!is_done_) return;  // there was no call
  service_.metrics().AddInFlight(rpc_, -1);
  if (entered_) service_.gate->Leave();
}

void UnaryCall::OnArrived(bool ok) {
  if (!ok) return delete this;
  Await(service_, methods_, rpc_, queue_);
  arrived_ = SteadyClock::now();
  service_.metrics().AddInFlight(rpc_, 1);
  const absl::Status status = Enter(service_, call_);
  entered_ = status.ok();
  if (!entered_) return Answer(status, grpc::ByteBuffer());
  queue_.reception.Begin(*this, arrived_);
}

void UnaryCall::OnReceived(bool ok) {
  received_ = ok ? request_.Length() : 0;
  queue_.reception.End(*this, received_);
  if (!ok) {
    return Answer(is_done_ && call_.IsCancelled() ? absl::CancelledError("cancelled before its message had arrived")
                                                  : absl::InvalidArgumentError("the call has no message; expected one"),
                  grpc::ByteBuffer());
  }
  batch_ = std::make_shared<Batch>(
      service_.batch, rpc_, request_, DeadlineOf(call_),
      [this](const absl::Status& status, const grpc::ByteBuffer& response) { Answer(status, response); });
  Run(service_, batch_);
}

void UnaryCall::Answer(const absl::Status& status, const grpc::ByteBuffer& response) {
  if (received_ != 0) queue_.reception.Release(received_);  // the batch has let go of them
  RecordAnswer(service_, rpc_, arrived_, status, response.Length());
  if (status.ok()) {
    stream_.Finish(response, grpc::Status::OK, &finished_event_);
  } else {
    stream_.FinishWithError(EndOf(call_, status, service_.retry_delay), &finished_event_);
  }
}

void UnaryCall::OnFinished(bool) {
  is_finished_ = true;
  DeleteIfOver();
}

void UnaryCall::OnDone(bool) {
  is_done_ = true;
  if (batch_ != nullptr && call_.IsCancelled()) batch_->Cancel();
  DeleteIfOver();
}

void UnaryCall::DeleteIfOver() {
  if (is_finished_ && is_done_) delete this;
}

}  // namespace actserve
