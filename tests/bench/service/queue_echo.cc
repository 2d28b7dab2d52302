#include "tests/bench/service/queue_echo.h"

#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <optional>

namespace actserve::bench::service {
namespace {

// Of a queue, that can be taken in or answered at a time: as many as clients have in flight, and some.
constexpr int kCalls = 128;

}  // namespace

class QueueEcho::Call {
 public:
  Call(Service& service, grpc::ServerCompletionQueue& queue) : service_(service), queue_(queue) {}

  // Takes the next call in.
  void Await() {
    answered_ = false;
    request_.Clear();
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    service_.RequestEvaluate(&*context_, &request_, &*responder_, &queue_, &queue_, this);
  }

  // What was asked for last has happened, or will not, as the server is shutting down.
  void Proceed(bool ok) {
    if (answered_) {
      Await();
    } else if (ok) {
      answered_ = true;
      responder_->Finish(request_, grpc::Status::OK, this);
    }
  }

 private:
  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  std::optional<grpc::ServerContext> context_;
  grpc::ByteBuffer request_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> responder_;
  bool answered_ = false;
};

QueueEcho::QueueEcho(grpc::ServerBuilder& builder, int queues) {
  builder.RegisterService(&service_);
  for (int i = 0; i < queues; ++i) queues_.push_back(builder.AddCompletionQueue());
}

void QueueEcho::Begin() {
  for (const auto& queue : queues_) {
    for (int i = 0; i < kCalls; ++i) calls_.emplace_back(service_, *queue).Await();
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
