#include "tests/bench/service/queue_echo.h"

#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <optional>

namespace actserve::bench::service {
namespace {

// Of a method and a queue, that can be under way at a time: as many as clients have in flight, and some.
constexpr int kUnaryCalls = 128, kStreams = 16;

// What follows the first `bytes` bytes, in the same slices.
grpc::ByteBuffer Rest(const grpc::ByteBuffer& buffer, size_t bytes) {
  std::vector<grpc::Slice> slices, rest;
  if (!buffer.Dump(&slices).ok()) return buffer;
  for (const grpc::Slice& slice : slices) {
    if (bytes == 0) {
      rest.push_back(slice);
    } else if (bytes >= slice.size()) {
      bytes -= slice.size();
    } else {
      rest.push_back(slice.sub(bytes, slice.size()));
      bytes = 0;
    }
  }
  return {rest.data(), rest.size()};
}

}  // namespace

// One call after another.
class QueueEcho::Call {
 public:
  virtual ~Call() = default;
  // What was begun has happened; not `ok`: it did not, and will not.
  virtual void Proceed(bool ok) = 0;
};

class QueueEcho::UnaryCall final : public Call {
 public:
  UnaryCall(Service& service, bool is_gradient, grpc::ServerCompletionQueue& queue)
      : service_(service), is_gradient_(is_gradient), queue_(queue) {
    Await();
  }

  void Proceed(bool ok) override {
    if (answered_) {
      Await();
    } else if (ok) {
      answered_ = true;
      responder_->Finish(is_gradient_ ? Rest(request_, request_.Length() / 2) : request_, grpc::Status::OK, this);
    }
  }

 private:
  void Await() {
    answered_ = false;
    request_.Clear();
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    if (is_gradient_) {
      service_.RequestGradient(&*context_, &request_, &*responder_, &queue_, &queue_, this);
    } else {
      service_.RequestEvaluate(&*context_, &request_, &*responder_, &queue_, &queue_, this);
    }
  }

  Service& service_;
  const bool is_gradient_;
  grpc::ServerCompletionQueue& queue_;
  std::optional<grpc::ServerContext> context_;
  grpc::ByteBuffer request_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> responder_;
  bool answered_ = false;
};

// Reads the next message while it writes the last one.
class QueueEcho::StreamCall final : public Call {
 public:
  StreamCall(Service& service, grpc::ServerCompletionQueue& queue) : service_(service), queue_(queue) { Await(); }

  void Proceed(bool ok) override {
    if (state_ == State::kAwaiting && ok) {
      state_ = State::kOpen;
      stream_->Read(&incoming_, &read_);
    } else if (state_ == State::kEnding) {
      Await();
    }
  }

 private:
  enum class State { kAwaiting, kOpen, kEnding };

  // Gives `proceed` what happened.
  class Step final : public Call {
   public:
    Step(StreamCall& call, void (StreamCall::*proceed)(bool)) : call_(call), proceed_(proceed) {}
    void Proceed(bool ok) override { (call_.*proceed_)(ok); }

   private:
    StreamCall& call_;
    void (StreamCall::*proceed_)(bool);
  };

  void Await() {
    state_ = State::kAwaiting;
    has_incoming_ = writing_ = at_end_ = false;
    stream_.reset();
    context_.emplace();
    stream_.emplace(&*context_);
    service_.RequestEvaluateStream(&*context_, &*stream_, &queue_, &queue_, this);
  }
  void OnRead(bool ok) {
    (ok ? has_incoming_ : at_end_) = true;
    Advance();
  }
  void OnWritten(bool) {
    writing_ = false;
    Advance();
  }
  void Advance() {
    if (writing_) return;
    if (has_incoming_) {
      has_incoming_ = false;
      writing_ = true;
      stream_->Write(incoming_, &written_);
      incoming_.Clear();
      stream_->Read(&incoming_, &read_);
    } else if (at_end_) {
      state_ = State::kEnding;
      stream_->Finish(grpc::Status::OK, this);
    }
  }

  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  Step read_{*this, &StreamCall::OnRead}, written_{*this, &StreamCall::OnWritten};
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
  State state_ = State::kAwaiting;
  grpc::ByteBuffer incoming_;
  bool has_incoming_ = false, writing_ = false, at_end_ = false;
};

QueueEcho::QueueEcho(grpc::ServerBuilder& builder, int queues) {
  builder.RegisterService(&service_);
  for (int i = 0; i < queues; ++i) queues_.push_back(builder.AddCompletionQueue());
}

void QueueEcho::Begin() {
  for (const auto& queue : queues_) {
    for (int i = 0; i < kUnaryCalls; ++i) {
      for (const bool is_gradient : {false, true})
        calls_.push_back(std::make_unique<UnaryCall>(service_, is_gradient, *queue));
    }
    for (int i = 0; i < kStreams; ++i) calls_.push_back(std::make_unique<StreamCall>(service_, *queue));
    threads_.emplace_back([&queue = *queue] {
      void* call = nullptr;
      for (bool ok = false; queue.Next(&call, &ok);) static_cast<Call*>(call)->Proceed(ok);
    });
  }
}

QueueEcho::~QueueEcho() {
  for (const auto& queue : queues_) queue->Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace actserve::bench::service
