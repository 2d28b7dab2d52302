#include "client/load/calls/message_stream.h"

#include <utility>

#include "client/cpp/channel.h"
#include "client/load/calls/lane.h"

namespace actserve::load {

MessageStream::MessageStream(CallOwner& owner, const char* method, std::shared_ptr<grpc::Channel> channel,
                             const client::ClientOptions& options, grpc::CompletionQueue& queue)
    : owner_(owner),
      method_(method),
      channel_(std::move(channel)),
      context_(client::NewContext(options, absl::InfiniteFuture())) {
  stream_ = grpc::GenericStub(channel_).PrepareCall(context_.get(), method_, &queue);
  stream_->StartCall(&opened_);
}

bool MessageStream::Send(const Call& call, const grpc::ByteBuffer& request) {
  std::lock_guard lock(mutex_);
  if (finishing_ || closing_) return false;
  unwritten_.push_back({call, &request});
  WriteNext();
  return true;
}

void MessageStream::Close() {
  std::lock_guard lock(mutex_);
  closing_ = true;
  WriteNext();
}

void MessageStream::GiveUpIfOlder(Nanos time) {
  std::lock_guard lock(mutex_);
  const bool is_older = (!unanswered_.empty() && unanswered_.front().begun < time) ||
                        (!unwritten_.empty() && unwritten_.front().call.begun < time);
  if (!is_older || std::exchange(gave_up_, true)) return;
  closing_ = true;
  context_->TryCancel();
}

bool MessageStream::takes_messages() const {
  std::lock_guard lock(mutex_);
  return !finishing_ && !closing_;
}

bool MessageStream::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

void MessageStream::WriteNext() {
  if (writing_ || finishing_) return;
  if (!unwritten_.empty()) {
    writing_ = true;
    unanswered_.push_back(unwritten_.front().call);
    const grpc::ByteBuffer& request = *unwritten_.front().request;
    unwritten_.pop_front();
    stream_->Write(request, &written_);
  } else if (closing_ && !std::exchange(half_closed_, true)) {
    stream_->WritesDone(&closed_);
  }
}

void MessageStream::OnOpened(bool ok) {
  if (!ok) return FinishOnce();
  stream_->Read(&answer_, &read_);
  std::lock_guard lock(mutex_);
  writing_ = false;
  WriteNext();
}

void MessageStream::OnWritten(bool ok) {
  if (!ok) return;  // the stream has ended, and reading hears of it
  std::lock_guard lock(mutex_);
  writing_ = false;
  WriteNext();
}

void MessageStream::OnRead(bool ok) {
  if (!ok) return FinishOnce();
  const Nanos now = SteadyNow();
  std::optional<Call> call;
  {
    std::lock_guard lock(mutex_);
    if (!unanswered_.empty()) {
      call = unanswered_.front();
      unanswered_.pop_front();
    }
  }
  grpc::ByteBuffer answer;
  answer.Swap(&answer_);
  stream_->Read(&answer_, &read_);
  if (call) owner_.Ended(*call, now, owner_.Judge(*call, answer), nullptr);
}

void MessageStream::FinishOnce() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(finishing_, true)) return;
  }
  stream_->Finish(&status_, &finished_);
}

void MessageStream::OnFinished(bool) {
  const Nanos now = SteadyNow();
  std::deque<Call> failed;
  Outcome outcome = status_.ok() ? Outcome{.end = grpc::StatusCode::UNKNOWN, .message = "the server ended the stream"}
                                 : OutcomeOf(status_);
  {
    std::lock_guard lock(mutex_);
    failed.swap(unanswered_);
    for (const Message& message : unwritten_) failed.push_back(message.call);
    unwritten_.clear();
    if (gave_up_) outcome = {.end = grpc::StatusCode::DEADLINE_EXCEEDED, .message = "no answer came over the stream"};
  }
  for (const Call& call : failed) owner_.Ended(call, now, outcome, nullptr);
  std::lock_guard lock(mutex_);
  ended_ = true;
}

}  // namespace actserve::load
