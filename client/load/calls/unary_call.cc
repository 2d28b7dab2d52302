#include "client/load/calls/unary_call.h"

#include "client/cpp/channel.h"
#include "client/load/calls/lane.h"

namespace actserve::load {

Outcome OutcomeOf(const grpc::Status& status) {
  const int code = status.error_code();
  const bool known = code > kOk && code < kWrong;
  return {.end = known ? code : static_cast<int>(grpc::StatusCode::UNKNOWN), .message = status.error_message()};
}

void UnaryCall::Begin(const Call& call, const char* method, const grpc::ByteBuffer& request,
                      const std::shared_ptr<grpc::Channel>& channel, const client::ClientOptions& options,
                      grpc::CompletionQueue& queue) {
  call_ = call;
  answer_.Clear();
  reader_.reset();  // before its context
  context_ = client::NewContext(options, client::DeadlineOf(options, {}));
  reader_ = grpc::GenericStub(channel).PrepareUnaryCall(context_.get(), method, request, &queue);
  reader_->StartCall();
  reader_->Finish(&answer_, &status_, this);
}

void UnaryCall::Proceed(bool) {
  const Nanos now = SteadyNow();
  const Outcome outcome = status_.ok() ? owner_.Judge(call_, answer_) : OutcomeOf(status_);
  owner_.Ended(call_, now, outcome, this);
}

}  // namespace actserve::load
