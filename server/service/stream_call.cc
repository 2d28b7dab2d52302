#include "server/service/stream_call.h"

#include <utility>

#include "server/wire/status.h"

namespace actserve {

StreamCall::StreamCall(const ServiceContext& service, Rpc rpc, grpc::CallbackServerContext& call)
    : service_(service),
      call_(call),
      rpc_(rpc),
      entered_(service.gate->Enter()),
      deadline_(DeadlineOf(call)),
      last_activity_(SteadyClock::now()) {
  service_.metrics().AddInFlight(rpc_, 1);
}

void StreamCall::Begin(std::function<void()> on_done) {
  std::unique_lock lock(mutex_);
  self_ = shared_from_this();
  on_done_ = std::move(on_done);
  if (!entered_) return End(std::move(lock), ShuttingDown(service_));
  Advance(std::move(lock));
}

void StreamCall::EndIfIdle(SteadyClock::duration idle) {
  std::unique_lock lock(mutex_);
  if (ended_ || writing_ || !slots_.empty() || SteadyClock::now() - last_activity_ < idle) return;
  End(std::move(lock), ShuttingDown(service_));
}

void StreamCall::OnReadDone(bool ok) {
  std::unique_lock lock(mutex_);
  reading_ = false;
  last_activity_ = SteadyClock::now();
  std::shared_ptr<Batch> batch;
  if (!ok) {
    half_closed_ = true;
  } else if (!ended_) {
    batch = Take();
  }
  Advance(std::move(lock));  // which reads on, so that the next request arrives while this one is computed
  if (batch != nullptr) Run(service_, batch);
}

std::shared_ptr<Batch> StreamCall::Take() {
  Slot& slot = slots_.emplace_back();
  slot.batch = std::make_shared<Batch>(
      service_.batch, rpc_, incoming_, deadline_,
      [stream = shared_from_this(), &slot](const absl::Status& status, const grpc::ByteBuffer& response) {
        RecordAnswer(stream->service_, stream->rpc_, slot.batch->arrived(), status, response.Length());
        std::unique_lock lock(stream->mutex_);
        slot.batch = nullptr;
        slot.status = status;
        slot.response = response;
        stream->Advance(std::move(lock));
      });
  incoming_.Clear();
  return slot.batch;
}

void StreamCall::Advance(std::unique_lock<std::mutex> lock) {
  if (ended_) return;
  if (!writing_ && !slots_.empty() && slots_.front().done()) {
    if (!slots_.front().status.ok()) return End(std::move(lock), slots_.front().status);
    writing_ = true;
    StartWrite(&slots_.front().response);
  }
  if (!reading_ && !half_closed_ && slots_.size() < kReadAhead) {
    reading_ = true;
    StartRead(&incoming_);
  }
  if (half_closed_ && slots_.empty()) End(std::move(lock), absl::OkStatus());
}

void StreamCall::End(std::unique_lock<std::mutex> lock, const absl::Status& status) {
  ended_ = true;
  for (const Slot& slot : slots_) {
    if (!slot.done()) slot.batch->Cancel();
  }
  const grpc::Status answer = EndOf(call_, status, service_.retry_delay);
  lock.unlock();
  Finish(answer);  // a read that waits ends with it
}

void StreamCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  last_activity_ = SteadyClock::now();
  slots_.pop_front();
  if (!ok && !ended_) return End(std::move(lock), absl::CancelledError("the stream is broken"));
  Advance(std::move(lock));
}

void StreamCall::OnCancel() {
  std::lock_guard lock(mutex_);
  for (const Slot& slot : slots_) {
    if (!slot.done()) slot.batch->Cancel();
  }
}

void StreamCall::OnDone() {
  std::shared_ptr<StreamCall> last;  // perhaps; so it goes after the lock
  {
    std::lock_guard lock(mutex_);
    last = std::move(self_);
  }
  service_.metrics().AddInFlight(rpc_, -1);
  if (!entered_) return;
  on_done_();
  service_.gate->Leave();
}

}  // namespace actserve
