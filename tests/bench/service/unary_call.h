// A call whose end comes out of a completion queue.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <optional>

#include "tests/bench/service/pace.h"

namespace actserve::bench::service {

inline absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// To be used again and again, and not moved meanwhile.
class UnaryCall {
 public:
  explicit UnaryCall(grpc::GenericStub* stub) : stub_(stub) {}

  // Calls load.method; the queue has this object's address when the call ends.
  void Begin(const Load& load, Clock::time_point now, grpc::CompletionQueue& queue) {
    begun_ = now;
    answer_.Clear();
    reader_.reset();
    context_.emplace();
    reader_ = stub_->PrepareUnaryCall(&*context_, load.method, load.message, &queue);
    reader_->StartCall();
    reader_->Finish(&answer_, &status_, this);
  }

  Clock::time_point begun() const { return begun_; }
  const grpc::ByteBuffer& answer() const { return answer_; }
  const grpc::Status& status() const { return status_; }

 private:
  grpc::GenericStub* const stub_;
  Clock::time_point begun_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
};

}  // namespace actserve::bench::service
