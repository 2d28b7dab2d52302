#include "tests/bench/service/driver.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <deque>
#include <optional>

#include "absl/strings/str_format.h"
#include "tests/bench/service/pace.h"
#include "tests/bench/service/streams.h"

namespace actserve::bench::service {
namespace {

class UnaryCalls {
 public:
  UnaryCalls(const Load& load, const Channels& channels, absl::Duration least, int64_t least_calls) : load_(load), pace_(load, least, least_calls) {
    stubs_.reserve(channels.size());
    for (const auto& channel : channels) stubs_.emplace_back(channel);
    for (int i = 0; i < load.in_flight; ++i) calls_.emplace_back(&stubs_[i % stubs_.size()]);
  }

  absl::StatusOr<Turn> Run() && {
    for (Call& call : calls_) Begin(call, Clock::now());
    void* tag = nullptr;
    for (bool ok = false; open_ > 0 && queue_.Next(&tag, &ok);) End(*static_cast<Call*>(tag));
    queue_.Shutdown();
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
    return std::move(pace_).Take();
  }

 private:
  struct Call {
    explicit Call(grpc::GenericStub* stub) : stub(stub) {}

    grpc::GenericStub* stub;
    std::optional<grpc::ClientContext> context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    Clock::time_point begun;
    grpc::ByteBuffer answer;
    grpc::Status status;
  };

  void Begin(Call& call, Clock::time_point now) {
    if (!pace_.MayBegin(now)) return;
    ++open_;
    call.begun = now;
    call.reader.reset();
    call.context.emplace();
    call.reader = call.stub->PrepareUnaryCall(&*call.context, load_.method, load_.message, &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  }

  void End(Call& call) {
    const Clock::time_point now = Clock::now();
    --open_;
    if (call.status.ok()) {
      pace_.CountAnswer(call.begun, now, call.answer);
    } else {
      pace_.Fail(absl::Status(static_cast<absl::StatusCode>(call.status.error_code()), call.status.error_message()));
    }
    call.answer.Clear();
    Begin(call, now);
  }

  const Load& load_;
  Pace pace_;
  grpc::CompletionQueue queue_;
  std::vector<grpc::GenericStub> stubs_;
  std::deque<Call> calls_;
  int open_ = 0;
};

}  // namespace

absl::StatusOr<Turn> Drive(const Load& load, const Channels& channels, absl::Duration least, int64_t least_calls) {
  return load.is_stream ? DriveStreams(load, channels, least, least_calls) : UnaryCalls(load, channels, least, least_calls).Run();
}

absl::StatusOr<grpc::ByteBuffer> CallOnce(const Load& load, const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  grpc::ByteBuffer answer;
  grpc::Status status;
  const auto reader = stub.PrepareUnaryCall(&context, load.method, load.message, &queue);
  reader->StartCall();
  reader->Finish(&answer, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  return answer;
}

}  // namespace actserve::bench::service
