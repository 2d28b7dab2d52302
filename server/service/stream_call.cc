#include "server/service/stream_call.h"

#include <utility>

#include "server/wire/status.h"

namespace actserve {

void StreamCall::Await(const ServiceContext& service, RawService& methods, OpenStreams& streams, Rpc rpc,
                       grpc::ServerCompletionQueue& queue) {
  std::shared_ptr<StreamCall>(new StreamCall(service, methods, streams, rpc, queue))->AwaitCall();
}

void StreamCall::AwaitCall() {
  self_ = shared_from_this();
  call_.AsyncNotifyWhenDone(&done_event_);
  if (rpc_ == Rpc::kEvaluateStream) {
    methods_.RequestEvaluateStream(&call_, &stream_, &queue_, &queue_, &arrived_event_);
  } else {
    methods_.RequestGradientStream(&call_, &stream_, &queue_, &queue_, &arrived_event_);
  }
}

StreamCall::~StreamCall() {
  if (!arrived_) return;  // there was no call
  service_.metrics().AddInFlight(rpc_, -1);
  if (entered_) service_.gate->Leave();
}

void StreamCall::OnArrived(bool ok) {
  if (!ok) return self_.reset();
  Await(service_, methods_, streams_, rpc_, queue_);
  arrived_ = true;
  service_.metrics().AddInFlight(rpc_, 1);
  const absl::Status status = Enter(service_, call_);
  entered_ = status.ok();
  deadline_ = DeadlineOf(call_);
  if (entered_) streams_.Add(*this);
  std::unique_lock lock(mutex_);
  last_activity_ = SteadyClock::now();
  if (!entered_) {
    RecordAnswer(service_, rpc_, last_activity_, status, 0);
    return End(std::move(lock), status);
  }
  Advance(std::move(lock));
}

void StreamCall::EndIfIdle(SteadyClock::duration idle) {
  std::unique_lock lock(mutex_);
  if (ended_ || writing_ || !slots_.empty() || SteadyClock::now() - last_activity_ < idle) return;
  End(std::move(lock), ShuttingDown(service_));
}

void StreamCall::OnRead(bool ok) {
  std::unique_lock lock(mutex_);
  reading_ = false;
  last_activity_ = SteadyClock::now();
  if (ended_) return LeaveIfOver(std::move(lock));
  std::shared_ptr<Batch> batch;
  if (ok) {
    batch = Take();
  } else {
    half_closed_ = true;
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
  return slot.batch;
}

void StreamCall::Advance(std::unique_lock<std::mutex> lock) {
  if (ended_) return;
  if (!writing_ && !slots_.empty() && slots_.front().done()) {
    if (!slots_.front().status.ok()) return End(std::move(lock), slots_.front().status);
    writing_ = true;
    stream_.Write(slots_.front().response, &written_event_);
  }
  if (!reading_ && !half_closed_ && slots_.size() < kReadAhead) {
    reading_ = true;
    stream_.Read(&incoming_, &read_event_);
  }
  if (half_closed_ && slots_.empty()) End(std::move(lock), absl::OkStatus());
}

void StreamCall::End(std::unique_lock<std::mutex> lock, const absl::Status& status) {
  ended_ = true;
  for (const Slot& slot : slots_) {
    if (!slot.done()) slot.batch->Cancel();
  }
  stream_.Finish(EndOf(call_, status, service_.retry_delay), &finished_event_);  // a read that waits ends with it
}

void StreamCall::OnWritten(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  last_activity_ = SteadyClock::now();
  slots_.pop_front();
  if (!ok) return End(std::move(lock), absl::CancelledError("the stream is broken"));
  Advance(std::move(lock));
}

void StreamCall::OnFinished(bool) {
  std::unique_lock lock(mutex_);
  is_finished_ = true;
  LeaveIfOver(std::move(lock));
}

void StreamCall::OnDone(bool) {
  std::unique_lock lock(mutex_);
  is_done_ = true;
  if (call_.IsCancelled()) {
    for (const Slot& slot : slots_) {
      if (!slot.done()) slot.batch->Cancel();
    }
  }
  LeaveIfOver(std::move(lock));
}

void StreamCall::LeaveIfOver(std::unique_lock<std::mutex> lock) {
  if (!is_finished_ || !is_done_ || reading_) return;
  const std::shared_ptr<StreamCall> last = std::move(self_);  // perhaps; so it goes after the lock
  lock.unlock();
  if (entered_) streams_.Remove(*this);
}

}  // namespace actserve
