#include "tests/bench/service/driver.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <deque>

#include "tests/bench/service/pace.h"
#include "tests/bench/service/streams.h"
#include "tests/bench/service/unary_call.h"

namespace actserve::bench::service {
namespace {

class UnaryCalls {
 public:
  UnaryCalls(const Load& load, const Channels& channels, absl::Duration least, int64_t least_calls)
      : load_(load), pace_(load, least, least_calls) {
    stubs_.reserve(channels.size());
    for (const auto& channel : channels) stubs_.emplace_back(channel);
    for (int i = 0; i < load.in_flight; ++i) calls_.emplace_back(&stubs_[i % stubs_.size()]);
  }

  absl::StatusOr<Turn> Run() && {
    for (UnaryCall& call : calls_) Begin(call, Clock::now());
    void* tag = nullptr;
    for (bool ok = false; open_ > 0 && queue_.Next(&tag, &ok);) End(*static_cast<UnaryCall*>(tag));
    queue_.Shutdown();
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
    return std::move(pace_).Take();
  }

 private:
  void Begin(UnaryCall& call, Clock::time_point now) {
    if (!pace_.MayBegin(now)) return;
    ++open_;
    call.Begin(load_, now, queue_);
  }

  void End(UnaryCall& call) {
    const Clock::time_point now = Clock::now();
    --open_;
    if (call.status().ok()) {
      pace_.CountAnswer(call.begun(), now, call.answer());
    } else {
      pace_.Fail(ToAbsl(call.status()));
    }
    Begin(call, now);
  }

  const Load& load_;
  Pace pace_;
  grpc::CompletionQueue queue_;
  std::vector<grpc::GenericStub> stubs_;
  std::deque<UnaryCall> calls_;
  int open_ = 0;
};

}  // namespace

absl::StatusOr<Turn> Drive(const Load& load, const Channels& channels, absl::Duration least, int64_t least_calls) {
  return load.is_stream ? DriveStreams(load, channels, least, least_calls)
                        : UnaryCalls(load, channels, least, least_calls).Run();
}

absl::StatusOr<grpc::ByteBuffer> CallOnce(const Load& load, const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  UnaryCall call(&stub);
  call.Begin(load, Clock::now(), queue);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!call.status().ok()) return ToAbsl(call.status());
  return call.answer();
}

}  // namespace actserve::bench::service
