#include "server/service/health_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <optional>

namespace actserve {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// Deletes itself when it is over.
class HealthService::CheckCall {
 public:
  CheckCall(HealthService& health, grpc::ServerCompletionQueue& queue) : health_(health), queue_(queue) {
    health.RequestCheck(&call_, &request_, &responder_, &queue, &queue, &arrived_event_);
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) return delete this;
    new CheckCall(health_, queue_);
    HealthCheckResponse response;
    {
      std::lock_guard lock(health_.mutex_);
      response.set_status(health_.StatusOf(request_.service()));
    }
    if (response.status() == HealthCheckResponse::SERVICE_UNKNOWN) {
      responder_.FinishWithError(
          {grpc::StatusCode::NOT_FOUND, "there is no service \"" + request_.service() + "\" here"}, &finished_event_);
    } else {
      responder_.Finish(response, grpc::Status::OK, &finished_event_);
    }
  }
  void OnFinished(bool) { delete this; }

  HealthService& health_;
  grpc::ServerCompletionQueue& queue_;
  CallEvent<CheckCall> arrived_event_{*this, &CheckCall::OnArrived};
  CallEvent<CheckCall> finished_event_{*this, &CheckCall::OnFinished};
  grpc::ServerContext call_;
  HealthCheckRequest request_;
  grpc::ServerAsyncResponseWriter<HealthCheckResponse> responder_{&call_};
};

// Lasts until the client or the server ends it; then deletes itself.
class HealthService::WatchCall {
 public:
  WatchCall(HealthService& health, grpc::ServerCompletionQueue& queue) : health_(health), queue_(queue) {
    call_.AsyncNotifyWhenDone(&done_event_);
    health.RequestWatch(&call_, &request_, &writer_, &queue, &queue, &arrived_event_);
  }

  // Tells the client, unless it knows; under the lock.
  void Tell() {
    const Status status = health_.StatusOf(request_.service());
    if (writing_ || told_ == status) return;
    told_ = status;
    writing_ = true;
    HealthCheckResponse response;
    response.set_status(status);
    writer_.Write(response, &written_event_);
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) return delete this;
    new WatchCall(health_, queue_);
    std::lock_guard lock(health_.mutex_);
    health_.watching_.insert(this);
    Tell();
  }
  void OnWritten(bool) {
    std::unique_lock lock(health_.mutex_);
    writing_ = false;
    if (!is_done_) return Tell();
    lock.unlock();
    delete this;
  }
  void OnDone(bool) {
    std::unique_lock lock(health_.mutex_);
    is_done_ = true;
    health_.watching_.erase(this);
    if (writing_) return;
    lock.unlock();
    delete this;
  }

  HealthService& health_;
  grpc::ServerCompletionQueue& queue_;
  CallEvent<WatchCall> arrived_event_{*this, &WatchCall::OnArrived};
  CallEvent<WatchCall> written_event_{*this, &WatchCall::OnWritten};
  CallEvent<WatchCall> done_event_{*this, &WatchCall::OnDone};
  grpc::ServerContext call_;
  HealthCheckRequest request_;
  grpc::ServerAsyncWriter<HealthCheckResponse> writer_{&call_};
  std::optional<Status> told_;
  bool writing_ = false, is_done_ = false;
};

void HealthService::Begin(const Queues& queues) {
  for (const auto& queue : queues.queues()) {
    new CheckCall(*this, *queue);
    new WatchCall(*this, *queue);
  }
}

void HealthService::SetServing(bool serving) {
  std::lock_guard lock(mutex_);
  serving_ = serving;
  Tell();
}

void HealthService::SetCudaServing(bool serving) {
  std::lock_guard lock(mutex_);
  cuda_serving_ = serving;
  Tell();
}

void HealthService::Tell() {
  for (WatchCall* call : watching_) call->Tell();
}

HealthService::Status HealthService::StatusOf(std::string_view service) const {
  const bool is_cuda = service == kCuda && cuda_serving_.has_value();
  if (!service.empty() && service != service_ && !is_cuda) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ && (!is_cuda || *cuda_serving_) ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace actserve
