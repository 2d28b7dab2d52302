// A stream that many calls' messages go over, by turns; answers come in the same order.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "client/cpp/options.h"
#include "client/load/calls/unary_call.h"
#include "grpcpp/generic/generic_stub.h"

namespace actserve::load {

class MessageStream {
 public:
  MessageStream(CallOwner& owner, const char* method, std::shared_ptr<grpc::Channel> channel,
                const client::ClientOptions& options, grpc::CompletionQueue& queue);

  const char* method() const { return method_; }
  const grpc::Channel* channel() const { return channel_.get(); }

  // From any thread. Sends a request, which must outlive the stream, when those before are written. False if the stream
  // has ended, or is about to: another one has to take it.
  bool Send(const Call& call, const grpc::ByteBuffer& request);
  // Says that no request follows.
  void Close();
  // Gives the stream up if a call that began before `time` has no answer: all that have none then fail, with
  // DEADLINE_EXCEEDED.
  void GiveUpIfOlder(Nanos time);
  void Cancel() { context_->TryCancel(); }
  bool takes_messages() const;
  bool ended() const;

 private:
  // Gives the stream what happened.
  class Step final : public Event {
   public:
    Step(MessageStream& stream, void (MessageStream::*proceed)(bool)) : stream_(stream), proceed_(proceed) {}
    void Proceed(bool ok) override { (stream_.*proceed_)(ok); }

   private:
    MessageStream& stream_;
    void (MessageStream::*proceed_)(bool);
  };

  void OnOpened(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnClosed(bool) {}
  void OnFinished(bool);
  void WriteNext();  // under the lock
  void FinishOnce();

  struct Message {
    Call call;
    const grpc::ByteBuffer* request;
  };

  CallOwner& owner_;
  const char* const method_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  Step opened_{*this, &MessageStream::OnOpened}, read_{*this, &MessageStream::OnRead},
      written_{*this, &MessageStream::OnWritten}, closed_{*this, &MessageStream::OnClosed},
      finished_{*this, &MessageStream::OnFinished};

  mutable std::mutex mutex_;  // guards what follows, but for answer_ and status_, which are the receiving thread's
  std::deque<Message> unwritten_;
  std::deque<Call> unanswered_;  // of those written, in their order
  bool writing_ = true;          // or not open yet
  bool closing_ = false, half_closed_ = false, gave_up_ = false, finishing_ = false, ended_ = false;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
};

}  // namespace actserve::load
