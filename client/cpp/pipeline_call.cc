#include "client/cpp/pipeline_call.h"

#include <algorithm>
#include <utility>

#include "client/cpp/errors.h"
#include "client/cpp/wire.h"
#include "grpcpp/generic/generic_stub.h"

namespace actserve::client {

PipelineCall::PipelineCall(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, const char* method,
                           int in_flight, OnAnswer on_answer)
    : place_(std::move(place)),
      context_(std::move(context)),
      most_(static_cast<size_t>(std::max(in_flight, 1))),
      on_answer_(std::move(on_answer)) {
  grpc::GenericStub(place_.channel()).PrepareBidiStreamingCall(context_.get(), method, {}, this);
  AddHold();
  StartRead(&incoming_);
  StartCall();
}

PipelineCall::~PipelineCall() {
  Cancel();  // without effect if it is over
  Finish().IgnoreError();
}

absl::Status PipelineCall::Submit(grpc::ByteBuffer request, size_t items) {
  std::unique_lock lock(mutex_);
  if (closed_) return absl::FailedPreconditionError("a batch was submitted after Finish");
  changed_.wait(lock, [this] { return ended_ || in_progress_.size() < most_; });
  if (ended_) {
    changed_.wait(lock, [this] { return done_; });
    return status_.ok() ? absl::AbortedError("the server has ended the stream") : status_;
  }
  in_progress_.push_back(items);
  outgoing_.push_back(std::move(request));
  WriteNext();
  return absl::OkStatus();
}

absl::Status PipelineCall::Finish() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  WriteNext();
  LetGo();  // a write that is under way goes on from its own reaction
  changed_.wait(lock, [this] { return done_; });
  return status_;
}

void PipelineCall::WriteNext() {
  if (ended_ || writing_) return;
  if (!outgoing_.empty()) {
    writing_ = true;
    StartWrite(&outgoing_.front());
  } else if (closed_ && !half_closed_) {
    half_closed_ = true;
    StartWritesDone();
  }
}

void PipelineCall::LetGo() {
  if (std::exchange(held_, false)) RemoveHold();
}

void PipelineCall::OnWriteDone(bool) {  // if it failed the stream has ended, and the reading reaction hears of it
  std::lock_guard lock(mutex_);
  writing_ = false;
  outgoing_.pop_front();
  WriteNext();
}

void PipelineCall::OnReadDone(bool ok) {
  int64_t batch = 0;
  size_t items = 0;
  {
    std::lock_guard lock(mutex_);
    if (ok && in_progress_.empty()) {
      // An answer to nothing: what follows could not be told apart either.
      status_ = Nonsense("it answers a batch that was not sent");
      Cancel();
    }
    if (!ok || in_progress_.empty()) {
      ended_ = true;
      LetGo();
      changed_.notify_all();
      return;
    }
    batch = answered_;
    items = in_progress_.front();
  }
  on_answer_(batch, items, std::exchange(incoming_, grpc::ByteBuffer()));
  std::lock_guard lock(mutex_);
  ++answered_;
  in_progress_.pop_front();
  changed_.notify_all();
  StartRead(&incoming_);
}

void PipelineCall::OnDone(const grpc::Status& status) {
  std::unique_lock lock(mutex_);
  if (status_.ok()) status_ = FromGrpc(status);
  if (status_.ok() && !in_progress_.empty()) status_ = Nonsense("the stream ended before every batch was answered");
  const std::deque<size_t> unanswered = std::exchange(in_progress_, {});
  lock.unlock();
  for (size_t i = 0; i < unanswered.size(); ++i) {
    on_answer_(answered_ + static_cast<int64_t>(i), unanswered[i], status_);
  }
  lock.lock();
  done_ = true;
  changed_.notify_all();  // under the lock: whoever waits may destroy this as soon as it is free
}

}  // namespace actserve::client
